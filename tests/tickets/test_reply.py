"""An agent's answer, before it leaves."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from helpdesk.errors import Conflict, Invalid, NotAllowed
from tests.cast import DANA, GROUP, Desk, Outside, opened
from tickets.actions import delivery as outbox
from tickets.actions.reply import note, reply, routes, undo
from tickets.models import (
    Attachment,
    Audience,
    Delivery,
    DeliveryState,
    Message,
    MessageKind,
    Operation,
    Speaker,
    Status,
    Ticket,
)
from tickets.sla.clock import Metric

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(outside: Outside) -> Ticket:
    outside.at = int(timezone.now().timestamp()) - 600
    return opened(outside.says(DANA, "my deposit of 500 USDT is missing"))


def answer(desk: Desk, ticket: Ticket, text: str = "On its way.", **more: Any) -> Message:
    values: dict[str, Any] = {
        "actor": desk.alice,
        "ticket": ticket,
        "conversation": routes(ticket)[0],
        "text": text,
    }
    return reply(**values | more)


def parts(message: Message) -> list[tuple[str, str]]:
    return [(part.operation, part.state) for part in message.deliveries.order_by("part")]


def test_a_reply_is_queued_and_stops_the_clock(desk: Desk, ticket: Ticket) -> None:
    message = answer(desk, ticket)
    assert (message.kind, message.audience) == (MessageKind.REPLY, Audience.PRIVATE)
    assert parts(message) == [("send_text", "queued")]
    ticket.refresh_from_db()
    assert (ticket.status, ticket.assignee) == (Status.OPEN, desk.alice)
    assert (ticket.last_speaker, ticket.excerpt) == (Speaker.US, "On its way.")
    assert ticket.waiting_since is None
    assert ticket.clocks.get(metric=Metric.FIRST_RESPONSE).met_at == message.sent_at


def test_it_is_held_for_as_long_as_its_author_wants(desk: Desk, ticket: Ticket) -> None:
    desk.alice.undo_seconds = 7
    message = answer(desk, ticket)
    (part,) = message.deliveries.all()
    assert abs(part.not_before - message.sent_at) < timedelta(seconds=5), "two clocks, one moment"
    assert timedelta(seconds=6) < message.sent_at - timezone.now() <= timedelta(seconds=7)
    Delivery.objects.exclude(pk=part.pk).update(state=DeliveryState.SENT)
    assert outbox.claim() is None


def test_the_same_form_twice_is_one_message(desk: Desk, ticket: Ticket) -> None:
    form = str(uuid.uuid4())
    first = answer(desk, ticket, submission=form, seen_message=0)
    answer(desk, ticket, "And more.", actor=desk.bob)
    again = answer(desk, ticket, submission=form, seen_message=0)
    assert again.pk == first.pk
    assert Delivery.objects.filter(message=first).count() == 1
    assert note(actor=desk.alice, ticket=ticket, text="a", submission=form).pk == first.pk


def test_a_form_belongs_to_one_ticket(desk: Desk, ticket: Ticket, outside: Outside) -> None:
    other = opened(outside.says({**DANA, "id": 7044}, "help with KYC please"))
    form = str(uuid.uuid4())
    answer(desk, ticket, submission=form)
    with pytest.raises(Conflict):
        answer(desk, other, submission=form)
    with pytest.raises(Conflict):
        note(actor=desk.alice, ticket=other, text="a", submission=form)


def test_a_colleague_was_faster(desk: Desk, ticket: Ticket) -> None:
    seen = ticket.messages.latest("pk").pk
    faster = answer(desk, ticket, actor=desk.bob)
    with pytest.raises(Conflict, match="Bob has answered"):
        answer(desk, ticket, seen_message=seen)
    answer(desk, ticket, seen_message=faster.pk)
    answer(desk, ticket, "And this.", seen_message=faster.pk)


def test_undo_gives_everything_back(desk: Desk, ticket: Ticket) -> None:
    desk.alice.undo_seconds = 5
    before = Ticket.objects.get(pk=ticket.pk)
    message = answer(desk, ticket, then=Status.SOLVED)
    undo(actor=desk.alice, message=message)
    message.refresh_from_db()
    assert message.deleted_at is not None
    assert parts(message) == [("send_text", "cancelled")]
    ticket.refresh_from_db()
    assert ticket.waiting_since == before.waiting_since
    assert ticket.next_due_at == before.next_due_at
    assert ticket.last_speaker == Speaker.THEY
    assert ticket.is_open
    assert ticket.solved_at is None
    Delivery.objects.exclude(message=message).update(state=DeliveryState.SENT)
    assert outbox.claim() is None


def test_what_has_left_cannot_be_undone_nor_by_others(desk: Desk, ticket: Ticket) -> None:
    message = answer(desk, ticket)
    with pytest.raises(Conflict, match="author"):
        undo(actor=desk.bob, message=message)
    Delivery.objects.filter(message=message).update(state=DeliveryState.SENDING, tries=1)
    with pytest.raises(Conflict, match="left already"):
        undo(actor=desk.alice, message=message)
    Delivery.objects.filter(message=message).update(state=DeliveryState.QUEUED)
    with pytest.raises(Conflict, match="left already"):
        undo(actor=desk.alice, message=message)


def test_private_comes_first_and_a_closed_place_is_none(desk: Desk, outside: Outside) -> None:
    ticket = opened(outside.says(DANA, "@KiteHelpBot help", chat=GROUP))
    (group,) = routes(ticket)
    assert answer(desk, ticket).audience == Audience.PUBLIC
    outside.says(DANA, "/start")
    private, again = routes(ticket)
    assert (private.kind, again) == ("private", group)
    private.closed_reason = "blocked"
    private.save()
    assert routes(ticket) == [group]
    with pytest.raises(Invalid, match="another audience"):
        answer(desk, ticket, conversation=private)


def test_another_persons_chat_is_no_route(desk: Desk, ticket: Ticket, outside: Outside) -> None:
    other = opened(outside.says({**DANA, "id": 7044}, "help with KYC please"))
    with pytest.raises(Invalid):
        answer(desk, ticket, conversation=routes(other)[0])


def test_an_answer_in_public_hangs_on_the_question(desk: Desk, outside: Outside) -> None:
    asked = outside.says(DANA, "@KiteHelpBot help", chat=GROUP)
    message = answer(desk, opened(asked))
    assert message.reply_to_external_id == str(asked.id)
    assert message.deliveries.get().payload["reply_to"] == str(asked.id)


def test_a_long_text_and_files_are_parts_of_their_own(desk: Desk, ticket: Ticket) -> None:
    files = [SimpleUploadedFile(f"{name}.txt", b"note") for name in "ab"]
    message = answer(desk, ticket, "word " * 1500, files=files)
    assert [operation for operation, _state in parts(message)] == [
        Operation.SEND_TEXT, Operation.SEND_TEXT, Operation.SEND_FILES,
    ]  # fmt: skip
    assert Attachment.objects.filter(message=message).count() == 2
    texts = [part.payload.get("text", "") for part in message.deliveries.all()]
    assert " ".join(texts).split() == ("word " * 1500).split()
    assert max(map(len, texts)) <= 4096


@pytest.mark.parametrize("text", ["", " \n ", "\x00", "x" * 16_001])
def test_nonsense_is_refused(desk: Desk, ticket: Ticket, text: str) -> None:
    with pytest.raises(Invalid):
        answer(desk, ticket, text)
    assert not Message.objects.filter(kind="reply", automatic=False).exists()


def test_files_have_limits(desk: Desk, ticket: Ticket, settings: Any) -> None:
    settings.FILE_SIZE_LIMIT, settings.FILES_PER_MESSAGE = 10, 2
    for contents in ([b""], [b"x" * 11], [b"x"] * 3):
        files = [SimpleUploadedFile("a.txt", content) for content in contents]
        with pytest.raises(Invalid):
            answer(desk, ticket, files=files)
    assert not Attachment.objects.exists()


def test_other_teams_may_not_answer(desk: Desk, ticket: Ticket) -> None:
    for actor in (desk.carol, desk.gone):
        with pytest.raises(NotAllowed):
            answer(desk, ticket, actor=actor)
        with pytest.raises(NotAllowed):
            note(actor=actor, ticket=ticket, text="a")


def test_a_note_never_leaves_and_meets_nothing(desk: Desk, ticket: Ticket) -> None:
    due = ticket.next_due_at
    message = note(actor=desk.alice, ticket=ticket, text="ask finance")
    assert message.audience == Audience.DESK
    assert not message.deliveries.exists()
    ticket.refresh_from_db()
    assert (ticket.next_due_at, ticket.last_speaker) == (due, Speaker.THEY)
