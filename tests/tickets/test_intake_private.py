"""What a person writes in the private chat, and what becomes of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.cast import DANA, EMRE, Desk, Outside, contact_of, opened
from tickets.actions.status import change_status
from tickets.models import Message, MessageKind, Status, Ticket, TicketEvent, Verb
from tickets.sla.clock import Metric

pytestmark = pytest.mark.django_db


def test_a_message_becomes_a_ticket_and_is_acknowledged(outside: Outside) -> None:
    said = outside.says(DANA, "Hello, my USDT withdrawal is pending for 3 hours")
    ticket = opened(said)
    assert said.row.outcome == "message"
    assert (ticket.status, ticket.channel_kind, ticket.is_public) == (Status.NEW, "telegram", False)
    assert ticket.requester.name == "Dana"
    assert ticket.subject.startswith("my USDT withdrawal")
    assert ticket.last_message_at == said.message.sent_at == ticket.waiting_since
    clocks = {clock.metric: clock.started_at for clock in ticket.clocks.all()}
    assert clocks[Metric.FIRST_RESPONSE] == said.message.sent_at
    (text,) = outside.texts(DANA)
    assert f"#{ticket.number}" in text
    assert "minutes" in text or "hour" in text
    assert "never ask for a seed" in text
    assert "never write first" in text


def test_six_short_lines_are_one_ticket_and_one_acknowledgement(outside: Outside) -> None:
    lines = ["hi", "i sent usdt", "to my account", "but nothing", "came", "???"]
    tickets = {opened(outside.says(DANA, line)).pk for line in lines}
    assert len(tickets) == 1
    assert [m.text for m in Message.objects.filter(kind="incoming").order_by("sent_at")] == lines
    assert len(outside.texts(DANA)) == 1
    ticket = Ticket.objects.get()
    assert ticket.waiting_since == Message.objects.get(text="hi").sent_at
    assert ticket.excerpt == "???"


def test_two_people_have_two_tickets(outside: Outside) -> None:
    assert opened(outside.says(DANA, "where is my deposit")) != opened(
        outside.says(EMRE, "para yatırdım gelmedi")
    )
    assert opened(outside.says(EMRE, "hâlâ bekliyorum")).language == "tr"


def test_the_same_update_and_the_same_message_are_stored_once(outside: Outside) -> None:
    said = outside.says(DANA, "where is my deposit")
    again = outside.take(said.update)
    assert again.row.pk == said.row.pk
    renumbered = outside.take({**said.update, "update_id": 1})
    assert (renumbered.row.outcome, renumbered.row.reason) == ("ignored", "already stored")
    assert renumbered.row.ticket == said.row.ticket
    assert Message.objects.filter(kind=MessageKind.INCOMING).count() == 1


def test_start_greets_in_the_persons_language_and_opens_nothing(outside: Outside) -> None:
    said = outside.says(EMRE, "/start")
    assert said.ticket is None
    (text,) = outside.texts(EMRE)
    assert text.startswith("Merhaba")


def test_status_lists_their_own_tickets_only(outside: Outside) -> None:
    mine = opened(outside.says(DANA, "my deposit is missing"))
    other = opened(outside.says(EMRE, "para çekme beklemede"))
    outside.says(DANA, "/status")
    text = outside.texts(DANA)[-1]
    assert f"#{mine.number}" in text
    assert f"#{other.number}" not in text
    outside.says({**DANA, "id": 7777}, "/status")
    assert "no tickets" in outside.texts({"id": 7777})[-1]


def test_thanks_after_solving_do_not_reopen_and_substance_does(
    desk: Desk, outside: Outside
) -> None:
    ticket = opened(outside.says(DANA, "my deposit is missing"))
    change_status(actor=desk.alice, ticket=ticket, status="solved")
    outside.at = int(timezone.now().timestamp())
    for update in (
        outside.said(DANA, "thank you 🙏"),
        outside.said(DANA, sticker={"file_id": "s", "emoji": "👍"}),
    ):
        assert opened(outside.take(update)) == ticket
        ticket.refresh_from_db()
        assert (ticket.status, ticket.next_due_at) == (Status.SOLVED, None)
    assert opened(outside.says(DANA, "it is gone again, where is it?")) == ticket
    ticket.refresh_from_db()
    assert ticket.status == Status.OPEN
    assert ticket.solved_at is None
    assert ticket.next_due_at is not None
    assert TicketEvent.objects.filter(ticket=ticket, verb=Verb.REOPENED).count() == 1
    assert len(outside.texts(DANA)) == 2, "the acknowledgement, and whether it is solved"


def test_words_long_after_solving_are_a_new_request(desk: Desk, outside: Outside) -> None:
    old = opened(outside.says(DANA, "my deposit is missing"))
    change_status(actor=desk.alice, ticket=old, status="solved")
    outside.at = int((timezone.now() + timedelta(hours=73)).timestamp())
    assert opened(outside.says(DANA, "how do I change my phone number?")) != old


def test_pending_ends_when_the_requester_answers(desk: Desk, outside: Outside) -> None:
    ticket = opened(outside.says(DANA, "my deposit is missing"))
    change_status(actor=desk.alice, ticket=ticket, status="pending")
    ticket.refresh_from_db()
    assert ticket.next_due_at is None
    outside.says(DANA, "here is the hash you asked for")
    ticket.refresh_from_db()
    assert ticket.status == Status.OPEN
    assert ticket.next_due_at is not None


def test_edits_are_kept_as_versions(outside: Outside) -> None:
    said = outside.said(DANA, "my deposit of 50 USDT is missing")
    first = outside.take(said)
    edit = outside.take(outside.edited(said, "my deposit of 500 USDT is missing"))
    assert edit.row.outcome == "edit"
    assert edit.row.ticket == first.row.ticket
    message = first.message
    assert message.text == "my deposit of 500 USDT is missing"
    assert message.edited_at is not None
    assert [version.text for version in message.versions.all()] == [
        "my deposit of 50 USDT is missing"
    ]
    same = outside.take(outside.edited(said, "my deposit of 500 USDT is missing"))
    assert same.row.outcome == "ignored"
    assert message.versions.count() == 1
    assert Ticket.objects.count() == 1


def test_an_older_edit_does_not_win(outside: Outside) -> None:
    said = outside.said(DANA, "one")
    outside.take(said)
    older = outside.edited(said, "two")
    newer = outside.edited(said, "three")
    outside.take(newer)
    assert outside.take(older).row.outcome == "ignored"
    assert Message.objects.get(kind="incoming").text == "three"


def test_an_edit_whose_original_never_came_counts_as_the_message(outside: Outside) -> None:
    said = outside.said(DANA, "my deposit is missing")
    edit = outside.take(outside.edited(said, "my deposit is still missing"))
    assert opened(edit).subject.startswith("my deposit is still")
    assert edit.message.edited_at is not None
    late = outside.take(said)
    assert late.row.outcome == "ignored"


def test_an_album_is_one_message(outside: Outside) -> None:
    def photo(name: str) -> list[dict[str, object]]:
        return [{"file_id": name, "width": 90, "height": 90}]

    first = outside.says(DANA, media_group_id="g1", photo=photo("a"), caption="my receipt")
    second = outside.says(DANA, media_group_id="g1", photo=photo("b"))
    third = outside.take(outside.said(DANA, media_group_id="g1", photo=photo("c")))
    message = Message.objects.get(kind="incoming")
    assert [file.external_id for file in message.attachments.all()] == ["a", "b", "c"]
    assert opened(first) == opened(second) == opened(third)
    assert len(outside.texts(DANA)) == 1
    again = outside.take({**third.update, "update_id": 3})
    assert again.row.reason == "already stored"
    assert message.attachments.count() == 3


def test_the_caption_may_come_with_a_later_picture(outside: Outside) -> None:
    photo = [{"file_id": "a", "width": 90, "height": 90}]
    outside.says(DANA, media_group_id="g1", photo=photo)
    said = outside.said(DANA, media_group_id="g1", photo=photo, caption="deposit 500 USDT missing")
    outside.take(said)
    message = Message.objects.get(kind="incoming")
    assert message.text == "deposit 500 USDT missing"
    changed = {
        **said["message"],
        "edit_date": outside.at + 9,
        "caption": "deposit 900 USDT missing",
    }
    outside.take({"update_id": 5, "edited_message": changed})
    message.refresh_from_db()
    assert message.text == "deposit 900 USDT missing"


def test_other_media_show_a_placeholder(outside: Outside) -> None:
    said = outside.says(DANA, voice={"file_id": "v", "duration": 3})
    assert said.row.outcome == "placeholder"
    assert said.message.placeholder == "voice"
    assert opened(said).subject == "🎤 0:03"
    unknown = outside.says(DANA, hologram={"depth": 3})
    assert unknown.row.outcome == "placeholder"
    assert unknown.message.placeholder == "unknown: hologram"


def test_a_person_who_blocks_and_returns(outside: Outside) -> None:
    outside.says(DANA, "hi, my deposit is missing")
    chat = {"id": DANA["id"], "type": "private", "first_name": "Dana"}
    member = {"chat": chat, "from": DANA, "date": outside.at}
    blocked = {"user": {"id": 5000111, "is_bot": True}, "status": "kicked"}
    outside.take({"update_id": 71, "my_chat_member": {**member, "new_chat_member": blocked}})
    conversation = Message.objects.filter(kind="incoming").latest("pk").conversation
    assert conversation
    conversation.refresh_from_db()
    assert conversation.closed_reason == "blocked"
    outside.says(DANA, "I am back")
    conversation.refresh_from_db()
    assert conversation.closed_reason == ""


def test_a_changed_name_is_followed_and_the_contact_stays(outside: Outside) -> None:
    outside.says(DANA, "hi, deposit missing")
    before = contact_of(DANA)
    outside.says({**DANA, "first_name": "Dana R.", "username": "other"}, "any news?")
    assert contact_of(DANA) == before
    assert before.identities.get().username == "other"
