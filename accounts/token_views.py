"""One's own keys for programs: seen, made (and shown once), revoked."""

from __future__ import annotations

from typing import cast

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import visible_name
from accounts.models import TokenScope, User
from accounts.tokens import DEFAULT_DAYS, NewToken, make_token, revoke
from helpdesk.errors import Invalid
from helpdesk.web import page

DAYS = (30, DEFAULT_DAYS, 180, 365)


class TokenForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Which program will use it"), max_length=60)
    scope = forms.ChoiceField(label=gettext_lazy("What it may do"), choices=TokenScope.choices)
    days = forms.TypedChoiceField(
        label=gettext_lazy("Days until it ends"),
        choices=[(days, str(days)) for days in DAYS],
        coerce=int,
        initial=DEFAULT_DAYS,
    )

    def clean_name(self) -> str:
        return visible_name(self.cleaned_data["name"])


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(enabled=lambda request: request.method == "POST")  # type: ignore[untyped-decorator]
def tokens(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    form = TokenForm(request.POST if request.method == "POST" else None)
    made: NewToken | None = None
    if form.is_bound and form.is_valid():
        try:
            made = make_token(user=user, **form.cleaned_data)
        except Invalid as error:
            form.add_error(None, error.message)
    context = {
        "form": TokenForm() if made else form,
        "made": made,
        "tokens": user.api_tokens.order_by("-pk"),
    }
    status = 201 if made else 422 if form.errors else 200
    return page(request, "accounts/tokens.html", context, status=status)


@login_required
@require_POST
def token(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke it. Somebody else's is as one that never was."""
    found = get_object_or_404(cast(User, request.user).api_tokens, pk=pk)
    revoke(found)
    messages.success(request, _("Revoked: it opens nothing any more."))
    return redirect("accounts:tokens")
