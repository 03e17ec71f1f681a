"""The outbox at work: claim a row, send it, write down how it ended.

`sending` is committed before the call. A row whose worker died in the middle is sent again, under the same id: whoever
receives it must take each id once. No ticket and no page ever waits for any of this.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from time import monotonic

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import capabilities
from accounts.models import User
from helpdesk import net
from helpdesk.errors import Conflict
from helpdesk.hints import hint
from webhooks import payload, signing
from webhooks.actions.subscriptions import switch_off
from webhooks.models import OffReason, Subscription, WebhookDelivery, WebhookState

log = structlog.get_logger(__name__)

WAITS = (10, 60, 300, 1800, 7200, 21600, *[43200] * 6)
"""Seconds between two tries: twelve of them, a little more than three days in all."""
LONGEST_WAIT = 43200.0
DEAD_AFTER = timedelta(days=3)
PARALLEL = 4
"""Calls at once for one subscription, about; one while it fails."""
LONGEST_PAUSE = 600.0
"""Seconds for which a place where nobody answers is left alone, at most."""
PATIENCE = timedelta(minutes=2)
"""Longer than any call takes: a row that is `sending` for longer has lost its worker."""
KEPT = timedelta(days=30)
_BUSY = frozenset({429, 502, 503, 504})


def drain(seconds: float = 15.0) -> int:
    """Send what may go now, for some seconds, so that a process that is to end does. Returns how many were claimed."""
    claimed, until = 0, monotonic() + seconds
    while monotonic() < until and (delivery := claim()):
        claimed += 1
        deliver(delivery)
    return claimed


def claim() -> WebhookDelivery | None:
    """Take the next row of the subscription whose turn it is, and write its body down."""
    with transaction.atomic():
        subscription = _whose_turn()
        if subscription is None:
            return None
        delivery = (
            WebhookDelivery.objects.filter(_due(), subscription=subscription)
            .order_by("not_before", "pk")
            .first()
        )
        Subscription.objects.filter(pk=subscription.pk).update(served_at=Now())
        if delivery is None:  # another claim was faster
            return None
        delivery.subscription = subscription
        delivery.body = delivery.body or payload.written(delivery)
        delivery.tries += 1
        claimed = WebhookDelivery.objects.filter(pk=delivery.pk, state=WebhookState.QUEUED).update(
            state=WebhookState.SENDING, claimed_at=Now(), tries=F("tries") + 1, body=delivery.body
        )
        return delivery if claimed else None


def _whose_turn() -> Subscription | None:
    """The one that has waited longest, with something due and not too many calls under way. Its row stays locked."""
    sending = (
        WebhookDelivery.objects.filter(subscription=OuterRef("pk"), state=WebhookState.SENDING)
        .values("subscription")
        .annotate(count=Count("pk"))
        .values("count")
    )
    due = WebhookDelivery.objects.filter(_due(), subscription=OuterRef("pk"))
    return (
        Subscription.objects.annotate(calls=Coalesce(Subquery(sending), 0))
        .filter(
            Exists(due),
            Q(calls=0) | Q(calls__lt=PARALLEL, failures=0),
            is_active=True,
            not_before__lte=Now(),
        )
        .order_by("served_at")
        # Not more than that: rows of the outbox point at it, and are written all the time.
        .select_for_update(of=("self",), skip_locked=True, no_key=True)
        .first()
    )


def _due() -> Q:
    return Q(state=WebhookState.QUEUED, not_before__lte=Now())


def deliver(delivery: WebhookDelivery) -> None:
    """Make the call for a claimed row and write down how it ended."""
    now = timezone.now()
    body = delivery.body.encode()
    keys = delivery.subscription.secrets_at(now)
    headers = signing.headers(str(delivery.uuid), int(now.timestamp()), body, keys)
    started = monotonic()
    answer: net.Answer | None = None
    reason = ""
    try:
        answer = net.post(
            delivery.subscription.url,
            body=body,
            headers=headers,
            inner=settings.WEBHOOK_ALLOWED_NETWORKS,
        )
    except net.FetchError as error:
        reason = _word(error)
    delivery.milliseconds = round((monotonic() - started) * 1000)
    if answer is not None and 200 <= answer.status < 300:
        _arrived(delivery, answer)
    else:
        _failed(delivery, answer, reason or "status")


def _word(error: net.FetchError) -> str:
    if error.refused:
        return "refused"
    return "timed_out" if str(error) == net.TOO_SLOW else "no_answer"


def _arrived(delivery: WebhookDelivery, answer: net.Answer) -> None:
    with transaction.atomic():
        Subscription.objects.filter(pk=delivery.subscription_id).update(
            failures=0, failing_since=None, last_sent_at=Now(), not_before=Now()
        )
        _note(delivery, answer, WebhookState.SENT, reason="")


def _failed(delivery: WebhookDelivery, answer: net.Answer | None, reason: str) -> None:
    """Later again, or given up. A place where nobody answers is left alone for a while with all that waits for it."""
    asked = (answer.retry_after if answer else None) or 0.0
    is_last = delivery.tries > len(WAITS)
    with transaction.atomic():
        _count_failure(delivery, answer, asked)
        if is_last:
            _note(delivery, answer, WebhookState.FAILED, reason="gave_up")
        else:
            wait = max(WAITS[delivery.tries - 1], min(asked, LONGEST_WAIT))
            later = timedelta(seconds=wait)
            _note(delivery, answer, WebhookState.QUEUED, reason=reason, later=later)
        _switch_off_dead_end(delivery, answer)
    log.info(
        "webhook_failed",
        subscription=delivery.subscription_id,
        delivery=delivery.pk,
        reason=reason,
        status=answer.status if answer else None,
        tries=delivery.tries,
    )


def _count_failure(delivery: WebhookDelivery, answer: net.Answer | None, asked: float) -> None:
    pause = 0.0
    if answer is None or answer.status in _BUSY:
        pause = min(10.0 * 2 ** min(delivery.subscription.failures, 10), LONGEST_PAUSE)
        pause = max(pause, min(asked, LONGEST_WAIT))
    Subscription.objects.filter(pk=delivery.subscription_id).update(
        failures=F("failures") + 1,
        failing_since=Coalesce("failing_since", Now()),
        not_before=Now() + timedelta(seconds=pause),
    )


def _note(
    delivery: WebhookDelivery,
    answer: net.Answer | None,
    state: WebhookState,
    *,
    reason: str,
    later: timedelta = timedelta(0),
) -> None:
    WebhookDelivery.objects.filter(pk=delivery.pk, state=WebhookState.SENDING).update(
        state=state,
        reason=reason,
        status=answer.status if answer else None,
        answer=answer.text if answer else "",
        milliseconds=delivery.milliseconds,
        answered_at=Now(),
        not_before=Now() + later,
    )


def _switch_off_dead_end(delivery: WebhookDelivery, answer: net.Answer | None) -> None:
    if answer is not None and answer.status == 410:
        switch_off(delivery.subscription_id, OffReason.GONE)
    elif Subscription.objects.filter(
        pk=delivery.subscription_id, failing_since__lt=Now() - DEAD_AFTER
    ).exists():
        switch_off(delivery.subscription_id, OffReason.DEAD_END)


def find_lost() -> int:
    """Rows whose worker died in the middle of the call go back into the line. Returns how many."""
    return WebhookDelivery.objects.filter(
        state=WebhookState.SENDING, claimed_at__lt=Now() - PATIENCE
    ).update(state=WebhookState.QUEUED, reason="lost", not_before=Now())


def forget_old(limit: int = 50_000) -> int:
    """Remove what is older than 30 days, the oldest first. Returns how many."""
    old = WebhookDelivery.objects.filter(created_at__lt=Now() - KEPT).order_by("created_at")
    return WebhookDelivery.objects.filter(pk__in=old.values("pk")[:limit]).delete()[0]


# --- By hand


def ping(*, actor: User, subscription: Subscription) -> WebhookDelivery:
    """Queue a test for this subscription. Raises NotAllowed, Conflict."""
    capabilities.require(actor, capabilities.WEBHOOKS_MANAGE)
    _require_active(subscription)
    delivery = WebhookDelivery.objects.create(subscription=subscription, kind="ping")
    hint_outbox()
    return delivery


def resend(*, actor: User, delivery: WebhookDelivery) -> None:
    """Send one again that was sent or given up, under its old id. Raises NotAllowed, Conflict."""
    capabilities.require(actor, capabilities.WEBHOOKS_MANAGE)
    _require_active(delivery.subscription)
    ended = WebhookDelivery.objects.filter(
        pk=delivery.pk, state__in=(WebhookState.SENT, WebhookState.FAILED)
    )
    if not _again(ended):
        raise Conflict(_("It is on its way already."))


def resend_failed(*, actor: User, subscription: Subscription, since: datetime) -> int:
    """Send again whatever was given up since then. Returns how many. Raises NotAllowed, Conflict."""
    capabilities.require(actor, capabilities.WEBHOOKS_MANAGE)
    _require_active(subscription)
    return _again(subscription.deliveries.filter(state=WebhookState.FAILED, created_at__gte=since))


def _again(deliveries: QuerySet[WebhookDelivery]) -> int:
    count = deliveries.update(state=WebhookState.QUEUED, reason="", tries=0, not_before=Now())
    if count:
        hint_outbox()
    return count


def _require_active(subscription: Subscription) -> None:
    if not subscription.is_active:
        raise Conflict(_("This webhook is off. Switch it on first."))


def hint_outbox() -> None:
    from webhooks.tasks import work

    hint(work)
