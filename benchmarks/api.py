"""The API, as a program asks it: a token of its own for each item, since a token may ask only so often."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle
from typing import Any

from django.test import Client

from accounts.models import User
from accounts.tokens import make_token
from benchmarks.measure import Figure, measure
from benchmarks.seed import Desk
from tickets.models import Channel, Ticket


def measure_api(desk: Desk) -> Iterator[Figure]:
    """Lists, a ticket, and what is written."""
    for name, address in (
        ("list, newest 50", "tickets/"),
        ("list, queue's order", "tickets/?ordering=due"),
        ("list, filtered", "tickets/?status=new&status=open&assignee=none&category=withdrawal"),
        ("ticket, 4 messages", f"tickets/{desk.short.pk}/"),
        ("ticket, 200 messages", f"tickets/{desk.long.pk}/"),
    ):
        yield measure(f"API: {name}", partial(_call, _program(desk.agent), "GET", address))
    yield measure(
        "API: list, newest 50, admin", partial(_call, _program(desk.admin), "GET", "tickets/")
    )
    yield measure("API: note, with a key", _noting(desk))
    yield measure("API: open a ticket", _opening(desk))


def _program(user: User) -> Client:
    token = make_token(user=user, name="bench", scope="write")
    headers = {"Authorization": f"Token {token.key}"}
    return Client(SERVER_NAME="127.0.0.1", headers=headers)


def _call(client: Client, method: str, address: str, body: Any = None, **headers: str) -> int:
    answer: Any = client.generic(
        method,
        f"/api/v1/{address}",
        "" if body is None else json.dumps(body),
        content_type="application/json",
        headers=headers,
    )
    assert answer.status_code in (200, 201), (address, answer.status_code, answer.content[:200])
    return len(answer.content)


def _noting(desk: Desk) -> Callable[[], int]:
    client, tickets = _program(desk.agent), cycle(Ticket.objects.mine(desk.agent)[:50])

    def note() -> int:
        key = {"Idempotency-Key": str(uuid.uuid4())}
        return _call(client, "POST", f"tickets/{next(tickets).pk}/notes/", {"text": "seen"}, **key)

    return note


def _opening(desk: Desk) -> Callable[[], int]:
    client = _program(desk.agent)
    channel = Channel.objects.visible_to(desk.agent)[0]
    contacts = cycle(
        Ticket.objects.mine(desk.agent).values_list("requester", flat=True).distinct()[:50]
    )

    def create() -> int:
        body = {
            "contact": next(contacts),
            "channel": channel.pk,
            "text": "Their withdrawal is stuck.",
        }
        return _call(client, "POST", "tickets/", body)

    return create
