"""What a program sees: what its user sees, field by field, and not a secret more."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.api.caller import Caller
from tests.cast import DANA, GROUP, TOKEN, Desk, Outside, closed, opened
from tests.test_secrets_in_logs import everything_stored
from tests.tickets.test_files import picture
from tickets.actions import files
from tickets.actions.reply import note, reply, routes
from tickets.models import Channel, Ticket, Topic

pytestmark = pytest.mark.django_db


def numbers(answer: Any) -> list[int]:
    return [row["number"] for row in answer.said["results"]]


def test_the_list(alice: Caller, ticket: Ticket, theirs: Ticket) -> None:
    answer = alice.get("tickets/")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer.said["next"] is None
    (row,) = answer.said["results"]
    assert row["number"] == ticket.pk
    assert row["requester"] == {"id": ticket.requester_id, "name": "Dana"}
    assert row["topic"] == (ticket.topic.slug if ticket.topic else None)
    assert row["page"] == f"http://127.0.0.1:8000/tickets/{ticket.pk}/"
    assert row["created_at"].endswith("Z")
    assert "text" not in row


def test_an_admin_sees_all(desk: Desk, ticket: Ticket, theirs: Ticket) -> None:
    assert numbers(Caller(desk.admin).get("tickets/")) == [theirs.pk, ticket.pk]
    assert numbers(Caller(desk.carol).get("tickets/")) == [theirs.pk]


def test_a_whole_ticket(desk: Desk, outside: Outside, alice: Caller, ticket: Ticket) -> None:
    desk.alice.undo_seconds = 20
    note(actor=desk.bob, ticket=ticket, text="ask finance")
    reply(actor=desk.alice, ticket=ticket, conversation=routes(ticket)[0], text="we look")
    said = alice.get(f"tickets/{ticket.pk}/").said
    words = [each for each in said["messages"] if not each["automatic"]]
    assert [(each["kind"], each["audience"]) for each in words] == [
        ("incoming", "private"), ("note", "desk"), ("reply", "private")]  # fmt: skip
    assert words[0]["contact"]["name"] == "Dana"
    assert words[1]["author"] == {"id": desk.bob.pk, "name": "Bob"}
    assert [each["state"] for each in words[2]["deliveries"]] == ["queued"]
    assert {clock["metric"] for clock in said["clocks"]} >= {"first_response", "resolution"}
    assert all(clock["budget_seconds"] > 0 for clock in said["clocks"])
    assert [(each["id"], each["is_private"]) for each in said["routes"]] == [
        (routes(ticket)[0].pk, True)]  # fmt: skip


def test_messages_by_pages(alice: Caller, desk: Desk, ticket: Ticket) -> None:
    for number in range(5):
        note(actor=desk.bob, ticket=ticket, text=f"note {number}")
    first = alice.get(f"tickets/{ticket.pk}/messages/", page_size=4).said
    rest = alice.get(first["next"].removeprefix("http://testserver")).said
    ids = [each["id"] for each in first["results"] + rest["results"]]
    assert ids == sorted(ticket.messages.values_list("pk", flat=True))
    assert rest["next"] is None


def test_the_rest_of_the_desk(desk: Desk, alice: Caller, ticket: Ticket, theirs: Ticket) -> None:
    me = alice.get("me/").said
    assert (me["email"], me["teams"]) == ("alice@desk.example", {str(desk.team.pk): "agent"})
    assert me["token"]["scope"] == "write"
    (team,) = alice.get("teams/").said["results"]
    assert [member["name"] for member in team["members"]] == ["Alice", "Bob"]
    assert len(alice.get("topics/", page_size=100).said["results"]) == Topic.objects.count()
    (contact,) = alice.get("contacts/").said["results"]
    assert contact == alice.get(f"contacts/{ticket.requester_id}/").said
    assert contact["identities"][0]["external_id"] == str(DANA["id"])
    (channel,) = alice.get("channels/").said["results"]
    assert channel == alice.get(f"channels/{channel['id']}/").said
    for row in alice.get("deliveries/").said["results"]:
        assert row["ticket"] == ticket.pk
        assert row == alice.get(f"deliveries/{row['id']}/").said


def test_no_secret_of_a_channel_is_ever_shown(desk: Desk, ticket: Ticket) -> None:
    Channel.objects.update(hook_secret="canary-of-the-hook", config={"secret": "canary-of-config"})
    admin = Caller(desk.admin)
    text = b"".join(
        admin.get(path).content
        for path in ("channels/", "tickets/", f"tickets/{ticket.pk}/", "deliveries/", "me/")
    ).decode()
    assert TOKEN.partition(":")[2] not in text
    assert "canary" not in text
    assert admin.key not in text
    assert "argon2" not in text


def test_a_file(alice: Caller, desk: Desk, outside: Outside, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    said = outside.says(DANA, "my dekont", photo=[{"file_id": "f", "width": 9, "height": 9}])
    file = said.message.attachments.get()
    files._stored(file, picture())
    (message,) = (
        each for each in alice.get(f"tickets/{opened(said).pk}/").said["messages"]
        if each["attachments"]
    )  # fmt: skip
    url = message["attachments"][0]["url"].removeprefix("http://127.0.0.1:8000")
    settings.FILES_HOST = "files.example"
    answer = alice.get(url)
    assert answer.status_code == 200
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["Content-Disposition"].startswith("attachment")
    closed(answer)
    assert Caller(desk.carol).get(url).status_code == 404


def test_unknown_and_foreign_look_alike(
    alice: Caller, ticket: Ticket, theirs: Ticket, desk: Desk
) -> None:
    delivery = theirs.messages.exclude(deliveries=None).latest("pk").deliveries.latest("pk")
    channel = Channel.objects.get(name="Finance bot")
    for path, pk in (
        ("tickets/{}/", theirs.pk),
        ("tickets/{}/messages/", theirs.pk),
        ("contacts/{}/", theirs.requester_id),
        ("channels/{}/", channel.pk),
        ("deliveries/{}/", delivery.pk),
    ):
        seen = [alice.get(path.format(each)) for each in (pk, 888_888, 10**40)]
        assert {each.status_code for each in seen} == {404}, path
        assert len({each.content for each in seen}) == 1, path


def test_pages_hold_every_row_once(desk: Desk, outside: Outside, alice: Caller) -> None:
    for number in range(12):
        person = {**DANA, "id": 9000 + number}
        found = opened(outside.says(person, "my withdrawal is pending, hash 0x1"))
        due = timezone.now() + timedelta(minutes=number % 3) if number % 4 else None
        Ticket.objects.filter(pk=found.pk).update(next_due_at=due)
    for ordering in ("number", "-number", "due"):
        seen: list[int] = []
        answer = alice.get("tickets/", ordering=ordering, page_size=5)
        while True:
            seen += numbers(answer)
            if answer.said["next"] is None:
                break
            answer = alice.get(answer.said["next"].removeprefix("http://testserver"))
        whole = numbers(alice.get("tickets/", ordering=ordering))
        assert seen == whole
        assert len(set(seen)) == 12


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "x"}, {"cursor": "number"}, {"cursor": "number~"}, {"cursor": "number~x"},
        {"cursor": "number~1~2"}, {"cursor": "due~1"}, {"cursor": f"due~{'9' * 18}~1"},
        {"cursor": f"number~{'9' * 40}"}, {"cursor": "secret~1"}, {"cursor": "number~1", "ordering": "due"},
        {"page_size": "101"}, {"page_size": "0"}, {"page_size": "-1"}, {"page_size": "ten"}, {"page_size": "١"},
        {"ordering": "password"}, {"ordering": ""}, {"nonsense": "1"}, {"status": "x"}, {"assignee": "me2"},
        {"category": ["trading", "account"]}, {"team": "888888"}, {"created_after": "yesterday"}, {"topic": "a\0"},
        {"team": "\0"}, {"format": "json"}, {"assignee": "9" * 30},
    ],
)  # fmt: skip
def test_what_a_list_refuses(alice: Caller, ticket: Ticket, query: dict[str, str]) -> None:
    answer = alice.get("tickets/", **query)
    assert answer.status_code == 400
    assert set(answer.said["errors"]) <= set(query)


def test_filters(desk: Desk, outside: Outside, alice: Caller, ticket: Ticket) -> None:
    mine = opened(outside.says({**DANA, "id": 7055}, "where is my deposit, hash 0x2"))
    Ticket.objects.filter(pk=mine.pk).update(assignee=desk.alice, status="pending", language="tr")
    for query, found in (
        ({"assignee": "me"}, [mine]),
        ({"assignee": "none"}, [ticket]),
        ({"assignee": str(desk.alice.pk)}, [mine]),
        ({"assignee": "888888"}, []),
        ({"status": ["new", "pending"]}, [mine, ticket]),
        ({"status": "pending"}, [mine]),
        ({"language": "tr"}, [mine]),
        ({"team": str(desk.team.pk)}, [mine, ticket]),
        ({"channel_kind": "telegram"}, [mine, ticket]),
        ({"category": mine.category}, [mine]),
        ({"created_after": "2999-01-01T00:00:00Z"}, []),
        ({"created_before": "2999-01-01T00:00:00Z"}, [mine, ticket]),
        ({"due_before": "2999-01-01T00:00:00Z"}, [mine, ticket]),
        ({"active_after": "2999-01-01T00:00:00Z"}, []),
    ):
        assert numbers(alice.get("tickets/", **query)) == [each.pk for each in found], query
    assert mine.category != ticket.category


def queries(caller: Caller, path: str, **query: Any) -> int:
    caller.get(path, **query)
    with CaptureQueriesContext(connection) as caught:
        assert caller.get(path, **query).status_code == 200
    return len(caught)


def test_it_asks_the_database_as_often_for_much_as_for_little(
    desk: Desk, outside: Outside, alice: Caller, ticket: Ticket
) -> None:
    paths = ("tickets/", f"tickets/{ticket.pk}/", f"tickets/{ticket.pk}/messages/", "contacts/",
             "deliveries/", "teams/", "channels/")  # fmt: skip
    few = {path: queries(alice, path) for path in paths}
    for number in range(8):
        outside.says({**DANA, "id": 9000 + number}, "my withdrawal is pending, hash 0x1")
        outside.says(DANA, f"more {number}", photo=[{"file_id": "f", "width": 9, "height": 9}])
        outside.says(DANA, f"@KiteHelpBot here {number}", chat={**GROUP, "id": -7 - number})
        reply(actor=desk.bob, ticket=ticket, conversation=routes(ticket)[0], text="word " * 900)
    many = {path: queries(alice, path) for path in paths}
    assert many == few
    assert few["tickets/"] <= 3
    assert few[f"tickets/{ticket.pk}/"] <= 9


def test_no_key_is_ever_logged(
    desk: Desk, ticket: Ticket, logged: io.StringIO, settings: Any
) -> None:
    settings.PRODUCTION = True  # a line for each request
    caller = Caller(desk.alice)
    path = f"tickets/{ticket.pk}/notes/"
    caller.get("me/")
    caller.get("me/", key=caller.key)
    caller.post(path, {"text": "x", caller.key: 1})
    caller.post(path, {"text": "x"}, **{"Idempotency-Key": "k"})
    caller.client.get("/api/v1/me/", headers={"Authorization": f"Token {caller.key}x"})
    told = logged.getvalue()
    assert f"token={caller.key[3:15]}" in told
    assert caller.key[16:] not in told
    assert caller.key[16:] not in everything_stored()
