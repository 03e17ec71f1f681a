"""One topic per ticket in the private chat; where there are none, numbers that tell tickets apart."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.registry import door
from connectors.sandbox import world
from tests.cast import DANA, EMRE, Desk, Outside, opened
from tests.sandbox_process import SandboxProcess
from tests.tickets.test_delivery import _no_long_poll, answer, hear, send
from tickets.actions.editing import edit_reply
from tickets.actions.reply import routes
from tickets.actions.status import change_status
from tickets.models import Channel, Conversation, Delivery, Message, Operation, Ticket

__all__ = ["_no_long_poll"]

pytestmark = pytest.mark.django_db
ASKED = "my withdrawal is pending"


@pytest.fixture
def threaded(channel: Channel, bot_api: SandboxProcess) -> SandboxProcess:
    """Dana's private chats have topics, and the desk knows."""
    bot_api.control("threaded", on=True)
    channel.config = door(channel.kind).describe(channel)
    channel.save()
    assert channel.config["has_topics"] is True
    return bot_api


def hear_and_send(channel: Channel) -> None:
    hear(channel)
    send()


def thread_of(ticket: Ticket) -> int:
    return int(Conversation.objects.get(ticket=ticket).thread_id)


def texts_in(bot_api: SandboxProcess, thread: int) -> list[str]:
    return [
        said["text"]
        for said in bot_api.messages("private", "dana")
        if said["from"]["is_bot"] and "text" in said and said.get("message_thread_id", 0) == thread
    ]


def test_a_ticket_gets_a_topic_of_its_own_and_is_answered_there(
    desk: Desk, channel: Channel, threaded: SandboxProcess
) -> None:
    threaded.say("dana", "private", ASKED)
    hear_and_send(channel)
    ticket = Ticket.objects.get()
    made = next(m for m in threaded.messages("private", "dana") if "forum_topic_created" in m)
    assert made["forum_topic_created"]["name"] == f"#{ticket.pk} {ASKED}"
    thread = thread_of(ticket)
    assert thread == made["message_id"]
    assert f"#{ticket.pk}" in texts_in(threaded, thread)[0], "the acknowledgement stands there"
    assert [each.thread_id for each in routes(ticket)] == [str(thread)]
    answer(desk, ticket, "On its way.")
    send()
    assert texts_in(threaded, thread)[-1] == "On its way."
    assert texts_in(threaded, 0) == []


def test_words_in_a_topic_go_on_its_ticket(
    desk: Desk, channel: Channel, threaded: SandboxProcess
) -> None:
    threaded.say("dana", "private", ASKED)
    hear_and_send(channel)
    first = Ticket.objects.get()
    thread = thread_of(first)
    change_status(actor=desk.alice, ticket=first, status="pending")
    second = Ticket.objects.create(
        subject="another", requester=first.requester, team=first.team, channel_kind="telegram",
        last_message_at="2099-01-01T00:00Z",
    )  # fmt: skip
    threaded.say("dana", "private", "the hash is in the history", thread=thread)
    threaded.say("dana", "private", "and outside of any topic")
    hear_and_send(channel)
    assert Message.objects.get(text__startswith="the hash").ticket == first
    assert Message.objects.get(text__startswith="and outside").ticket == second, "the latest one"


def test_a_topic_that_they_open_themselves_is_a_new_ticket(
    desk: Desk, channel: Channel, threaded: SandboxProcess
) -> None:
    threaded.say("dana", "private", ASKED)
    hear_and_send(channel)
    threaded.control("topic", chat="private", person="dana", thread=7, title="KYC")
    threaded.say("dana", "private", "my identity check was refused", thread=7)
    hear_and_send(channel)
    second = Ticket.objects.latest("pk")
    assert Ticket.objects.count() == 2
    assert thread_of(second) == 7
    assert f"#{second.pk}" in texts_in(threaded, 7)[0]
    assert Delivery.objects.filter(operation=Operation.OPEN_TOPIC).count() == 1


def test_when_the_topic_is_gone_the_chat_hears_it_with_the_number(
    desk: Desk, channel: Channel, threaded: SandboxProcess
) -> None:
    threaded.say("dana", "private", ASKED)
    hear_and_send(channel)
    ticket = Ticket.objects.get()
    threaded.control("topic", chat="private", person="dana", thread=thread_of(ticket), title="")
    answer(desk, ticket, "One.")
    message = answer(desk, ticket, "Two.")
    send()
    assert texts_in(threaded, 0) == [f"#{ticket.pk}\nOne.", f"#{ticket.pk}\nTwo."]
    assert [part.state for part in message.deliveries.all()] == ["sent"]
    assert [(each.thread_id, each.is_private) for each in routes(ticket)] == [("", True)]
    answer(desk, ticket, "Three.")
    send()
    assert texts_in(threaded, 0)[-1] == "Three.", "it is their only ticket: no number is needed"


