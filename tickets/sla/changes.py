"""Noticing that a promise was changed: by a page, by the admin or in SQL, it does not matter how.

Each policy keeps the digest of what its clocks were last planned by. A periodic task compares, and plans anew.
"""

from __future__ import annotations

import hashlib

from tickets.models import SLAPolicy
from tickets.sla.stored import replan


def replan_changed() -> int:
    """Plan the clocks of every changed policy anew. Returns how many tickets changed. Call it outside a transaction."""
    changed = 0
    for policy in SLAPolicy.objects.select_related("calendar").prefetch_related("targets"):
        digest = digest_of(policy)
        if digest != policy.planned_by:
            changed += replan(policy)
            # Only now: whoever dies in between leaves the old digest, and the next round does it again.
            SLAPolicy.objects.filter(pk=policy.pk).update(planned_by=digest)
    return changed


def digest_of(policy: SLAPolicy) -> str:
    """What the policy promises, its calendar included, in 64 hex digits."""
    targets = sorted((each.metric, each.priority, each.budget) for each in policy.targets.all())
    said = repr((policy.team_id, policy.is_default, targets, policy.calendar.as_calendar()))
    return hashlib.sha256(said.encode()).hexdigest()
