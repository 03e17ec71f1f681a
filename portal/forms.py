from __future__ import annotations

import re
import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import validate_email
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.addresses import plain
from portal.words import topic_choices
from tickets.forms import FilesField

LONGEST = 10_000


def limits_in_words() -> str:
    """How many files, and how large."""
    return gettext("Up to %(count)s files of %(size)s MB, for example screenshots.") % {
        "count": settings.FILES_PER_MESSAGE,
        "size": settings.FILE_SIZE_LIMIT // 2**20,
    }


class MailField(forms.EmailField):
    """An address that a mail can be written to; see `portal.addresses.plain`."""

    def clean(self, value: Any) -> str:
        email: str = super().clean(value)
        try:
            return plain(email) if email else ""
        except ValueError:
            raise forms.ValidationError(validate_email.message, code="invalid") from None


class AnswerForm(forms.Form):
    """More words on a request. `submission` is made with the form: sent twice, it is the same message."""

    text = forms.CharField(
        label=_("Your message"),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto", "data-draft": ""}),
    )
    files = FilesField(label=_("Files"), required=False)  # type: ignore[assignment]
    submission = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["submission"].initial = uuid.uuid4

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        nothing = not data.get("text", "").strip() and not data.get("files")
        if nothing and not {"text", "files"} & set(self.errors):
            self.add_error("text", _("Write something first."))
        return data


class ContactForm(forms.Form):
    """A request from the web. Only these fields are read; whatever else a form sends is as none at all."""

    topic = forms.ChoiceField(
        label=_("What is it about?"), required=False, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=_("What happened?"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 7, "dir": "auto", "data-draft": ""}),
        help_text=_("The amount, the coin, the network and a TxID help us most."),
    )
    name = forms.CharField(
        label=_("Your name"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto", "data-draft": ""}),
    )
    email = MailField(
        label=_("E-mail"),
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr", "data-draft": ""}),
        help_text=_("We send the link to your request there."),
    )
    files = FilesField(label=_("Files"), required=False)  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topic"].choices = topic_choices()  # type: ignore[attr-defined]
        self.fields["files"].help_text = limits_in_words()

    def clean_name(self) -> str:
        return re.sub(r"\s+", " ", self.cleaned_data["name"]).strip()


class LostLinkForm(forms.Form):
    """Where to send the links of somebody's requests again."""

    email = MailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr"}),
        help_text=_("The one you gave with your request."),
    )
