"""What is said in groups: chatter stays chatter, requests go on in private, colleagues' words are no requests."""

from __future__ import annotations

import re
from typing import Any

import pytest

from accounts.models import StaffIdentity
from tests.cast import (
    ALICE,
    BASIC_GROUP,
    DANA,
    EMRE,
    FORUM,
    GROUP,
    MALLORY,
    Desk,
    Json,
    Outside,
    Said,
    contact_of,
    opened,
)
from tests.readings.secret_makers import hex64, phrase
from tickets.actions.reply import routes
from tickets.models import (
    Audience,
    Conversation,
    Delivery,
    Message,
    MessageKind,
    PrivateInvitation,
    Status,
    Ticket,
    TicketEvent,
    Topic,
    Verb,
)
from tickets.sla.clock import Metric

pytestmark = pytest.mark.django_db

SEED = " ".join(phrase("english", 12, 3))
LINK = re.compile(r"https://t\.me/KiteHelpBot\?start=([A-Za-z0-9_-]+)")


def ask(outside: Outside, text: str = "@KiteHelpBot where is my withdrawal?", **more: Any) -> Said:
    return outside.says(DANA, text, chat=GROUP, **more)


def invitation(outside: Outside, place: dict[str, object] = GROUP) -> str:
    """The payload of the newest deep link in the group."""
    (_label, url) = outside.heard(place)[-1].payload["buttons"][0]
    found = LINK.fullmatch(url)
    assert found
    return found[1]


def test_chatter_is_kept_without_a_ticket(outside: Outside) -> None:
    said = outside.says(DANA, "btc looks strong today", chat=GROUP)
    assert (said.row.outcome, said.row.reason, said.ticket) == ("message", "chatter", None)
    assert said.message.text == "btc looks strong today"
    assert said.message.audience == Audience.PUBLIC
    assert not Ticket.objects.exists()
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    "text", ["@KiteHelpBot my deposit is missing", "/ticket my deposit is missing"]
)
def test_a_request_gets_the_one_neutral_line_with_a_link(outside: Outside, text: str) -> None:
    said = ask(outside, text)
    ticket = opened(said)
    assert ticket.is_public
    (line,) = outside.heard(GROUP)
    assert line.payload["text"] == "Let's go on in private."
    assert str(ticket.number) not in line.payload["text"]
    assert line.payload["reply_to"] == str(said.id)
    token = invitation(outside)
    assert token not in PrivateInvitation.objects.get().token_hash
    assert not outside.heard(DANA)


def test_a_reply_to_the_bot_is_a_request(outside: Outside) -> None:
    bot = {"id": 5000111, "is_bot": True, "first_name": "Kite Help", "username": "KiteHelpBot"}
    update = outside.said(DANA, "and my withdrawal?", chat=GROUP)
    update["message"]["reply_to_message"] = {"message_id": 2, "chat": GROUP, "date": 1, "from": bot}
    assert opened(outside.take(update)).requester.name == "Dana"


def test_lines_in_a_row_in_a_group_are_one_ticket(outside: Outside) -> None:
    first = opened(ask(outside))
    assert opened(outside.says(DANA, "it is 500 USDT", chat=GROUP)) == first
    assert len(outside.heard(GROUP)) == 1
    outside.at += 11 * 60
    assert outside.says(DANA, "nice weather", chat=GROUP).ticket is None


def test_the_asker_goes_on_in_private(outside: Outside) -> None:
    ticket = opened(ask(outside))
    said = outside.says(DANA, f"/start {invitation(outside)}")
    ticket.refresh_from_db()
    assert said.ticket == ticket
    assert not ticket.is_public
    (text,) = outside.texts(DANA)
    assert f"#{ticket.number}" in text
    assert [each.kind for each in routes(ticket)] == ["private", "group"]
    assert opened(outside.says(DANA, "the hash is " + hex64(1))) == ticket
    assert TicketEvent.objects.filter(ticket=ticket, verb=Verb.WENT_PRIVATE).exists()


def test_a_link_tapped_by_somebody_else_opens_nothing(outside: Outside) -> None:
    ticket = opened(ask(outside))
    token = invitation(outside)
    tapped = outside.says(MALLORY, f"/start {token}")
    assert tapped.ticket is None
    (text,) = outside.texts(MALLORY)
    assert str(ticket.number) not in text
    assert text.startswith("Hello!")
    assert PrivateInvitation.objects.get().used_at is None
    assert outside.says(DANA, f"/start {token}").ticket == ticket


