"""What a program does: through the same actions and rights as the pages, and no more than it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, models

from accounts.models import Membership
from api.fields import MOST_NAMED
from helpdesk.limits import Limits
from tests.api.caller import Caller
from tests.cast import DANA, GROUP, Desk, Outside, opened
from tests.security.test_foreign_ids import nonsense, state
from tickets.actions import delivery as outbox
from tickets.actions.reply import reply, routes
from tickets.models import (
    Channel,
    Contact,
    Conversation,
    Delivery,
    Message,
    Status,
    Ticket,
    TicketEvent,
    Topic,
)

pytestmark = pytest.mark.django_db


def test_a_reply(desk: Desk, outside: Outside, alice: Caller, ticket: Ticket) -> None:
    body = {"text": "We are on it.", "then": "pending"}
    answer = alice.post(f"tickets/{ticket.pk}/replies/", body)
    assert answer.status_code == 201
    assert answer.said["author"]["name"] == "Alice"
    assert answer.said["audience"] == "private"
    message = Message.objects.get(pk=answer.said["id"])
    assert message.deliveries.get().payload["text"] == "We are on it."
    ticket.refresh_from_db()
    assert (ticket.status, ticket.assignee) == ("pending", desk.alice)
    assert TicketEvent.objects.filter(verb="replied", actor=desk.alice, message=message).exists()


def test_nothing_goes_into_a_public_place_by_omission(alice: Caller, outside: Outside) -> None:
    asked = opened(outside.says({**DANA, "id": 7055}, "/ticket my withdrawal", chat=GROUP))
    (route,) = alice.get(f"tickets/{asked.pk}/").said["routes"]
    assert route["is_private"] is False
    path = f"tickets/{asked.pk}/replies/"
    assert alice.post(path, {"text": "hello"}).status_code == 422
    answer = alice.post(path, {"text": "hello", "conversation": route["id"]})
    assert answer.said["audience"] == "public"


def test_a_colleague_was_faster(desk: Desk, alice: Caller, ticket: Ticket) -> None:
    seen = ticket.messages.latest("pk").pk
    reply(actor=desk.bob, ticket=ticket, conversation=routes(ticket)[0], text="mine")
    body = {"text": "mine, too", "seen_message": seen}
    answer = alice.post(f"tickets/{ticket.pk}/replies/", body)
    assert answer.status_code == 409
    assert "Bob" in answer.said["detail"]


def test_a_note(desk: Desk, alice: Caller, ticket: Ticket) -> None:
    answer = alice.post(f"tickets/{ticket.pk}/notes/", {"text": "seen on the node"})
    assert (answer.status_code, answer.said["kind"]) == (201, "note")
    assert answer.said["deliveries"] == []


def test_status_and_assignment(desk: Desk, alice: Caller, ticket: Ticket) -> None:
    path = f"tickets/{ticket.pk}/"
    assert alice.put(f"{path}status/", {"status": "on_hold"}).said["status"] == "on_hold"
    assert alice.put(f"{path}status/", {"status": "closed"}).status_code == 400
    bob = {"id": desk.bob.pk, "name": "Bob"}
    assert alice.put(f"{path}assignment/", {"assignee": desk.bob.pk}).said["assignee"] == bob
    late = {"assignee": desk.alice.pk, "expected": None}
    assert alice.put(f"{path}assignment/", late).status_code == 409
    assert alice.put(f"{path}assignment/", {"assignee": None}).said["assignee"] is None
    for pk in (desk.carol.pk, desk.admin.pk, desk.gone.pk, 888_888):
        assert alice.put(f"{path}assignment/", {"assignee": pk}).status_code == 422


def test_sending_again(alice: Caller, desk: Desk, ticket: Ticket) -> None:
    message = reply(actor=desk.alice, ticket=ticket, conversation=routes(ticket)[0], text="soon")
    row = message.deliveries.get()
    assert alice.post(f"deliveries/{row.pk}/retry/").status_code == 409
    Delivery.objects.filter(pk=row.pk).update(state="failed", reason="rejected")
    assert alice.get(f"deliveries/{row.pk}/").said["can_retry"] is True
    assert alice.post(f"deliveries/{row.pk}/retry/", {}).said["state"] == "queued"


def new(ticket: Ticket, **more: Any) -> dict[str, Any]:
    channel = Channel.objects.get(kind=ticket.channel_kind, team=ticket.team)
    body = {"contact": ticket.requester_id, "channel": channel.pk, "text": "withdrawal 42 is stuck"}
    return body | more


def test_opening_for_somebody(desk: Desk, alice: Caller, ticket: Ticket, outside: Outside) -> None:
    sent = Delivery.objects.count()
    answer = alice.post("tickets/", new(ticket, topic="stuck_transaction", priority="high"))
    assert answer.status_code == 201, answer.said
    said = answer.said
    assert said["requester"]["id"] == ticket.requester_id
    assert (said["topic"], said["priority"]) == ("stuck_transaction", "high")
    (first,) = said["messages"]
    assert (first["kind"], first["author"]["name"]) == ("note", "Alice")
    assert {clock["metric"] for clock in said["clocks"]} >= {"first_response"}
    assert Delivery.objects.count() == sent
    path = f"tickets/{said['number']}/replies/"
    assert alice.post(path, {"text": "Your withdrawal is stuck."}).status_code == 201
    # With two requests open in one chat, an answer says which one it is about.
    assert outside.texts(DANA)[-1] == f"#{said['number']}\nYour withdrawal is stuck."


def test_a_dangerous_topic_is_urgent_whatever_is_said(alice: Caller, ticket: Ticket) -> None:
    slug = Topic.objects.filter(priority_floor="urgent").values_list("slug", flat=True)[0]
    answer = alice.post("tickets/", new(ticket, topic=slug, priority="low", subject="Look"))
    assert (answer.said["priority"], answer.said["subject"]) == ("urgent", "Look")


def test_opening_only_for_whom_and_where_one_may(
    desk: Desk, alice: Caller, ticket: Ticket, theirs: Ticket
) -> None:
    before = Ticket.objects.count()
    stranger = Contact.objects.create(name="Unknown")
    foreign = Channel.objects.get(name="Finance bot").pk
    for field, values in (
        (
            "contact",
            (theirs.requester_id, stranger.pk, 888_888, 2**63, 0, -1, "1", 1.0, True, None),
        ),
        ("channel", (foreign, 888_888, 10**30)),
        ("topic", ("no-such-topic", 1, "")),
        ("priority", ("extreme", 1, None)),
        ("text", ("", "   ", 1, None, "x" * 16_001, ["x"])),
    ):
        for value in values:
            answer = alice.post("tickets/", new(ticket, **{field: value}))
            assert answer.status_code == 400, (field, value)
            assert list(answer.said["errors"]) == [field]
    assert Ticket.objects.count() == before


def test_nobody_is_opened_for_who_cannot_be_reached(alice: Caller, outside: Outside) -> None:
    asked = opened(outside.says({**DANA, "id": 7055}, "/ticket my withdrawal", chat=GROUP))
    assert alice.post("tickets/", new(asked)).status_code == 422
    Conversation.objects.update(closed_reason="blocked")
    assert alice.post("tickets/", new(asked)).status_code == 422


def test_who_left_the_team_sees_their_own_and_changes_nothing(
    desk: Desk, alice: Caller, ticket: Ticket
) -> None:
    Ticket.objects.update(assignee=desk.alice)
    body = new(ticket)
    Membership.objects.filter(user=desk.alice).delete()
    path = f"tickets/{ticket.pk}/"
    assert alice.get(path).status_code == 200
    assert alice.post(f"{path}replies/", {"text": "x"}).status_code == 403
    assert alice.post(f"{path}notes/", {"text": "x"}).status_code == 403
    assert alice.put(f"{path}status/", {"status": "solved"}).status_code == 403
    assert alice.put(f"{path}assignment/", {"assignee": None}).status_code == 403
    assert alice.post("tickets/", body).status_code == 400
    ticket.refresh_from_db()
    assert ticket.status == Status.NEW


def batched(names: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(names), size):
        yield names[start : start + size]


WRITES: dict[str, tuple[str, dict[str, Any]]] = {
    "tickets/": ("POST", {}),
    "tickets/{}/replies/": ("POST", {"text": "x"}),
    "tickets/{}/notes/": ("POST", {"text": "x"}),
    "tickets/{}/status/": ("PUT", {"status": "pending"}),
    "tickets/{}/assignment/": ("PUT", {"assignee": None}),
}


@pytest.mark.parametrize("path", WRITES)
def test_a_key_that_is_not_offered_is_refused(
    desk: Desk, alice: Caller, ticket: Ticket, path: str
) -> None:
    method, body = WRITES[path]
    body = body or new(ticket)
    rows: list[models.Model] = [ticket, ticket.messages.latest("pk"), desk.alice]
    before = [state(row) for row in rows], Message.objects.count()
    names = {name for row in rows for name in nonsense(row)} - {
        *body, "text", "conversation", "subject", "topic", "priority", "status", "assignee", "contact"
    }  # fmt: skip
    assert {
        "is_staff",
        "is_admin",
        "role",
        "team",
        "created_at",
        "id",
        "author",
        "automatic",
    } <= names
    for some in batched(sorted(names), MOST_NAMED):
        answer = alice.call(method, path.format(ticket.pk), {**body, **dict.fromkeys(some, 1)})
        assert answer.status_code == 400
        assert answer.said["errors"] == {name: ["Unknown key."] for name in some}
    assert ([state(row) for row in rows], Message.objects.count()) == before


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'"x"', b"1", b"\xff\xfe", b"\xef\xbb\xbf{}", b'{"text": NaN}', b'{"text": 1e999}',
        b'{"text": "a\\u0000b"}', b'{"text": "\\ud800"}', b'{"\\udc00": 1}', b'{"text": "a", "text": "b"}',
        b"[" * 50_000, b'{"text":' * 20_000, b'{"text": ' + b"9" * 9_000 + b"}", b'{"text": "x"} {}',
        b'{"text": {"a": ["\\ud800"]}}', b'{"seen_message": 1, "then": "\\ud800", "text": "x"}',
    ],
)  # fmt: skip
def test_rubbish_is_a_bad_request(alice: Caller, ticket: Ticket, body: bytes) -> None:
    before = Message.objects.count()
    assert alice.post(f"tickets/{ticket.pk}/replies/", body).status_code == 400
    assert Message.objects.count() == before


def test_other_kinds_of_bodies(alice: Caller, ticket: Ticket) -> None:
    path = f"/api/v1/tickets/{ticket.pk}/notes/"
    auth = {"Authorization": f"Token {alice.key}"}
    for kind in ("", "text/plain", "multipart/form-data; boundary=x", "application/xml", "a b;c="):
        answer = alice.client.generic(
            "POST", path, b'{"text": "x"}', content_type=kind, headers=auth
        )
        assert answer.status_code == 415, kind
        assert answer["Content-Type"] == "application/problem+json"
    odd = "application/json; charset=rot13"
    answer = alice.client.generic("POST", path, b'{"text": "x"}', content_type=odd, headers=auth)
    assert answer.status_code == 201
    assert alice.post(path, b" " * 1_100_000).status_code == 413
    answer = alice.client.get("/api/v1/me/", headers={**auth, "Accept": "text/html"})
    assert (answer.status_code, answer["Content-Type"]) == (406, "application/problem+json")


@pytest.mark.parametrize("away", [False, True])
def test_too_fast(alice: Caller, monkeypatch: pytest.MonkeyPatch, valkey: Any, away: bool) -> None:
    """Without Valkey the process counts by itself."""
    monkeypatch.setattr("api.authentication.BURST", 3)
    monkeypatch.setattr("api.authentication.PER_SECOND", 0.01)
    if away:
        alone = Limits("redis://127.0.0.1:9/0")
        monkeypatch.setattr("api.authentication.shared_limits", lambda: alone)
    answers = [alice.get("me/") for _ in range(5)]
    assert [each.status_code for each in answers[3:]] == [429, 429]
    assert answers[0].status_code == 200
    assert int(answers[-1]["Retry-After"]) >= 1


def test_answers_speak_the_caller_s_language(alice: Caller, ticket: Ticket) -> None:
    headers = {"Accept-Language": "tr"}
    path = f"tickets/{ticket.pk}/status/"
    Ticket.objects.update(status="closed")
    english, turkish = (alice.put(path, {"status": "open"}, **more) for more in ({}, headers))
    assert english.status_code == turkish.status_code == 422
    assert english.said["detail"] != turkish.said["detail"]


def test_what_is_under_way_is_seen(alice: Caller, ticket: Ticket) -> None:
    assert outbox.claim() is not None
    states = {row["state"] for row in alice.get("deliveries/").said["results"]}
    assert "sending" in states


@pytest.mark.parametrize(
    ("error", "status"), [(RuntimeError("s3cret"), 500), (OperationalError("s3cret"), 503)]
)
def test_what_breaks_is_told_in_the_one_shape(
    alice: Caller, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def broken(*_args: Any, **_named: Any) -> None:
        raise error

    monkeypatch.setattr("api.views.tickets.visible", broken)
    alice.client.raise_request_exception = False
    answer = alice.get("tickets/1/")
    assert answer.status_code == status
    assert ("Retry-After" in answer) == (status == 503)
    assert b"s3cret" not in answer.content
