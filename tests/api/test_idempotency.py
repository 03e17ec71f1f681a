"""A write with a key is done once, however often and however much at once it is sent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.db.models.functions import Now

from api import idempotency
from api.models import StoredAnswer
from api.tasks import forget_answers
from tests.api.caller import Caller
from tests.api.test_writing import new
from tests.cast import Desk
from tickets.actions.reply import note
from tickets.models import Message, Ticket

REPLAYED = "Idempotency-Replayed"


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["tickets", "replies", "notes", "status", "assignment"])
def test_every_write_is_answered_as_before(
    desk: Desk, alice: Caller, ticket: Ticket, what: str
) -> None:
    path = "tickets/" if what == "tickets" else f"tickets/{ticket.pk}/{what}/"
    body: dict[str, Any] = {
        "tickets": new(ticket), "status": {"status": "pending"}, "assignment": {"assignee": desk.bob.pk}
    }.get(what, {"text": "once"})  # fmt: skip
    send = alice.put if what in ("status", "assignment") else alice.post
    first = send(path, body, **keyed("k-1"))
    assert first.status_code in (200, 201)
    Ticket.objects.filter(pk=ticket.pk).update(status="on_hold", assignee=desk.alice)
    counts = Ticket.objects.count(), Message.objects.count()
    again = send(path, body, **keyed("k-1"))
    assert (again.status_code, again.said) == (first.status_code, first.said)
    assert (first.headers.get(REPLAYED), again[REPLAYED]) == (None, "true")
    assert (Ticket.objects.count(), Message.objects.count()) == counts
    ticket.refresh_from_db()
    assert (ticket.status, ticket.assignee) == ("on_hold", desk.alice)


@pytest.mark.django_db
def test_a_key_is_for_one_request_of_one_person(desk: Desk, alice: Caller, ticket: Ticket) -> None:
    path = f"tickets/{ticket.pk}/notes/"
    assert alice.post(path, {"text": "once"}, **keyed("k")).status_code == 201
    assert alice.post(path, {"text": "twice"}, **keyed("k")).status_code == 422
    assert (
        alice.post(f"tickets/{ticket.pk}/replies/", {"text": "once"}, **keyed("k")).status_code
        == 422
    )
    assert alice.post(path, {"text": "once"}, **keyed("K")).status_code == 201
    assert Caller(desk.bob).post(path, {"text": "once"}, **keyed("k")).status_code == 201
    assert Caller(desk.alice).post(path, {"text": "once"}, **keyed("k"))[REPLAYED] == "true"


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "ключ", "a\tb"])
def test_what_is_no_key(alice: Caller, ticket: Ticket, key: str) -> None:
    answer = alice.post(f"tickets/{ticket.pk}/notes/", {"text": "x"}, **keyed(key))
    assert answer.status_code == 400
    assert not Message.objects.filter(kind="note").exists()


@pytest.mark.django_db
def test_a_refusal_is_not_kept(alice: Caller, ticket: Ticket) -> None:
    path = f"tickets/{ticket.pk}/status/"
    Ticket.objects.update(status="closed")
    assert alice.put(path, {"status": "open"}, **keyed("k")).status_code == 422
    Ticket.objects.update(status="new")
    answer = alice.put(path, {"status": "open"}, **keyed("k"))
    assert (answer.status_code, answer.headers.get(REPLAYED)) == (200, None)


@pytest.mark.django_db
def test_a_crash_in_the_middle_leaves_nothing_behind(
    alice: Caller, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = StoredAnswer.save

    def crash(row: StoredAnswer, **named: Any) -> None:
        if "update_fields" in named:  # the work is done, and its answer about to be stored
            raise SystemError("in the middle")
        save(row, **named)

    path = f"tickets/{ticket.pk}/notes/"
    with monkeypatch.context() as patched:
        patched.setattr(StoredAnswer, "save", crash)
        with pytest.raises(SystemError):
            alice.post(path, b'{"text": "once"}', **keyed("k"))
    assert not StoredAnswer.objects.exists()
    assert not Message.objects.filter(kind="note").exists()
    assert alice.post(path, b'{"text": "once"}', **keyed("k")).status_code == 201
    assert Message.objects.filter(kind="note").count() == 1


@pytest.mark.django_db
def test_answers_are_forgotten_after_a_day(alice: Caller, ticket: Ticket) -> None:
    path = f"tickets/{ticket.pk}/notes/"
    alice.post(path, {"text": "old"}, **keyed("old"))
    alice.post(path, {"text": "young"}, **keyed("young"))
    StoredAnswer.objects.filter(key="old").update(created_at=Now() - timedelta(hours=25))
    StoredAnswer.objects.filter(key="young").update(created_at=Now() - timedelta(hours=23))
    forget_answers()
    assert [row.key for row in StoredAnswer.objects.all()] == ["young"]
    # The message itself still knows what it was made of.
    again = alice.post(path, {"text": "old"}, **keyed("old"))
    assert again.status_code == 201
    assert Message.objects.filter(text="old").count() == 1


def at_once(*calls: Any) -> list[Any]:
    """Run them in threads of their own, as near to one moment as can be."""
    barrier = Barrier(len(calls))

    def run(call: Any) -> Any:
        barrier.wait(10)
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.django_db(transaction=True)
def test_twins_sent_at_the_same_moment(desk: Desk, alice: Caller, ticket: Ticket) -> None:
    path = f"tickets/{ticket.pk}/replies/"
    for number in range(3):
        body, key = {"text": f"round {number}"}, keyed(f"round-{number}")
        answers = at_once(*[partial(alice.post, path, body, **key)] * 6)
        assert {each.status_code for each in answers} == {201}
        assert len({each.content for each in answers}) == 1
        assert sum(REPLAYED not in each.headers for each in answers) == 1
        assert Message.objects.filter(text=f"round {number}").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_twin_waits_only_so_long(
    desk: Desk, alice: Caller, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, body = f"tickets/{ticket.pk}/notes/", {"text": "once"}
    monkeypatch.setattr(idempotency, "PATIENCE_MS", 200)
    late: list[Any] = []

    def slow(**named: Any) -> Message:
        late.extend(at_once(lambda: alice.post(path, body, **keyed("k"))))
        return note(**named)

    monkeypatch.setattr("tickets.actions.reply.note", slow)
    assert alice.post(path, body, **keyed("k")).status_code == 201
    (twin,) = late
    assert twin.status_code == 409
    assert Message.objects.filter(text="once").count() == 1