@pytest.mark.parametrize("fault", ["400", "lost"])
def test_when_no_topic_can_be_opened_the_chat_is_used(
    channel: Channel, threaded: SandboxProcess, fault: str
) -> None:
    threaded.fault(fault, method="createForumTopic")
    threaded.say("dana", "private", ASKED)
    hear_and_send(channel)
    ticket = Ticket.objects.get()
    assert f"#{ticket.pk}" in texts_in(threaded, 0)[0]
    assert not Conversation.objects.filter(ticket=ticket).exists()
    assert routes(ticket)


def test_a_bot_without_topics_opens_none(channel: Channel, bot_api: SandboxProcess) -> None:
    bot_api.say("dana", "private", ASKED)
    hear_and_send(channel)
    assert not Delivery.objects.filter(operation=Operation.OPEN_TOPIC).exists()


def test_who_comes_from_a_group_gets_a_topic_too(
    desk: Desk, channel: Channel, threaded: SandboxProcess
) -> None:
    threaded.say("haoran", "zh", "@KaviraHelpBot 提币3小时了，U还没到")
    hear_and_send(channel)
    (row,) = threaded.messages("zh")[-1]["reply_markup"]["inline_keyboard"]
    threaded.start_bot("haoran", row[0]["url"].partition("start=")[2])
    hear_and_send(channel)
    ticket = Ticket.objects.get()
    topic = Conversation.objects.get(ticket=ticket)
    said = threaded.messages("private", "haoran")[-1]
    assert (said["message_thread_id"], str(ticket.pk) in said["text"]) == (
        int(topic.thread_id),
        True,
    )
    assert routes(ticket)[0] == topic


# --- Without topics


@pytest.fixture
def two(desk: Desk, outside: Outside) -> tuple[Ticket, Ticket]:
    """Two open tickets of Dana's in one private chat."""
    first = opened(outside.says(DANA, ASKED))
    second = opened(outside.says(DANA, "/ticket my identity check was refused"))
    assert first != second
    return first, second


def last_text(outside: Outside) -> Any:
    return outside.texts(DANA)[-1]


def test_with_two_open_tickets_a_reply_bears_its_number(
    desk: Desk, outside: Outside, two: tuple[Ticket, Ticket]
) -> None:
    first, second = two
    message = answer(desk, first, "On its way.")
    assert last_text(outside) == f"#{first.pk}\nOn its way."
    assert message.text == "On its way.", "at the desk it stands as it was written"
    change_status(actor=desk.alice, ticket=second, status="solved")
    answer(desk, first, "It has arrived.")
    assert last_text(outside) == "It has arrived."


def test_an_edit_keeps_the_number(desk: Desk, outside: Outside, two: tuple[Ticket, Ticket]) -> None:
    message = answer(desk, two[0], "On its way.")
    message.deliveries.update(state="sent", external_id="900")
    edit_reply(actor=desk.alice, message=message, text="On its way now.")
    assert last_text(outside) == f"#{two[0].pk}\nOn its way now."


def test_tickets_of_others_and_in_groups_ask_for_no_number(desk: Desk, outside: Outside) -> None:
    ticket = opened(outside.says(DANA, ASKED))
    opened(outside.says(EMRE, "param gelmedi"))
    answer(desk, ticket, "On its way.")
    assert last_text(outside) == "On its way."


def test_a_number_typed_first_leads_to_that_ticket(
    outside: Outside, two: tuple[Ticket, Ticket]
) -> None:
    first, second = two
    assert opened(outside.says(DANA, f"#{first.pk} any news?")) == first
    assert opened(outside.says(DANA, "and here is the hash")) == first, (
        "the latest one they spoke on"
    )
    assert opened(outside.says(DANA, f" #{second.pk}: here is my passport")) == second


def test_nobody_elses_number_leads_anywhere(
    desk: Desk, outside: Outside, two: tuple[Ticket, Ticket]
) -> None:
    said = outside.says(EMRE, f"#{two[0].pk} give me the money")
    assert opened(said) not in two
    assert opened(said).requester.name == "Emre"
    for number in ("#0", "#999999999999999999", f"#{two[1].pk}x", "#٣"):
        assert opened(outside.says(EMRE, f"{number} hello")) == opened(said)


def test_a_reply_of_telegrams_still_wins(outside: Outside, two: tuple[Ticket, Ticket]) -> None:
    first, second = two
    asked = Message.objects.get(ticket=second, contact=second.requester)
    said = outside.says(DANA, f"#{first.pk} look", reply_to=int(asked.external_id))
    assert opened(said) == second


def test_a_stranger_to_topics_parses_one_place(bot_api: SandboxProcess, channel: Channel) -> None:
    """Words in a topic and outside of it are two places with one person."""
    bot_api.control("threaded", on=True)
    bot_api.control("topic", chat="private", person="dana", thread=7, title="Mine")
    bot_api.say("dana", "private", ASKED, thread=7)
    hear(channel)
    place = Conversation.objects.get(thread_id="7")
    assert (place.kind, place.external_id) == ("private", str(world.person("dana").id))