def test_a_link_works_once_and_not_for_ever(outside: Outside) -> None:
    ask(outside)
    token = invitation(outside)
    outside.says(DANA, f"/start {token}")
    assert outside.says(DANA, f"/start {token}").ticket is None
    outside.says(EMRE, "@KiteHelpBot para gelmedi", chat=GROUP)
    token = invitation(outside)
    PrivateInvitation.objects.filter(used_at=None).update(expires_at="2020-01-01T00:00Z")
    assert outside.says(EMRE, f"/start {token}").ticket is None


def test_with_a_private_chat_open_the_facts_go_there(outside: Outside) -> None:
    outside.says(DANA, "/start")
    ticket = opened(ask(outside))
    assert outside.texts(GROUP) == ["Let's go on in private."]
    assert f"#{ticket.number}" in outside.texts(DANA)[-1]
    assert not ticket.is_public


def test_the_line_is_in_the_askers_language(outside: Outside) -> None:
    outside.says(EMRE, "@KiteHelpBot para çekme işlemim neden bekliyor?", chat=GROUP)
    assert outside.texts(GROUP) == ["Özelden devam edelim."]


def test_a_topic_is_a_place_of_its_own(outside: Outside) -> None:
    root = {"message_id": 4, "chat": FORUM, "forum_topic_created": {"name": "Withdrawals"}}
    in_topic: Json = {"message_thread_id": 4, "is_topic_message": True, "reply_to_message": root}
    said = outside.says(DANA, "@KiteHelpBot stuck", chat=FORUM, **in_topic)
    conversation = Message.objects.get(external_id=str(said.id)).conversation
    assert conversation
    assert (conversation.kind, conversation.thread_id) == ("topic", "4")
    assert conversation.title.startswith("Withdrawals")
    assert outside.heard(FORUM)[0].conversation == conversation


def test_colleagues_words_are_never_a_request(desk: Desk, outside: Outside) -> None:
    for chat in (None, GROUP):
        said = outside.says(ALICE, "@KiteHelpBot my deposit is missing", chat=chat)
        assert (said.ticket, said.row.reason) == (None, "a colleague's words")
        assert said.message.author == desk.alice
    assert not Delivery.objects.exists()


def test_a_colleagues_answer_in_the_group_meets_the_clock(desk: Desk, outside: Outside) -> None:
    asked = ask(outside)
    ticket = opened(asked)
    answered = outside.says(ALICE, "It left an hour ago.", chat=GROUP, reply_to=asked.id)
    assert answered.ticket == ticket
    message = answered.message
    assert (message.kind, message.author) == (MessageKind.REPLY, desk.alice)
    assert (message.audience, message.deliveries.count()) == (Audience.PUBLIC, 0)
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.status) == (desk.alice, Status.OPEN)
    assert ticket.waiting_since is None
    clock = ticket.clocks.get(metric=Metric.FIRST_RESPONSE)
    assert clock.met_at == message.sent_at


def test_a_colleague_who_answers_a_bystander_or_a_colleague_meets_nothing(
    desk: Desk, outside: Outside
) -> None:
    StaffIdentity.objects.create(user=desk.bob, kind="telegram", external_id="7902")
    asked = ask(outside)
    bystander = outside.says(EMRE, "same here lately", chat=GROUP, reply_to=asked.id)
    outside.says(ALICE, "Thanks for your patience!", chat=GROUP, reply_to=bystander.id)
    among = outside.says({**ALICE, "id": 7902}, "who takes it?", chat=GROUP)
    outside.says(ALICE, "You, please", chat=GROUP, reply_to=among.id)
    ticket = opened(asked)
    assert ticket.waiting_since == asked.message.sent_at
    assert ticket.assignee is None


def test_somebody_who_is_not_in_the_team_does_not_get_the_ticket(
    desk: Desk, outside: Outside
) -> None:
    StaffIdentity.objects.create(user=desk.carol, kind="telegram", external_id="7903")
    asked = ask(outside)
    outside.says({**ALICE, "id": 7903}, "Let me look", chat=GROUP, reply_to=asked.id)
    ticket = opened(asked)
    assert ticket.waiting_since is None
    assert ticket.assignee is None


