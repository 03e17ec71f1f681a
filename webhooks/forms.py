from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import visible_name
from helpdesk import net
from webhooks.kinds import Kind
from webhooks.models import Subscription

if TYPE_CHECKING:
    SubscriptionBase = forms.ModelForm[Subscription]
else:
    SubscriptionBase = forms.ModelForm  # generic only for the type checker

SPANS = {
    "hour": (1, gettext_lazy("of the last hour")),
    "day": (24, gettext_lazy("of the last day")),
    "week": (24 * 7, gettext_lazy("of the last 7 days")),
    "all": (24 * 30, gettext_lazy("of the last 30 days")),
}
"""For sending again: name, hours, words."""


class SubscriptionForm(SubscriptionBase):
    """Where to, what, and of which team. The address is looked up, so that a wrong one is told here."""

    url = forms.URLField(
        label=gettext_lazy("Address"),
        max_length=500,
        assume_scheme="https",
        help_text=gettext_lazy("https, on its usual port, and reachable from the internet."),
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Tell of"),
        choices=Kind.choices,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Subscription
        fields = ["name", "url", "team", "kinds"]
        labels = {"name": gettext_lazy("Name"), "team": gettext_lazy("Only of this team")}

    def clean_name(self) -> str:
        return visible_name(self.cleaned_data["name"])

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            net.check(url, inner=settings.WEBHOOK_ALLOWED_NETWORKS)
        except net.FetchError as error:
            raise forms.ValidationError(
                _("We do not call this address: it must be https, on port 443, of a public host.")
                if error.refused
                else _("No name server knows this host.")
            ) from None
        return url


class ResendForm(forms.Form):
    """Which of those that were given up go out again."""

    span = forms.ChoiceField(choices=[(name, words) for name, (_hours, words) in SPANS.items()])

    @property
    def hours(self) -> int:
        return SPANS[self.cleaned_data["span"]][0]
