from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tickets.actions.status import CHOICES
from tickets.models import Conversation


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files; how many and how large is the action's to say."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, (list, tuple)) else [data] if data else []
        return [super(FilesField, self).clean(file, initial) for file in files]


class NoteForm(forms.Form):
    """`submission` is made with the form: sent twice, it is the same message."""

    text = forms.CharField(label=_("Text"), max_length=16_000, strip=False)
    submission = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["submission"].initial = uuid.uuid4


class EditForm(forms.Form):
    """Other words for what was sent; how many fit is the channel's to say."""

    text = forms.CharField(label=_("Text"), max_length=16_000, strip=False)


class ReplyForm(NoteForm):
    """An answer into one of the ticket's routes."""

    text = forms.CharField(label=_("Text"), max_length=16_000, strip=False, required=False)
    audience = forms.ChoiceField(label=_("Who will read it"))
    files = FilesField(label=_("Files"), required=False)  # type: ignore[assignment]
    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    then = forms.ChoiceField(
        choices=[("", ""), *((each.value, each.label) for each in CHOICES)], required=False
    )

    def __init__(self, *args: Any, routes: list[Conversation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.routes = {str(conversation.pk): conversation for conversation in routes}
        self.fields["audience"].choices = [(key, str(each)) for key, each in self.routes.items()]  # type: ignore[attr-defined]

    def clean_audience(self) -> Conversation:
        return self.routes[self.cleaned_data["audience"]]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if (
            not data.get("text", "").strip()
            and not data.get("files")
            and not {"text", "files"} & set(self.errors)
        ):
            self.add_error("text", _("Write something first."))
        return data
