"""Making, changing and switching subscriptions, by hand or because nobody is there any more."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts import capabilities
from accounts.models import User
from webhooks.actions.feed import latest_event
from webhooks.models import (
    OVERLAP,
    OffReason,
    Subscription,
    WebhookDelivery,
    WebhookState,
    new_secret,
)


def subscribe(*, actor: User, subscription: Subscription) -> str:
    """Save a new one, to be told of what happens from now on. Returns its secret, shown once. Raises NotAllowed."""
    capabilities.require(actor, capabilities.WEBHOOKS_MANAGE)
    subscription.after_event = latest_event()
    subscription.save()
    return subscription.secret


def change(*, actor: User, subscription: Subscription) -> None:
    """Save what a form has changed. Another address begins with a clean sheet. Raises NotAllowed."""
    capabilities.require(actor, capabilities.WEBHOOKS_MANAGE)
    with transaction.atomic():
        before = Subscription.objects.select_for_update(no_key=True).get(pk=subscription.pk)
        fields = ["name", "url", "kinds", "team"]
        if subscription.url != before.url:
            subscription.failures, subscription.failing_since = 0, None
            subscription.not_before = timezone.now()
            fields += ["failures", "failing_since", "not_before"]
        subscription.save(update_fields=fields)


def rotate(*, actor: User, subscription: Subscription) -> str:
    """A new secret; the old one signs beside it for a day. Returns the new one, to be shown once. Raises NotAllowed."""
    capabilities.require(actor, capabilities.WEBHOOKS_MANAGE)
    with transaction.atomic():
        found = Subscription.objects.select_for_update(no_key=True).get(pk=subscription.pk)
        found.former_secret, found.former_until = found.secret, timezone.now() + OVERLAP
        found.secret = new_secret()
        found.save(update_fields=["secret", "former_secret", "former_until"])
    return found.secret


def pause(*, actor: User, subscription: Subscription) -> None:
    """What waits goes on waiting; what happens meanwhile is not kept for it. Raises NotAllowed."""
    capabilities.require(actor, capabilities.WEBHOOKS_MANAGE)
    Subscription.objects.filter(pk=subscription.pk, is_active=True).update(
        is_active=False, off_reason=OffReason.PAUSED, off_at=Now()
    )


def resume(*, actor: User, subscription: Subscription) -> None:
    """Switch it on: it is told of what happens from now on. Raises NotAllowed."""
    capabilities.require(actor, capabilities.WEBHOOKS_MANAGE)
    Subscription.objects.filter(pk=subscription.pk, is_active=False).update(
        is_active=True,
        off_reason="",
        off_at=None,
        told_at=None,
        failures=0,
        failing_since=None,
        not_before=Now(),
        after_event=latest_event(),
    )


def remove(*, actor: User, subscription: Subscription) -> None:
    """With its log. Raises NotAllowed."""
    capabilities.require(actor, capabilities.WEBHOOKS_MANAGE)
    subscription.delete()


def switch_off(pk: int, reason: OffReason) -> None:
    """A dead end: nothing more is sent there, and what waits is given up. Runs in the caller's transaction."""
    off = Subscription.objects.filter(pk=pk, is_active=True).update(
        is_active=False, off_reason=reason, off_at=Now()
    )
    if off:
        WebhookDelivery.objects.filter(subscription=pk, state=WebhookState.QUEUED).update(
            state=WebhookState.FAILED, reason="switched_off"
        )


def tell_admins() -> int:
    """Write to the admins of every dead end, once. Returns of how many."""
    told = 0
    dead = Subscription.objects.filter(
        off_reason__in=(OffReason.DEAD_END, OffReason.GONE), told_at=None
    )
    for subscription in dead:
        # Claimed before the mail: two sweeps never write twice.
        if Subscription.objects.filter(pk=subscription.pk, told_at=None).update(told_at=Now()):
            told += _mailed(subscription)
    return told


def _mailed(subscription: Subscription) -> int:
    try:
        for admin in User.objects.filter(is_admin=True, is_active=True):
            with override(admin.ui_language):
                send_mail(*_letter(subscription), None, [admin.email])
    except OSError:  # the mail server is away, or refuses; smtplib's errors are of this kind, too
        Subscription.objects.filter(pk=subscription.pk).update(told_at=None)
        return 0
    return 1


def _letter(subscription: Subscription) -> tuple[str, str]:
    """Subject and text."""
    subject = _("Webhook switched off: %(name)s") % {"name": subscription.name}
    address = f"{settings.SITE_URL}{reverse('webhooks:subscription', args=[subscription.pk])}"
    text = _("Nothing is sent there any more. The log says why, and there it can be switched on:")
    return subject, f"{subscription.get_off_reason_display()}.\n\n{text}\n{address}\n"
