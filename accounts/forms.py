from __future__ import annotations

import zoneinfo
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from accounts.models import Language, User
from helpdesk.templatetags.look import visible

if TYPE_CHECKING:
    UserForm = forms.ModelForm[User]
else:
    UserForm = forms.ModelForm  # generic only for the type checker


def _own_names() -> list[tuple[str, str]]:
    """Each language in its own words: whoever is lost in one must find theirs."""
    return [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]


def visible_name(name: str) -> str:
    """A name that shows what it is. Raises ValidationError where it turns, hides or breaks what stands around it."""
    if visible(name) != name or len(name.splitlines()) > 1:
        raise forms.ValidationError(_("A name holds no invisible characters."))
    return name


class ProfileForm(UserForm):
    """What a person may change about themselves. Skills in topics are the lead's to give."""

    ui_language = forms.ChoiceField(label=_("Language of the desk"), choices=_own_names)
    time_zone = forms.ChoiceField(label=_("Time zone"))
    languages = forms.MultipleChoiceField(
        label=_("Languages I answer in"),
        choices=Language.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = User
        fields = [
            "display_name",
            "public_alias",
            "languages",
            "time_zone",
            "ui_language",
            "availability",
            "theme",
            "single_keys",
            "undo_seconds",
        ]
        labels = {
            "display_name": _("Name"),
            "public_alias": _("Public name"),
            "availability": _("I am"),
            "theme": _("Theme"),
            "single_keys": _("One-letter keyboard shortcuts"),
            "undo_seconds": _("Seconds to take a reply back"),
        }
        help_texts = {"single_keys": ""}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zoneinfo.available_timezones())
        self.fields["time_zone"].choices = [(zone, zone.replace("_", " ")) for zone in zones]  # type: ignore[attr-defined]
        self.fields["undo_seconds"].widget.attrs["max"] = 20

    def clean_display_name(self) -> str:
        return visible_name(self.cleaned_data["display_name"])

    def clean_public_alias(self) -> str:
        return visible_name(self.cleaned_data["public_alias"])

    def clean_undo_seconds(self) -> int:
        seconds: int = self.cleaned_data["undo_seconds"]
        if seconds > 20:
            raise forms.ValidationError(_("At most 20 seconds."))
        return seconds
