"""How a channel is, from what is stored: for its pages and for `manage.py channel list`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from connectors.models import ChannelHealth, Hook, InboundUpdate, Standing, UpdateState
from tickets.actions.circuit import OPENS_AFTER
from tickets.models import Channel, Conversation, ConversationKind, Delivery, DeliveryState

SILENT_AFTER = timedelta(hours=1)
MOST_GROUPS = 200
MOST_SLOWED = 10


@dataclass(frozen=True)
class Glance:
    """One channel: what flows, what waits, and what is wrong."""

    channel: Channel
    health: ChannelHealth | None
    open: int
    oldest: datetime | None
    """When the oldest update came in that is not done yet."""
    set_aside: int
    outgoing: int

    @property
    def problem(self) -> str:
        """The one sentence that matters most; empty when nothing is known to be wrong."""
        channel, health = self.channel, self.health
        if health and health.is_refused:
            return _("The service does not take the token any more.")
        if health and channel.mode == Channel.Mode.WEBHOOK and health.hook == Hook.NONE:
            return _("No webhook is set, so nothing comes in.")
        if health and channel.mode != Channel.Mode.FEED and health.hook == Hook.FOREIGN:
            return _("Somebody else has set a webhook and gets the updates.")
        if channel.failed_calls >= OPENS_AFTER:
            return _("The service does not answer when we send.")
        if health and self._is_fresh(health.hook_error_at):
            return health.hook_error
        return channel.last_error or (health.error if health else "")

    def _is_fresh(self, failed_at: datetime | None) -> bool:
        """The service names its last failure also when it has long been delivering again."""
        if failed_at is None or self.channel.mode != Channel.Mode.WEBHOOK:
            return False
        heard = self.channel.last_update_at
        return heard is None or failed_at > heard

    @property
    def is_silent(self) -> bool:
        """In trouble, and nothing came in for over an hour."""
        heard = self.channel.last_update_at
        return bool(self.problem) and (heard is None or timezone.now() - heard > SILENT_AFTER)

    @property
    def state(self) -> str:
        """paused, silent, trouble, unknown or well."""
        if not self.channel.is_active:
            return "paused"
        if self.problem:
            return "silent" if self.is_silent else "trouble"
        is_fed = self.channel.mode == Channel.Mode.FEED
        return "well" if (self.health and self.health.answered_at) or is_fed else "unknown"

    @property
    def state_name(self) -> str:
        """The state in the viewer's words."""
        return {
            "paused": _("Paused"),
            "silent": _("Silent"),
            "trouble": _("In trouble"),
            "unknown": _("Not looked at yet"),
            "well": _("Well"),
        }[self.state]

    @property
    def lag(self) -> timedelta:
        """The age of the oldest update that is not done; zero when all are."""
        return timezone.now() - self.oldest if self.oldest else timedelta()


def glances(channels: Iterable[Channel]) -> list[Glance]:
    """For these channels, in a handful of queries for all of them."""
    found = list(channels)
    health = {row.channel_id: row for row in ChannelHealth.objects.filter(channel__in=found)}
    updates = InboundUpdate.objects.filter(channel__in=found).values("channel").order_by()
    waiting = {
        channel: (count, oldest)
        for channel, count, oldest in updates.filter(state=UpdateState.OPEN)
        .annotate(count=Count("pk"), oldest=Min("received_at"))
        .values_list("channel", "count", "oldest")
    }
    aside = dict(
        updates.filter(state=UpdateState.SET_ASIDE)
        .annotate(count=Count("pk"))
        .values_list("channel", "count")
    )
    outgoing = _outgoing(found)
    return [
        Glance(
            channel,
            health.get(channel.pk),
            *waiting.get(channel.pk, (0, None)),
            aside.get(channel.pk, 0),
            outgoing.get(channel.pk, 0),
        )
        for channel in found
    ]


def _outgoing(channels: list[Channel]) -> dict[int, int]:
    rows = Delivery.objects.filter(
        state__in=(DeliveryState.QUEUED, DeliveryState.SENDING), conversation__channel__in=channels
    )
    counts = rows.order_by().values("conversation__channel").annotate(count=Count("pk"))
    return dict(counts.values_list("conversation__channel", "count"))


@dataclass(frozen=True)
class Group:
    """One group of a channel, and what the bot is there."""

    title: str
    standing: Standing | None
    hears_all: bool


def groups_of(channel: Channel) -> list[Group]:
    """The groups where the bot is, those first where a right is missing."""
    rows = (
        Conversation.objects.filter(channel=channel)
        .reachable()
        .exclude(kind=ConversationKind.PRIVATE)
        .order_by("thread_id")
        .values_list("external_id", "title")
    )
    titles = {chat: title or chat for chat, title in reversed(rows[:MOST_GROUPS])}
    standings = {
        row.external_id: row for row in Standing.objects.filter(channel=channel).exclude(status="")
    }
    found = [_group(channel, title, standings.get(chat)) for chat, title in titles.items()]
    return sorted(
        found,
        key=lambda group: (group.hears_all and _may_delete(group.standing), group.title.casefold()),
    )


def _group(channel: Channel, title: str, standing: Standing | None) -> Group:
    is_admin = standing is not None and standing.is_admin
    return Group(title, standing, is_admin or channel.config.get("reads_groups") is True)


def _may_delete(standing: Standing | None) -> bool:
    return standing is not None and standing.may_delete


@dataclass(frozen=True)
class Slowed:
    """A place where the service asked us to send less."""

    title: str
    waiting: int
    until: datetime


def slowed_in(channel: Channel) -> list[Slowed]:
    """Where messages wait because the service said so, the longest wait first."""
    rows = Delivery.objects.filter(
        conversation__channel=channel,
        state=DeliveryState.QUEUED,
        reason="rate_limited",
        not_before__gt=Now(),
    )
    found = (
        rows.order_by()
        .values("conversation__title", "conversation__external_id")
        .annotate(waiting=Count("pk"), until=Max("not_before"))
        .order_by("-until")[:MOST_SLOWED]
    )
    return [
        Slowed(
            row["conversation__title"] or row["conversation__external_id"],
            row["waiting"],
            row["until"],
        )
        for row in found
    ]


def recently_set_aside(channel: Channel) -> QuerySet[InboundUpdate]:
    """The newest few, for their reasons."""
    rows = InboundUpdate.objects.filter(channel=channel, state=UpdateState.SET_ASIDE)
    return rows.order_by("-pk")[:5]
