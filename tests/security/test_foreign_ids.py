"""Ids and fields that nobody offered: what a form does not show, it does not take."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import models
from django.test import Client

from accounts.models import Membership, Role, User
from tests.cast import DANA, EMRE, GROUP, Desk, Outside, opened, telegram_channel
from tests.security.dom import steady
from tickets.actions.reply import reply, routes
from tickets.models import (
    ContactIdentity,
    Conversation,
    Delivery,
    DeliveryState,
    Message,
    Status,
    Ticket,
)

pytestmark = pytest.mark.django_db
PROFILE = {
    "display_name": "Alice", "public_alias": "Al", "languages": ["en"], "time_zone": "UTC", "ui_language": "en",
    "availability": "busy", "theme": "dark", "undo_seconds": "3", "single_keys": "on",
}  # fmt: skip


@pytest.fixture
def ticket(outside: Outside) -> Ticket:
    return opened(outside.says(DANA, "my withdrawal has not arrived"))


@pytest.fixture
def theirs(desk: Desk) -> Ticket:
    """Of the other team, through a bot of its own."""
    others = Outside(telegram_channel(desk.other_team, name="Finance bot"))
    return opened(others.says(EMRE, "para çekme işlemim bekliyor"))


@pytest.fixture
def alice(desk: Desk) -> Client:
    client = Client()
    client.force_login(desk.alice)
    return client


def state(row: models.Model) -> dict[str, Any]:
    manager = type(row)._base_manager
    return dict(manager.filter(pk=row.pk).values().get())


def nonsense(row: models.Model) -> dict[str, str]:
    """A value for every column that it has, and for those that others have."""
    found = {}
    for field in row._meta.get_fields():
        if isinstance(field, models.Field):
            value = (
                "1"
                if isinstance(field, (models.IntegerField, models.BooleanField, models.ForeignKey))
                else "x"
            )
            found[field.name] = found[field.attname] = value
    others = "is_staff is_superuser role roles teams memberships groups user_permissions pk id _state csrf".split()
    return found | dict.fromkeys(others, "1")


def test_a_profile_gives_no_rights(desk: Desk, alice: Client) -> None:
    before = state(desk.alice)
    more = {name: value for name, value in nonsense(desk.alice).items() if name not in PROFILE} | {
        "email": "evil@evil.example",
        "password": "x",
        "is_demo": "1",
        "topics": "secret_exposed",
    }
    assert {"is_admin", "is_active", "password", "email", "is_demo", "created_at"} <= set(more)

    assert alice.post("/profile/", {**more, **PROFILE}).status_code == 302

    changed = {name for name, value in state(desk.alice).items() if value != before[name]}
    assert changed <= set(PROFILE)
    assert "availability" in changed
    assert not Membership.objects.filter(user=desk.alice).exclude(role=Role.AGENT).exists()
    assert User.objects.filter(is_admin=True).count() == 1


@pytest.mark.parametrize(
    ("what", "form", "may_change"),
    [
        ("status", {"status": "pending"}, {"status"}),
        ("assignment", {}, {"assignee_id"}),
        ("notes", {"text": "seen"}, set()),
    ],
)
def test_a_form_of_a_ticket_changes_what_it_says(
    desk: Desk, ticket: Ticket, alice: Client, what: str, form: dict[str, str], may_change: set[str]
) -> None:
    if what == "assignment":
        form = {"assignee": str(desk.bob.pk)}
    before = state(ticket)
    more = {name: value for name, value in nonsense(ticket).items() if name not in {"text", *form}}

    assert alice.post(f"/tickets/{ticket.pk}/{what}/", {**more, **form}).status_code == 302

    changed = {name for name, value in state(ticket).items() if value != before[name]}
    assert changed <= may_change | {"version", "next_due_at", "sorts_at"}


def test_a_message_is_ones_own(desk: Desk, ticket: Ticket, alice: Client) -> None:
    message = ticket.messages.latest("pk")
    route = str(routes(ticket)[0].pk)
    more = {
        n: v for n, v in nonsense(message).items() if n not in ("text", "submission", "audience")
    }
    more |= {
        "author": str(desk.admin.pk),
        "author_id": str(desk.admin.pk),
        "automatic": "1",
        "kind": "incoming",
    }
    for what, audience in (("notes", "desk"), ("replies", "private")):
        address = f"/tickets/{ticket.pk}/{what}/"
        assert alice.post(address, {**more, "text": what, "audience": route}).status_code == 302
        written = Message.objects.get(text=what)
        assert (written.author, written.automatic, written.audience) == (
            desk.alice,
            False,
            audience,
        )
        assert written.ticket == ticket


def test_nobody_of_another_team_gets_a_ticket(desk: Desk, ticket: Ticket, alice: Client) -> None:
    for pk in (desk.carol.pk, desk.admin.pk, desk.gone.pk, 10**15):
        answer = alice.post(f"/tickets/{ticket.pk}/assignment/", {"assignee": str(pk)})
        assert answer.status_code == 422
    ticket.refresh_from_db()
    assert ticket.assignee is None


def test_an_answer_goes_into_no_foreign_conversation(
    desk: Desk, outside: Outside, ticket: Ticket, theirs: Ticket, alice: Client
) -> None:
    other = opened(outside.says({**DANA, "id": 7055}, "hello, my KYC failed"))
    outside.says(DANA, "chatter", chat=GROUP)
    own = {each.pk for each in routes(ticket)}
    foreign = Conversation.objects.exclude(pk__in=own)
    assert foreign.count() >= 3
    for conversation in foreign:
        form = {"text": "for you alone", "audience": str(conversation.pk)}
        assert alice.post(f"/tickets/{ticket.pk}/replies/", form).status_code == 422
    assert not Message.objects.filter(text="for you alone").exists()
    assert other.pk != ticket.pk


def test_the_same_number_on_another_service_is_somebody_else(
    desk: Desk, outside: Outside, ticket: Ticket, alice: Client
) -> None:
    """Dana's id on Discord is Emre's on Telegram: his chat is no way to her."""
    outside.says(EMRE, "/start")
    ContactIdentity.objects.create(
        contact=ticket.requester, kind="discord", external_id=str(EMRE["id"])
    )
    emre = Conversation.objects.get(external_id=str(EMRE["id"]))
    assert emre not in routes(ticket)
    form = {"text": "for you alone", "audience": str(emre.pk)}
    assert alice.post(f"/tickets/{ticket.pk}/replies/", form).status_code == 422


def test_rows_out_of_sight_are_as_rows_that_never_were(
    desk: Desk, theirs: Ticket, alice: Client
) -> None:
    conversation = routes(theirs)[0]
    desk.carol.undo_seconds = 20
    answer = reply(actor=desk.carol, ticket=theirs, conversation=conversation, text="soon")
    delivery = answer.deliveries.get()
    Delivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.FAILED)
    before = (state(theirs), state(answer), state(Delivery.objects.get(pk=delivery.pk)))

    for there, nowhere, form in (
        (f"/tickets/{theirs.pk}/", "/tickets/888888/", {}),
        (f"/tickets/{theirs.pk}/replies/", "/tickets/888888/replies/",
         {"text": "x", "audience": str(conversation.pk)}),
        (f"/tickets/{theirs.pk}/notes/", "/tickets/888888/notes/", {"text": "x"}),
        (f"/tickets/{theirs.pk}/status/", "/tickets/888888/status/", {"status": "solved"}),
        (f"/tickets/{theirs.pk}/assignment/", "/tickets/888888/assignment/", {"assignee": str(desk.alice.pk)}),
        (f"/messages/{answer.pk}/undo/", "/messages/888888/undo/", {}),
        (f"/deliveries/{delivery.pk}/retry/", "/deliveries/888888/retry/", {}),
    ):  # fmt: skip
        call = alice.post if form or "undo" in there or "retry" in there else alice.get
        for headers in ({}, {"HX-Request": "true"}):
            seen = [call(address, form, headers=headers) for address in (there, nowhere)]
            assert [each.status_code for each in seen] == [404, 404], there
            assert steady(seen[0].content) == steady(seen[1].content), there

    delivery.refresh_from_db()
    after = (state(theirs), state(answer), state(Delivery.objects.get(pk=delivery.pk)))
    assert after == before


def test_a_form_for_one_ticket_is_not_for_another(
    desk: Desk, outside: Outside, ticket: Ticket, alice: Client
) -> None:
    other = opened(outside.says({**DANA, "id": 7055}, "hello, my KYC failed"))
    form = {"text": "once", "submission": "0f0e0d0c-0b0a-4908-8706-050403020100"}
    assert alice.post(f"/tickets/{ticket.pk}/notes/", form).status_code == 302
    assert alice.post(f"/tickets/{other.pk}/notes/", form).status_code == 409
    assert Message.objects.filter(text="once").count() == 1


def test_an_agent_who_left_the_team_sees_their_own_and_does_nothing(
    desk: Desk, ticket: Ticket, alice: Client
) -> None:
    Ticket.objects.update(assignee=desk.alice)
    Membership.objects.filter(user=desk.alice).delete()
    assert alice.get(f"/tickets/{ticket.pk}/").status_code == 200
    form = {"text": "x", "audience": str(routes(ticket)[0].pk)}
    for what, sent in (("replies", form), ("notes", form), ("status", {"status": "solved"})):
        assert alice.post(f"/tickets/{ticket.pk}/{what}/", sent).status_code == 403
    ticket.refresh_from_db()
    assert ticket.status == Status.NEW