def test_ticket_by_a_colleague_opens_one_for_the_author(outside: Outside) -> None:
    chatter = outside.says(DANA, "my withdrawal never came by the way", chat=GROUP)
    assert chatter.ticket is None
    said = outside.says(ALICE, "/ticket", chat=GROUP, reply_to=chatter.id)
    ticket = opened(said)
    assert ticket.requester == contact_of(DANA)
    assert ticket.subject.startswith("my withdrawal never came")
    assert chatter.message.ticket == ticket
    assert outside.heard(GROUP)[0].payload["reply_to"] == str(chatter.id)
    assert outside.says(ALICE, "/ticket", chat=GROUP, reply_to=chatter.id).ticket == ticket
    assert Ticket.objects.count() == 1


def test_me_too_is_a_linked_ticket_of_its_own(outside: Outside) -> None:
    asked = ask(outside)
    too = outside.says(EMRE, "@KiteHelpBot me too, 3 hours", chat=GROUP, reply_to=asked.id)
    ticket = opened(too)
    assert ticket != opened(asked)
    assert ticket.linked_to == opened(asked)
    assert ticket.requester == contact_of(EMRE)


def test_a_bystander_is_shown_and_moves_no_clock(desk: Desk, outside: Outside) -> None:
    asked = ask(outside)
    ticket = opened(asked)
    outside.says(ALICE, "It left an hour ago.", chat=GROUP, reply_to=asked.id)
    said = outside.says(MALLORY, "same for me last week", chat=GROUP, reply_to=asked.id)
    assert said.message.ticket == ticket
    ticket.refresh_from_db()
    assert ticket.waiting_since is None
    assert ticket.requester == contact_of(DANA)
    opened_by_staff = outside.says(ALICE, "/ticket", chat=GROUP, reply_to=said.id)
    assert opened(opened_by_staff).requester == contact_of(MALLORY)


def test_an_anonymous_admin_is_kept_and_asked_nothing(outside: Outside) -> None:
    sender = {
        "id": 1087968824,
        "is_bot": True,
        "first_name": "Group",
        "username": "GroupAnonymousBot",
    }
    said = outside.says(sender, "@KiteHelpBot hello", chat=GROUP, sender_chat=GROUP)
    assert said.ticket is None
    assert not Delivery.objects.exists()


# --- Secrets


def test_a_seed_in_a_group_goes_and_the_warning_comes_in_private(outside: Outside) -> None:
    outside.says(DANA, "/start")
    said = outside.says(DANA, f"help! my words are {SEED}", chat=GROUP)
    ticket = opened(said)
    assert outside.removals() == [str(said.id)]
    assert outside.heard(GROUP) == []
    warning = outside.texts(DANA)[-1]
    assert "move your funds to a new wallet now" in warning
    assert ticket.priority == "urgent"
    assert ticket.topic == Topic.objects.get(slug="secret_exposed")
    assert said.message.masked
    assert TicketEvent.objects.filter(ticket=ticket, verb=Verb.SECRET_MASKED).exists()


def test_a_seed_without_a_private_route_gets_a_line_that_names_nothing(outside: Outside) -> None:
    said = outside.says(DANA, f"my words are {SEED}", chat=GROUP)
    assert outside.removals() == [str(said.id)]
    assert outside.texts(GROUP) == ["Let's go on in private."]
    outside.says(DANA, f"/start {invitation(outside)}")
    assert "move your funds" in outside.texts(DANA)[-1]


def test_a_seed_in_private_is_warned_of_and_acknowledged_by_that(outside: Outside) -> None:
    said = outside.says(DANA, SEED)
    (text,) = outside.texts(DANA)
    assert "move your funds" in text
    assert outside.removals() == []
    words = SEED.split()
    stored = [said.row.raw, said.message.text, opened(said).subject, opened(said).excerpt]
    assert not [text for text in stored if words[0] in text and words[5] in text]


def test_a_seed_that_comes_by_an_edit_is_treated_alike(outside: Outside) -> None:
    outside.says(DANA, "/start")
    update = outside.said(DANA, "wait, I type it", chat=GROUP)
    assert outside.take(update).ticket is None
    edit = outside.take(outside.edited(update, f"my words: {SEED}"))
    assert outside.removals() == [str(edit.id)]
    assert "move your funds" in outside.texts(DANA)[-1]
    assert opened(edit).priority == "urgent"
    outside.take(outside.edited(update, f"again my words: {SEED}"))
    assert len(outside.texts(DANA)) == 2


