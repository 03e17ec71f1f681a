from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import visible_name
from accounts.models import Team
from connectors.registry import KINDS
from connectors.switching import MODES
from tickets.models import Channel

if TYPE_CHECKING:
    ChannelBase = forms.ModelForm[Channel]
else:
    ChannelBase = forms.ModelForm  # generic only for the type checker


def _token(label: Any, *, required: bool, help_text: Any) -> forms.CharField:
    """Typed, never shown: not even what was just typed wrong comes back."""
    widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"})
    return forms.CharField(
        label=label, required=required, max_length=200, widget=widget, help_text=help_text
    )


class ChannelForm(ChannelBase):
    """What an admin may change of a channel. Where its service is reached is for the command line alone."""

    token = _token(
        _("New token"),
        required=False,
        help_text=_("Leave it empty to keep the one that is there. It must be of the same bot."),
    )

    class Meta:
        model = Channel
        fields = ["name", "team", "default_language"]
        labels = {
            "name": _("Name"),
            "team": _("Team that gets its tickets"),
            "default_language": _("Language, where none is known"),
        }

    def clean_name(self) -> str:
        return visible_name(self.cleaned_data["name"])


class AddForm(ChannelForm):
    """A new one: the token is asked for, and the service is asked whether it is right."""

    kind = forms.ChoiceField(label=_("Service"), choices=[(kind, kind.title()) for kind in KINDS])
    token = _token(
        _("Token"),
        required=True,
        help_text=_("From @BotFather. It is kept encrypted and never shown again."),
    )
    mode = forms.ChoiceField(
        label=_("How updates come in"),
        choices=[(mode.value, mode.label) for mode in MODES],
        help_text=_("Pulled works everywhere. A webhook needs this desk to be on the internet."),
    )

    class Meta(ChannelForm.Meta):
        fields = ["kind", *ChannelForm.Meta.fields]

    field_order = ("kind", "name", "token", "mode", "team", "default_language")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("team", Team.objects.order_by("pk").first())
