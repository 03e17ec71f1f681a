"""Every event once for every subscription that asks for it: whatever order they become visible in, whoever reads."""

from __future__ import annotations

import threading
from collections.abc import Callable

import psycopg
import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from tests.cast import DANA, EMRE, Desk, Outside, opened
from tests.webhooks.conftest import Subscribe
from tickets.actions.reply import note, reply, routes
from tickets.actions.status import assign, change_status
from tickets.models import TicketEvent, Verb
from webhooks.actions import feed
from webhooks.kinds import VERBS, Kind
from webhooks.models import Feed, WebhookDelivery

pytestmark = pytest.mark.django_db


def queued() -> list[tuple[int, str]]:
    rows = WebhookDelivery.objects.order_by("event_id", "subscription_id")
    return list(rows.values_list("event_id", "kind"))


def offered() -> list[tuple[int, str]]:
    """What there is to tell of, by its public name."""
    events = TicketEvent.objects.order_by("pk").values_list("pk", "verb")
    return [(pk, VERBS[Verb(verb)]) for pk, verb in events if verb in VERBS]


def test_what_happens_is_told_by_its_public_name(
    desk: Desk, outside: Outside, subscribe: Subscribe
) -> None:
    subscribe()
    ticket = opened(outside.says(DANA, "where is my deposit?"))
    reply(actor=desk.alice, ticket=ticket, conversation=routes(ticket)[0], text="soon")
    note(actor=desk.alice, ticket=ticket, text="asked finance")
    assign(actor=desk.bob, ticket=ticket, assignee=desk.bob)
    assert feed.read() == len(offered())
    assert queued() == offered()
    kinds = {kind for _event, kind in queued()}
    assert kinds >= {Kind.OPENED, Kind.RECEIVED, Kind.REPLIED, Kind.NOTED, Kind.ASSIGNED}


def test_only_what_was_asked_for_from_then_on_and_of_ones_team(
    desk: Desk, outside: Outside, subscribe: Subscribe
) -> None:
    before = opened(outside.says(DANA, "where is my deposit?"))
    mine = subscribe(kinds=[Kind.STATUS_CHANGED], team=desk.team)
    subscribe(kinds=[Kind.STATUS_CHANGED], team=desk.other_team)
    subscribe(kinds=[Kind.STATUS_CHANGED], is_active=False)
    outside.says(EMRE, "and mine?")
    change_status(actor=desk.bob, ticket=before, status="solved")
    feed.read()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.subscription, delivery.kind) == (mine, Kind.STATUS_CHANGED)


def test_every_kind_has_a_verb_and_only_one() -> None:
    assert sorted(VERBS.values()) == sorted(Kind)


def test_without_subscriptions_nothing_is_read(outside: Outside) -> None:
    outside.says(DANA, "where is my deposit?")
    with CaptureQueriesContext(connection) as queries:
        assert feed.read() == 0
    assert len(queries) == 1
    assert not Feed.objects.exists()


def test_reading_again_doubles_nothing_and_writes_nothing(
    outside: Outside, subscribe: Subscribe
) -> None:
    subscribe()
    outside.says(DANA, "where is my deposit?")
    feed.read()
    before = queued()
    feed.read()
    row = Feed.objects.values().get()
    assert feed.read() == 0
    assert (queued(), Feed.objects.values().get()) == (before, row)


def test_more_than_one_batch(
    outside: Outside, subscribe: Subscribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "BATCH", 2)
    subscribe()
    for _ in range(4):
        outside.says(DANA, "where is it?")
    feed.read()
    assert queued() == offered()


# --- Several at once, each with a connection of its own


def in_thread(work: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def late_event(ticket: int) -> psycopg.Connection:
    """A transaction that has written an event and does not commit yet."""
    config = connection.settings_dict
    late = psycopg.connect(
        host=config["HOST"], port=config["PORT"] or None, user=config["USER"],
        password=config["PASSWORD"], dbname=config["NAME"],
    )  # fmt: skip
    late.execute("select 1 from tickets_ticket where number = %s for no key update", [ticket])
    late.execute(
        "insert into tickets_ticketevent (ticket_id, verb, payload, created_at)"
        " values (%s, 'reopened', '{}', now() - interval '1 day')",
        [ticket],
    )
    return late


@pytest.mark.django_db(transaction=True)
def test_an_early_id_that_commits_late_is_told_too(outside: Outside, subscribe: Subscribe) -> None:
    first = opened(outside.says(DANA, "where is my deposit?"))
    subscribe()
    late = late_event(first.pk)
    try:
        for text in ("and mine?", "hello?", "??"):
            outside.says(EMRE, text)
            for _ in range(3):  # marks come and would pass
                feed.read()
        later = queued()
        assert Feed.objects.get().settled < min(pk for pk, _kind in later)
        late.commit()
    finally:
        late.close()
    feed.read()
    early = min(queued())
    assert (early[1], early[0] < min(later)[0]) == (Kind.REOPENED, True)
    feed.read()
    feed.read()
    assert Feed.objects.get().settled == max(queued())[0]


@pytest.mark.django_db(transaction=True)
def test_many_readers_and_writers_at_once(outside: Outside, subscribe: Subscribe) -> None:
    ticket = opened(outside.says(DANA, "where is my deposit?"))
    subscribe()
    subscribe()
    after = max(TicketEvent.objects.values_list("pk", flat=True))
    stop = threading.Event()

    def write() -> None:
        for _ in range(25):
            with late_event(ticket.pk):
                pass  # and commit

    def read() -> None:
        while not stop.is_set():
            feed.read()

    readers = [in_thread(read) for _ in range(3)]
    for writer in [in_thread(write) for _ in range(3)]:
        writer.join()
    stop.set()
    for reader in readers:
        reader.join()
    feed.read()
    expected = [pair for pair in offered() if pair[0] > after for _twice in range(2)]
    assert len(expected) == 150
    assert queued() == expected


def test_a_place_from_another_cluster_is_no_trap(outside: Outside, subscribe: Subscribe) -> None:
    """After a restore the ids of transactions begin anew, far below those of the backup."""
    subscribe()
    outside.says(DANA, "where is my deposit?")
    feed.read()
    latest = max(queued())[0]
    Feed.objects.update(settled=latest - 1, mark=latest, mark_xid=2**60)
    outside.says(DANA, "hello?")
    feed.read()
    assert queued() == offered()
    assert Feed.objects.get().settled == latest
