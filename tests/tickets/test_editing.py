"""Changing and deleting what was sent: here, outside, in the clocks; and what is said where it cannot be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from helpdesk.errors import Conflict, Invalid, NotAllowed
from tests.cast import DANA, Desk, Outside, opened
from tests.sandbox_process import SandboxProcess
from tests.tickets.test_delivery import (
    PHOTO,
    _no_long_poll,
    answer,
    hear,
    send,
    states,
    ticket,
    verbs,
)
from tickets.actions import delivery as outbox
from tickets.actions.editing import delete_reply, edit_reply
from tickets.models import Channel, Conversation, Delivery, Message, Operation, Status, Ticket, Verb
from tickets.sla.clock import Metric
from tickets.transport import Abilities

__all__ = ["_no_long_poll", "ticket"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(desk: Desk, ticket: Ticket) -> Message:
    message = answer(desk, ticket, "It is on it's way.")
    send()
    return message


def edits(message: Message) -> list[tuple[str, str]]:
    rows = message.deliveries.filter(operation=Operation.EDIT_TEXT).order_by("pk")
    return [(row.state, row.payload["text"]) for row in rows]


def test_an_edit_arrives_and_the_earlier_words_are_kept(
    desk: Desk, ticket: Ticket, sent: Message, bot_api: SandboxProcess
) -> None:
    edit_reply(actor=desk.alice, message=sent, text="It is on its way.")
    send()
    sent.refresh_from_db()
    assert (sent.text, sent.edited_at is not None) == ("It is on its way.", True)
    assert [version.text for version in sent.versions.all()] == ["It is on it's way."]
    assert bot_api.bot_texts("private", "dana")[1:] == ["It is on its way."]
    assert edits(sent) == [("sent", "It is on its way.")]
    assert verbs(ticket)[-2:] == [Verb.EDITED, Verb.CHANGE_ARRIVED]
    ticket.refresh_from_db()
    assert ticket.excerpt == "It is on its way."


def test_the_same_words_again_change_nothing(desk: Desk, sent: Message) -> None:
    edit_reply(actor=desk.alice, message=sent, text=f"{sent.text}  \r\n")
    assert edits(sent) == []
    assert not sent.versions.exists()


def test_of_two_edits_that_wait_the_newest_words_leave(
    desk: Desk, sent: Message, bot_api: SandboxProcess
) -> None:
    edit_reply(actor=desk.alice, message=sent, text="second")
    edit_reply(actor=desk.alice, message=sent, text="third")
    assert edits(sent) == [("queued", "third")]
    send()
    assert bot_api.bot_texts("private", "dana")[1:] == ["third"]
    assert [version.text for version in sent.versions.all()] == ["It is on it's way.", "second"]


def test_an_edit_while_one_is_being_sent_goes_after_it(
    desk: Desk, sent: Message, bot_api: SandboxProcess
) -> None:
    edit_reply(actor=desk.alice, message=sent, text="second")
    claimed = outbox.claim()
    assert claimed
    edit_reply(actor=desk.alice, message=sent, text="third")
    assert edits(sent) == [("sending", "second"), ("queued", "third")]
    assert outbox.claim() is None, "the earlier one goes first"
    outbox.deliver(claimed)
    send()
    assert bot_api.bot_texts("private", "dana")[1:] == ["third"]


def test_an_edit_whose_worker_died_is_made_again(
    desk: Desk, sent: Message, bot_api: SandboxProcess
) -> None:
    edit_reply(actor=desk.alice, message=sent, text="second")
    assert outbox.claim()  # and here the worker dies
    outbox.find_lost(patience=timedelta(0))
    send()
    assert edits(sent) == [("sent", "second")]
    assert bot_api.bot_texts("private", "dana")[1:] == ["second"]


def test_an_edit_that_arrived_unseen_is_made_again_without_harm(
    desk: Desk, sent: Message, bot_api: SandboxProcess
) -> None:
    bot_api.fault("lost", method="editMessageText")
    edit_reply(actor=desk.alice, message=sent, text="second")
    outbox.drain()
    assert edits(sent) == [("queued", "second")]
    Delivery.objects.update(reason="")
    send()
    assert edits(sent) == [("sent", "second")], "not modified is as good as done"


def test_an_edit_of_what_they_deleted_fails_and_is_shown(
    desk: Desk, ticket: Ticket, sent: Message, bot_api: SandboxProcess, client: Client
) -> None:
    place = bot_api.messages("private", "dana")[-1]
    bot_api.call("deleteMessage", chat_id=place["chat"]["id"], message_id=place["message_id"])
    edit_reply(actor=desk.alice, message=sent, text="second")
    send()
    (row,) = sent.deliveries.filter(operation=Operation.EDIT_TEXT)
    assert (row.state, row.reason) == ("failed", "gone")
    assert verbs(ticket)[-1] == Verb.EDIT_FAILED
    assert sent.deliveries.get(operation=Operation.SEND_TEXT).state == "sent"
    client.force_login(desk.alice)
    page = client.get(ticket.get_absolute_url()).content.decode()
    assert "they still read the earlier words" in page
    assert f"/deliveries/{row.pk}/retry/" in page


def test_a_failed_edit_is_tried_again_or_overtaken(
    desk: Desk, ticket: Ticket, sent: Message, bot_api: SandboxProcess
) -> None:
    bot_api.fault("400", method="editMessageText", times=2)
    edit_reply(actor=desk.alice, message=sent, text="second")
    send()
    before = ticket.clocks.get(metric=Metric.FIRST_RESPONSE).answers
    row = sent.deliveries.get(operation=Operation.EDIT_TEXT)
    outbox.retry(actor=desk.alice, delivery=row)
    send()
    assert edits(sent) == [("failed", "second")]
    edit_reply(actor=desk.alice, message=sent, text="third")
    assert edits(sent) == [("cancelled", "second"), ("queued", "third")]
    with pytest.raises(Conflict):
        outbox.retry(actor=desk.alice, delivery=row)
    send()
    assert bot_api.bot_texts("private", "dana")[1:] == ["third"]
    assert ticket.clocks.get(metric=Metric.FIRST_RESPONSE).answers == before


def test_an_older_edit_that_fails_never_overwrites_a_newer_one(
    desk: Desk, sent: Message, bot_api: SandboxProcess
) -> None:
    bot_api.fault("400", method="editMessageText")
    edit_reply(actor=desk.alice, message=sent, text="second")
    claimed = outbox.claim()
    assert claimed
    edit_reply(actor=desk.alice, message=sent, text="third")
    outbox.deliver(claimed)
    send()
    assert edits(sent) == [("cancelled", "second"), ("sent", "third")]


def test_what_cannot_be_edited_says_why(
    desk: Desk, ticket: Ticket, channel: Channel, sent: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued = answer(desk, ticket, "queued")
    with pytest.raises(Conflict, match="not been delivered"):
        edit_reply(actor=desk.alice, message=queued, text="x")
    long = answer(desk, ticket, "word " * 1200)
    file = answer(desk, ticket, "", files=[SimpleUploadedFile("a.png", PHOTO)])
    send()
    with pytest.raises(Conflict, match="several parts"):
        edit_reply(actor=desk.alice, message=long, text="x")
    with pytest.raises(Conflict, match="only files"):
        edit_reply(actor=desk.alice, message=file, text="x")
    with pytest.raises(Invalid, match="4,096"):
        edit_reply(actor=desk.alice, message=sent, text="word " * 1200)
    sent.deliveries.update(state="unknown")
    with pytest.raises(Conflict, match="Nobody knows"):
        edit_reply(actor=desk.alice, message=sent, text="x")
    sent.deliveries.update(state="sent")
    monkeypatch.setattr(
        "connectors.telegram.transport.TelegramTransport.abilities", Abilities(edit=False)
    )
    with pytest.raises(Conflict, match="cannot change"):
        edit_reply(actor=desk.alice, message=sent, text="x")
    Conversation.objects.update(closed_reason="blocked")
    with pytest.raises(Conflict, match="no way into"):
        edit_reply(actor=desk.alice, message=sent, text="x")
    sent.refresh_from_db()
    assert sent.text == "It is on it's way."


def test_only_its_author_or_a_lead_changes_a_reply(
    desk: Desk, sent: Message, bot_api: SandboxProcess, client: Client
) -> None:
    desk.carol.memberships.create(team=desk.team, role="agent")
    for change in (edit_reply, delete_reply):
        with pytest.raises(NotAllowed):
            change(
                actor=desk.carol, message=sent, **({"text": "x"} if change is edit_reply else {})
            )
    client.force_login(desk.carol)
    assert client.get(f"/messages/{sent.pk}/edit/").status_code == 403
    assert "message-menu-" not in client.get(sent.ticket.get_absolute_url()).content.decode()  # type: ignore[union-attr]
    edit_reply(actor=desk.bob, message=sent, text="by a lead")
    send()
    assert bot_api.bot_texts("private", "dana")[1:] == ["by a lead"]


def test_a_deleted_reply_is_gone_and_the_clock_has_its_old_start(
    desk: Desk, ticket: Ticket, bot_api: SandboxProcess
) -> None:
    ticket.refresh_from_db()
    asked, due = ticket.waiting_since, ticket.next_due_at
    message = answer(desk, ticket, "Wrong person.", then=Status.SOLVED)
    send()
    delete_reply(actor=desk.alice, message=message)
    message.refresh_from_db()
    assert message.deleted_at is None, "it still stands there"
    send()
    message.refresh_from_db()
    ticket.refresh_from_db()
    assert message.deleted_at is not None
    assert "Wrong person." not in bot_api.bot_texts("private", "dana")
    assert (ticket.waiting_since, ticket.status) == (asked, Status.OPEN)
    assert ticket.next_due_at and due
    assert timedelta(0) <= ticket.next_due_at - due < timedelta(seconds=30), (
        "solved, it stood still"
    )
    assert ticket.clocks.get(metric=Metric.FIRST_RESPONSE).met_at is None
    assert Verb.DELETED in verbs(ticket)
    with pytest.raises(Conflict, match="deleted already"):
        delete_reply(actor=desk.alice, message=message)


def test_all_parts_of_a_long_answer_and_its_album_go(
    desk: Desk, ticket: Ticket, bot_api: SandboxProcess
) -> None:
    files = [SimpleUploadedFile("a.png", PHOTO), SimpleUploadedFile("b.png", PHOTO)]
    message = answer(desk, ticket, "word " * 1200, files=files)
    send()
    assert len(bot_api.bot_texts("private", "dana")) == 5
    delete_reply(actor=desk.alice, message=message)
    send()
    assert len(bot_api.bot_texts("private", "dana")) == 1
    assert states(message) == ["sent"] * 7


def test_a_deletion_that_is_refused_leaves_the_answer_as_it_counts(
    desk: Desk, ticket: Ticket, sent: Message, bot_api: SandboxProcess
) -> None:
    bot_api.fault(
        "400", method="deleteMessage", description="Bad Request: message can't be deleted"
    )
    delete_reply(actor=desk.alice, message=sent)
    send()
    sent.refresh_from_db()
    row = sent.deliveries.get(operation=Operation.DELETE)
    assert (row.state, row.reason, sent.deleted_at) == ("failed", "not_deletable", None)
    assert ticket.clocks.get(metric=Metric.FIRST_RESPONSE).met_at is not None
    assert verbs(ticket)[-1] == Verb.REMOVAL_FAILED
    delete_reply(actor=desk.alice, message=sent)
    send()
    sent.refresh_from_db()
    assert sent.deleted_at is not None


def test_after_two_days_a_reply_stays(desk: Desk, sent: Message, client: Client) -> None:
    Delivery.objects.filter(message=sent).update(sent_at=timezone.now() - timedelta(hours=48))
    with pytest.raises(Conflict, match="48 hours"):
        delete_reply(actor=desk.alice, message=sent)
    client.force_login(desk.alice)
    page = client.get(sent.ticket.get_absolute_url()).content.decode()  # type: ignore[union-attr]
    assert "last 48 hours" in page
    assert f"/messages/{sent.pk}/delete/" not in page


def test_a_deletion_takes_the_edit_that_waits_with_it(
    desk: Desk, sent: Message, bot_api: SandboxProcess
) -> None:
    edit_reply(actor=desk.alice, message=sent, text="second")
    delete_reply(actor=desk.alice, message=sent)
    send()
    assert edits(sent) == [("cancelled", "second")]
    assert len(bot_api.bot_texts("private", "dana")) == 1


def test_the_pages_of_an_edit(
    desk: Desk, sent: Message, bot_api: SandboxProcess, client: Client
) -> None:
    client.force_login(desk.alice)
    address = f"/messages/{sent.pk}/edit/"
    ticket_page = client.get(sent.ticket.get_absolute_url()).content.decode()  # type: ignore[union-attr]
    assert address in ticket_page
    page = client.get(address).content.decode()
    assert 'id="edit-text"' in page
    assert 'id="message-' in page
    fragment = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert 'id="edit-text"' in fragment
    assert "<html" not in fragment
    assert client.post(address, {"text": " "}).status_code == 422
    refused = client.post(address, {"text": "word " * 1200})
    assert refused.status_code == 422
    assert "4,096" in refused.content.decode()
    assert "word word" in refused.content.decode(), "what was typed stays"
    saved = client.post(address, {"text": "By the page."})
    assert saved.status_code == 302
    send()
    assert bot_api.bot_texts("private", "dana")[1:] == ["By the page."]
    assert client.post(f"/messages/{sent.pk}/delete/").status_code == 302
    send()
    assert len(bot_api.bot_texts("private", "dana")) == 1
    assert "It is deleted already" in client.get(address).content.decode()


def test_words_of_the_requester_and_notes_are_not_ours_to_change(
    desk: Desk, outside: Outside, client: Client
) -> None:
    client.force_login(desk.alice)
    said = outside.says(DANA, "my withdrawal is pending")
    automatic = opened(said).messages.get(automatic=True)
    assert client.get(f"/messages/{said.message.pk}/edit/").status_code == 404
    assert client.post(f"/messages/{automatic.pk}/edit/", {"text": "x"}).status_code == 403
    assert client.post(f"/messages/{automatic.pk}/delete/").status_code == 403


def test_hearing_it_twice_is_no_matter(
    desk: Desk, sent: Message, channel: Channel, bot_api: SandboxProcess
) -> None:
    """An answer of the person to an edited message still finds its ticket."""
    edit_reply(actor=desk.alice, message=sent, text="second")
    send()
    number: Any = bot_api.messages("private", "dana")[-1]["message_id"]
    bot_api.say("dana", "private", "still nothing", reply_to=number)
    hear(channel)
    assert Message.objects.get(text="still nothing").ticket == sent.ticket
