"""Pages and forms, through the whole application in this process: no network, no second process in the figures."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from functools import partial
from typing import Any

from django.db import connection
from django.test import Client, override_settings

from accounts.models import User
from benchmarks.incoming import People
from benchmarks.measure import Figure, measure
from benchmarks.seed import Desk
from connectors import draining
from tickets.models import Ticket
from tickets.views import drawn, rows
from tickets.views.queue import LABELS, PAGE

DEEP = 20
"""Pages to turn before the deep one, if there are so many."""
OLDER = re.compile(r'href="(/tickets/\?view=open&amp;after=[^"]+)"')
INSERT = (
    "INSERT INTO tickets_message (ticket_id, kind, audience, automatic, text, entities, language, placeholder, details,"
    " masked, external_id, reply_to_external_id, album_id, sent_at, created_at)"
    " VALUES (%s, 'note', 'desk', true, 'bare', '[]', '', '', '{}', '{}', '', '', '', now(), now())"
)


def measure_pages(desk: Desk) -> Iterator[Figure]:
    """What the machine can do at all, then what people open and send."""
    for part in (_bare, _queues, _tickets, _writes, _opening):
        yield from part(desk)


def _client_of(user: User) -> Client:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)
    return client


def _get(client: Client, address: str, **headers: str) -> int:
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200, (address, answer.status_code)
    return len(answer.content)


def _bare(desk: Desk) -> Iterator[Figure]:
    fifty = (
        Ticket.objects.open()
        .filter(team=desk.plan.teams[0])
        .by_deadline()
        .values_list(*rows.COLUMNS)[:PAGE]
    )
    sql, params = fifty.query.sql_with_params()
    yield measure("bare: the SQL of 50 queue rows", partial(_fetch, sql, list(params)))
    with override_settings(ROOT_URLCONF="benchmarks.bare"):
        client = _client_of(desk.agent)
        yield measure("bare: an empty view, signed in", partial(_get, client, "/empty/"))
    yield measure("bare: insert one row and commit", partial(_insert, _another(desk)))


def _fetch(sql: str, params: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return sum(len(str(row)) for row in cursor.fetchall())


def _insert(ticket: Ticket) -> int:
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [ticket.pk])
    return 0


def _another(desk: Desk) -> Ticket:
    """A ticket of the agent that no page figure shows, for everything that writes."""
    return Ticket.objects.mine(desk.agent).exclude(pk__in=[desk.short.pk, desk.long.pk])[0]


def _queues(desk: Desk) -> Iterator[Figure]:
    client, admin = _client_of(desk.agent), _client_of(desk.admin)
    for view in LABELS:
        yield measure(f"queue: {view}", partial(_get, client, f"/tickets/?view={view}"))
    yield measure("queue: mine, no row drawn before", lambda: _undrawn(client, "/tickets/"))
    changed = {"HX-Request": "true"}
    yield measure("queue: mine, live refresh", partial(_get, client, "/tickets/", **changed))
    yield measure("queue: open, admin", partial(_get, admin, "/tickets/?view=open"))
    whole = "/tickets/?view=open&breached=all"
    yield measure("queue: open, admin, unfolded", partial(_get, admin, whole))
    address, pages = _deep(admin)
    figure = measure("queue: open, admin, deep", partial(_get, admin, address))
    figure.more["page"] = pages
    yield figure


def _undrawn(client: Client, address: str) -> int:
    """As a process serves it that has just begun."""
    rows.forget()
    drawn.forget()
    return _get(client, address)


def _deep(client: Client) -> tuple[str, int]:
    """The address of a page far down, and which one it is."""
    address = "/tickets/?view=open"
    for page in range(1, DEEP):
        found = OLDER.search(client.get(address).content.decode())
        if found is None:
            return address, page
        address = found[1].replace("&amp;", "&")
    return address, DEEP


def _tickets(desk: Desk) -> Iterator[Figure]:
    client = _client_of(desk.agent)
    short, long = desk.short.get_absolute_url(), desk.long.get_absolute_url()
    yield measure("ticket: 4 messages", partial(_get, client, short))
    yield measure("ticket: 4 messages, none drawn before", lambda: _undrawn(client, short))
    yield measure("ticket: the latest 50 of 200", partial(_get, client, long))
    yield measure("ticket: 50 of 200, none drawn before", lambda: _undrawn(client, long))
    yield measure("ticket: all of 200", partial(_get, client, f"{long}?from=0-0"))


def _writes(desk: Desk) -> Iterator[Figure]:
    """Each round answers the next of the agent's tickets, as an agent does."""
    client, tickets = _client_of(desk.agent), _in_turns(desk)
    yield measure("reply: form, redirect", lambda: _reply(client, next(tickets)))
    yield measure(
        "reply: htmx, with the ticket redrawn", lambda: _reply(client, next(tickets), htmx=True)
    )
    yield measure("note: form, redirect", lambda: _note(client, next(tickets)))


def _in_turns(desk: Desk) -> Iterator[Ticket]:
    tickets = Ticket.objects.mine(desk.agent).exclude(pk__in=[desk.short.pk, desk.long.pk])
    found = list(tickets.select_related("requester"))
    while True:
        yield from found


def _reply(client: Client, ticket: Ticket, *, htmx: bool = False) -> int:
    audience = ticket.requester_id  # their private chat has the same id
    return _post(client, f"{ticket.get_absolute_url()}replies/", htmx=htmx, audience=audience)


def _note(client: Client, ticket: Ticket) -> int:
    return _post(client, f"{ticket.get_absolute_url()}notes/")


def _post(client: Client, address: str, *, htmx: bool = False, **fields: object) -> int:
    form = {"text": "We are on it.", "submission": str(uuid.uuid4()), **fields}
    answer = client.post(address, form, headers={"HX-Request": "true"} if htmx else {})
    assert answer.status_code == (200 if htmx else 302), (address, answer.status_code)
    return len(answer.content)


def _opening(desk: Desk) -> Iterator[Figure]:
    """Stored and taken in one by one, a transaction each, as on a calm day."""
    people = People(desk)
    yield measure("intake: a new person's ticket", lambda: _take_in(people, known=False))
    yield measure("intake: a known person's words", lambda: _take_in(people, known=True))


def _take_in(people: People, *, known: bool) -> int:
    size = people.write(1, known=known)
    assert draining.drain_batch() == 1
    return size
