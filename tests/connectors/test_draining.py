"""Working through the inbox: in order within a conversation, and nobody waits for somebody else's poison."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import OperationalError, ProgrammingError, connection, transaction
from psycopg.errors import (
    DatatypeMismatch,
    DeadlockDetected,
    ProgramLimitExceeded,
    UndefinedColumn,
)

from connectors import draining
from connectors.inbox import reopen
from connectors.models import InboundUpdate, UpdateState
from tests.cast import DANA, EMRE, GROUP, Json, Outside, people, ready_again, telegram_channel
from tickets.actions import intake
from tickets.actions.known import Known, Said
from tickets.models import Message

POISON = "poison"


@pytest.fixture
def errors(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """Intake fails on messages that say "poison", with the error that stands in this list."""
    errors: list[Exception] = [ValueError("the text was poison")]
    real = intake._take_in

    def take_in(known: Known, said: Said) -> intake.Receipt:
        if POISON in said.inbound.text and errors:
            raise errors[0]
        return real(known, said)

    monkeypatch.setattr(intake, "_take_in", take_in)
    return errors


def drain() -> int:
    handled = 0
    while count := draining.drain_batch():
        handled += count
    return handled


def incoming() -> list[str]:
    return list(
        Message.objects.filter(kind="incoming").order_by("pk").values_list("text", flat=True)
    )


@pytest.mark.django_db
def test_a_conversation_is_handled_in_the_order_of_arrival(outside: Outside) -> None:
    outside.keep_all([outside.said(DANA, str(number)) for number in range(45)])
    assert drain() == 45
    assert incoming() == [str(number) for number in range(45)]
    assert drain() == 0


@pytest.mark.django_db
def test_poison_is_set_aside_after_five_tries_with_its_reason(
    outside: Outside, errors: list[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    row = outside.keep(outside.said(DANA, POISON))
    for tries in range(1, 6):
        assert drain() == 1
        row.refresh_from_db()
        assert row.tries == tries
        assert drain() == 0, "it backs off"
        ready_again()
    assert row.state == UpdateState.SET_ASIDE
    assert row.reason.startswith("ValueError in take_in, line ")
    assert drain() == 0
    assert "the text was" not in caplog.text + row.reason


@pytest.mark.django_db
def test_neighbours_of_poison_are_not_delayed(outside: Outside, errors: list[Exception]) -> None:
    updates = [outside.said(DANA, text) for text in ("one", POISON, "two")]
    outside.keep_all([*updates, outside.said(EMRE, "three")])
    drain()
    assert incoming() == ["one", "two", "three"]


@pytest.mark.django_db
def test_a_failed_row_leaves_nothing_behind(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> None:
        raise ValueError

    monkeypatch.setattr(draining, "_done", fail)
    outside.keep(outside.said(DANA, "half"))
    drain()
    assert incoming() == []


@pytest.mark.django_db
def test_replay_puts_it_back_in_line(outside: Outside, errors: list[Exception]) -> None:
    row = outside.keep(outside.said(DANA, POISON))
    for _try in range(5):
        drain()
        ready_again()
    errors.clear()
    row.refresh_from_db()
    assert reopen([row]) == 1
    assert drain() == 1
    assert incoming() == [POISON]
    assert reopen([row]) == 0


@pytest.mark.django_db
def test_an_edit_waits_for_its_original(outside: Outside, errors: list[Exception]) -> None:
    said = outside.said(DANA, POISON)
    edit = outside.edited(said, "cured")
    outside.keep_all([said, edit, outside.said(DANA, "later")])
    drain()
    assert incoming() == ["later"]
    errors.clear()
    ready_again()
    drain()
    ready_again()
    drain()
    assert sorted(incoming()) == ["cured", "later"]
    assert [v.text for v in Message.objects.get(text="cured").versions.all()] == [POISON]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "cause", "is_the_rows"),
    [
        (OperationalError, DeadlockDetected(), False),
        (OperationalError, ProgramLimitExceeded(), True),
        (ProgrammingError, UndefinedColumn(), False),
        (ProgrammingError, DatatypeMismatch(), True),
    ],
)
def test_the_databases_own_trouble_is_not_the_rows_fault(
    outside: Outside,
    errors: list[Exception],
    kind: type[Exception],
    cause: Exception,
    is_the_rows: bool,
) -> None:
    error = kind("trouble")
    error.__cause__ = cause
    errors[:] = [error]
    row = outside.keep(outside.said(DANA, POISON))
    if is_the_rows:
        drain()
    else:
        with pytest.raises(kind):
            draining.drain_batch()
    row.refresh_from_db()
    assert row.tries == (1 if is_the_rows else 0)


@pytest.mark.django_db
def test_a_deadlock_is_tried_again_at_once(outside: Outside, errors: list[Exception]) -> None:
    error = OperationalError("deadlock")
    error.__cause__ = DeadlockDetected()
    errors[:] = [error]
    outside.keep(outside.said(DANA, POISON))
    real = draining.drain_batch

    def once() -> int:
        try:
            return real()
        finally:
            errors.clear()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(draining, "drain_batch", once)
        assert draining.drain(5) == 1
    assert incoming() == [POISON]


class Parallel:
    """Drainers in threads, and a record of who was in which conversation at once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.inside: dict[str, int] = {}
        self.clashes: list[str] = []
        self.failures: list[BaseException] = []
        self._lock = threading.Lock()
        self._real = draining.work
        monkeypatch.setattr(draining, "work", self._work)

    def _work(self, rows: Sequence[InboundUpdate]) -> None:
        me, keys = threading.get_ident(), {row.conversation_key for row in rows}
        with self._lock:
            self.clashes += [key for key in keys if self.inside.setdefault(key, me) != me]
        self._real(rows)
        with self._lock:
            for key in keys:
                self.inside.pop(key, None)

    def _drain(self) -> None:
        try:
            while InboundUpdate.objects.filter(state=UpdateState.OPEN).exists():
                draining.drain_batch()
        except BaseException as error:
            self.failures.append(error)
        finally:
            connection.close()

    def run(self, drainers: int) -> None:
        threads = [threading.Thread(target=self._drain) for _ in range(drainers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)


@pytest.mark.django_db(transaction=True)
def test_drainers_side_by_side_never_hold_one_conversation_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outside = Outside(telegram_channel(people().team))
    speakers: list[Json] = [{**DANA, "id": 8000 + number} for number in range(5)]
    updates = [
        outside.said(
            speaker, f"{speaker['id']} {number:02}", chat=GROUP if number % 7 == 3 else None
        )
        for number in range(24)
        for speaker in speakers
    ]
    outside.keep_all(updates)
    parallel = Parallel(monkeypatch)
    parallel.run(4)
    assert (parallel.failures, parallel.clashes) == ([], [])
    assert Message.objects.filter(kind="incoming").count() == len(updates)
    for speaker in speakers:
        texts = [text for text in private_texts(speaker["id"]) if text]
        assert texts == sorted(texts)


@pytest.mark.django_db(transaction=True)
def test_a_conversation_that_somebody_works_on_is_passed_by() -> None:
    outside = Outside(telegram_channel(people().team))
    outside.keep(outside.said(DANA, "held"))
    outside.keep(outside.said(EMRE, "free"))
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            draining._hold(outside.channel.pk, str(DANA["id"]))
            held.set()
            done.wait(20)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(20)
    assert drain() == 1
    assert incoming() == ["free"]
    done.set()
    thread.join(20)
    assert drain() == 1


def private_texts(person: int) -> list[str]:
    found = Message.objects.filter(kind="incoming", conversation__external_id=str(person)).order_by(
        "pk"
    )
    return list(found.values_list("text", flat=True))


@pytest.mark.django_db(transaction=True)
def test_a_person_who_speaks_in_two_places_at_once_has_one_ticket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outside = Outside(telegram_channel(people().team))
    groups: list[Json] = [{**GROUP, "id": -9000 - number} for number in range(4)]
    outside.keep_all([outside.said(DANA, "@KiteHelpBot help", chat=group) for group in groups])
    outside.keep_all([outside.said(DANA, "help, please")])
    Parallel(monkeypatch).run(3)
    private = Message.objects.get(text="help, please")
    assert private.ticket is not None
    assert private.ticket.requester.identities.count() == 1
    assert Message.objects.filter(contact__isnull=False).values("contact").distinct().count() == 1
