"""How much one address of the network, one mailbox or one link may have in an hour."""

from __future__ import annotations

from django.conf import settings

from helpdesk.limits import Bucket, shared_limits

HOUR = 3600


def within(name: str, who: str, *, per_hour: int, cost: int = 1) -> bool:
    """Take `cost` of the `per_hour` that `who` has; all of them at once, if they like. False when none is left."""
    if not settings.FORM_LIMITS:
        return True
    bucket = Bucket(f"form:{name}:{who}", per_second=per_hour / HOUR, burst=per_hour)
    return shared_limits().take([bucket], cost=cost) == 0
