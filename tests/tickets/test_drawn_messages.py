"""A kept message shows what is true now, to each in their words and with their rights."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.cast import DANA, Desk, Outside, opened
from tickets.actions.reply import reply, routes
from tickets.models import (
    Attachment,
    Contact,
    Conversation,
    Delivery,
    FileState,
    Message,
    MessageVersion,
    Ticket,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(desk: Desk, outside: Outside) -> Ticket:
    """Dana's question in private and Alice's delivered answer."""
    outside.at = int(timezone.now().timestamp()) - 60
    found = opened(outside.says(DANA, "my withdrawal is pending"))
    Delivery.objects.update(state="sent", sent_at=timezone.now())
    reply(actor=desk.alice, ticket=found, conversation=routes(found)[0], text="We look into it.")
    Delivery.objects.update(state="sent", sent_at=timezone.now())
    return found


def page(client: Client, viewer: User, ticket: Ticket) -> str:
    client.force_login(viewer)
    return client.get(f"/tickets/{ticket.pk}/", headers={"HX-Request": "true"}).content.decode()


def question(ticket: Ticket) -> Message:
    return ticket.messages.filter(kind="incoming").get()


def answer(ticket: Ticket) -> Message:
    return ticket.messages.filter(kind="reply", automatic=False).get()


def edit(ticket: Ticket) -> None:
    message, now = question(ticket), timezone.now()
    MessageVersion.objects.create(message=message, text="what it was", replaced_at=now)
    Message.objects.filter(pk=message.pk).update(text="what it is", edited_at=now)


def attach(ticket: Ticket) -> None:
    Attachment.objects.create(message=question(ticket), name="proof.pdf", state=FileState.STORED)


CHANGES: dict[str, tuple[Callable[[Ticket], object], str]] = {
    "edited": (edit, "what it was"),
    "a file": (attach, "proof.pdf"),
    "deleted": (
        lambda ticket: ticket.messages.filter(kind="incoming").update(deleted_at=timezone.now()),
        "message--deleted",
    ),
    "requester": (
        lambda ticket: Contact.objects.filter(pk=ticket.requester_id).update(name="Dana W."),
        '<span class="message__author"><bdi>Dana W.</bdi>',
    ),
    "author": (
        lambda ticket: User.objects.filter(messages__ticket=ticket).update(display_name="Al Green"),
        '<span class="message__author"><bdi>Al Green</bdi>',
    ),
    "gone public": (
        lambda ticket: (
            Conversation.objects.update(title="Kite Talk")
            and ticket.messages.filter(kind="incoming").update(audience="public")
        ),
        "in Kite Talk",
    ),
    "a secret": (
        lambda ticket: ticket.messages.filter(kind="incoming").update(masked=["seed"]),
        "A secret was hidden here",
    ),
    "failed": (
        lambda ticket: Delivery.objects.filter(message=answer(ticket)).update(state="failed"),
        "Not delivered.",
    ),
    "cancelled": (
        lambda ticket: Delivery.objects.filter(message=answer(ticket)).update(state="cancelled"),
        "delivery--cancelled",
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_shows_at_once(client: Client, desk: Desk, ticket: Ticket, what: str) -> None:
    """Written past the actions: even then."""
    change, sign = CHANGES[what]
    assert sign not in page(client, desk.bob, ticket)
    change(ticket)
    assert sign in page(client, desk.bob, ticket)


def test_only_who_may_change_a_reply_is_offered_it(
    client: Client, desk: Desk, ticket: Ticket
) -> None:
    menu = f'id="message-menu-{answer(ticket).pk}"'
    mia = User.objects.create(email="mia@desk.example", display_name="Mia")
    desk.team.memberships.create(user=mia, role="agent")
    assert menu in page(client, desk.alice, ticket)
    assert menu not in page(client, mia, ticket)
    assert menu in page(client, desk.bob, ticket)
    Delivery.objects.update(sent_at=timezone.now() - timedelta(days=3))
    assert "Only what was sent in the last" in page(client, desk.alice, ticket)


def test_each_in_their_language_and_time(client: Client, desk: Desk, ticket: Ticket) -> None:
    User.objects.filter(pk=desk.bob.pk).update(ui_language="tr", time_zone="Asia/Tehran")
    sent = question(ticket).sent_at
    there = timezone.localtime(sent, timezone.get_fixed_timezone(210))
    english, turkish = page(client, desk.alice, ticket), page(client, desk.bob, ticket)
    assert f">{sent:%H:%M}</time>" in english
    assert f">{there:%H:%M}</time>" in turkish and "Change this reply" not in turkish


def test_no_token_of_a_viewer_is_kept(client: Client, desk: Desk, ticket: Ticket) -> None:
    """The article has no form of its own; its buttons belong to one that stands in the page."""
    whole = page(client, desk.alice, ticket)
    for article in whole.split("<article")[1:]:
        assert "csrfmiddlewaretoken" not in article.split("</article>")[0]
    client.force_login(desk.alice)
    assert '<form id="act" method="post"><input type="hidden" name="csrf' in client.get(
        f"/tickets/{ticket.pk}/"
    ).content.decode()  # fmt: skip