def test_a_seed_in_a_later_caption_of_an_album(outside: Outside) -> None:
    photo = [{"file_id": "a", "width": 9, "height": 9}]
    outside.says(DANA, chat=GROUP, media_group_id="g", photo=photo)
    said = outside.says(DANA, chat=GROUP, media_group_id="g", photo=photo, caption=SEED)
    assert outside.removals() == [str(said.id)]
    assert opened(said).priority == "urgent"


def test_a_colleagues_and_an_anonymous_seed_go_too(outside: Outside) -> None:
    first = outside.says(ALICE, SEED, chat=GROUP)
    sender = {
        "id": 1087968824,
        "is_bot": True,
        "first_name": "Group",
        "username": "GroupAnonymousBot",
    }
    second = outside.says(sender, SEED, chat=GROUP, sender_chat=GROUP)
    assert outside.removals() == [str(first.id), str(second.id)]
    assert not Ticket.objects.exists()


def test_a_seed_behind_a_command_is_no_command(outside: Outside) -> None:
    outside.says(DANA, f"/start {SEED}")
    assert "move your funds" in outside.texts(DANA)[-1]


def test_a_transaction_hash_is_no_secret(outside: Outside) -> None:
    said = outside.says(DANA, f"@KiteHelpBot my TXID is {hex64(4)}", chat=GROUP)
    assert hex64(4) in said.message.text
    assert outside.removals() == []


# --- A group is upgraded


def test_an_upgraded_group_keeps_its_conversation(outside: Outside) -> None:
    asked = outside.says(DANA, "@KiteHelpBot stuck", chat=BASIC_GROUP)
    new = {**GROUP, "id": -1003000000001}
    outside.says(DANA, chat=BASIC_GROUP, migrate_to_chat_id=new["id"])
    moved = outside.says(DANA, chat=new, migrate_from_chat_id=BASIC_GROUP["id"])
    assert moved.row.outcome == "ignored"
    conversation = Conversation.objects.get(kind="group")
    assert (conversation.external_id, conversation.former_ids) == (str(new["id"]), ["-4001"])
    # The new group counts its messages anew.
    same_id = outside.says(EMRE, "hello all", chat=new, message_id=asked.id)
    assert same_id.row.reason == "chatter"
    assert conversation.messages.filter(contact=contact_of(EMRE)).get().text == "hello all"
    # An answer to the message with that number is no answer to dana's.
    assert outside.says(ALICE, "welcome", chat=new, reply_to=asked.id).ticket is None
    assert Conversation.objects.filter(kind="group").count() == 1


def test_a_late_message_from_before_the_upgrade_is_not_taken_for_a_new_one(
    outside: Outside,
) -> None:
    asked = outside.says(DANA, "@KiteHelpBot stuck", chat=BASIC_GROUP)
    late = outside.said(EMRE, "late word", chat=BASIC_GROUP)
    new = {**GROUP, "id": -1003000000001}
    outside.says(DANA, chat=BASIC_GROUP, migrate_to_chat_id=new["id"])
    number = late["message"]["message_id"]
    outside.says(MALLORY, "first word here", chat=new, message_id=number)
    assert outside.take(late).row.outcome == "message"
    assert outside.take({**asked.update, "update_id": 8}).row.reason == "already stored"
    edit = outside.take(outside.edited(asked.update, "@KiteHelpBot stuck for hours"))
    assert edit.row.outcome == "edit"
    texts = set(Message.objects.filter(kind="incoming").values_list("text", flat=True))
    assert texts == {"@KiteHelpBot stuck for hours", "late word", "first word here"}


def test_news_of_the_upgrade_may_come_after_the_first_message(outside: Outside) -> None:
    outside.says(DANA, "@KiteHelpBot stuck", chat=BASIC_GROUP)
    new = {**GROUP, "id": -1003000000001}
    outside.says(EMRE, "first word here", chat=new)
    outside.says(DANA, chat=new, migrate_from_chat_id=BASIC_GROUP["id"])
    conversation = Conversation.objects.get(kind="group")
    assert conversation.external_id == str(new["id"])
    assert conversation.messages.filter(kind="incoming").count() == 2
