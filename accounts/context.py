"""What the shell around every page needs: the rail, and where the sandbox is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from accounts import capabilities
from accounts.models import User

Place = tuple[Any, str, str, bool, int]
"""One entry of the rail: label, URL, icon, whether it is the current one, a count to show beside it."""

# Label, URL name, icon, capability (None: everybody): only what exists, and only for whom it is.
_PLACES = (
    (_("Queue"), "tickets:queue", "inbox-stack", None),
    (_("Set aside"), "connectors:updates", "archive-box-x-mark", capabilities.UPDATES_SEE),
    (_("Channels"), "connectors:channels", "signal", capabilities.CHANNELS_MANAGE),
    (_("Webhooks"), "webhooks:subscriptions", "bolt", capabilities.WEBHOOKS_MANAGE),
    (_("Status"), "operations:status", "heart", capabilities.STATUS_SEE),
    (_("Profile"), "accounts:profile", "user-circle", None),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    return {
        "nav": SimpleLazyObject(lambda: _nav(request)),
        "sandbox_url": settings.SANDBOX_URL,
        "demo": settings.DEMO,
    }


def _nav(request: HttpRequest) -> list[Place]:
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return []
    return [
        (label, reverse(name), icon, request.path.startswith(reverse(name)), 0)
        for label, name, icon, capability in _PLACES
        if capability is None or capabilities.can(user, capability)
    ]
