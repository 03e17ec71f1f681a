"""Buttons: only the requester's press counts, only on the question where it stands, and only once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from connectors.models import InboundUpdate, UpdateState
from connectors.sandbox import world
from tests.cast import Desk
from tests.sandbox_process import SandboxProcess
from tests.tickets.test_delivery import _no_long_poll, answer, hear, send, verbs
from tickets.actions.intake import receive
from tickets.actions.reply import undo
from tickets.actions.status import change_status
from tickets.models import (
    Category,
    Channel,
    Delivery,
    Operation,
    Priority,
    Question,
    Rating,
    Status,
    Ticket,
    Topic,
    Verb,
)
from tickets.sla.clock import Metric
from tickets.transport import InboundMessage, Place, Sender

__all__ = ["_no_long_poll"]

pytestmark = pytest.mark.django_db


class Phone:
    """Dana's private chat."""

    def __init__(self, bot_api: SandboxProcess, channel: Channel) -> None:
        self.bot_api, self.channel = bot_api, channel

    def says(self, text: str) -> None:
        self.bot_api.say("dana", "private", text)
        self.hear()

    def hear(self) -> None:
        hear(self.channel)
        send()

    @property
    def last(self) -> dict[str, Any]:
        return self.bot_api.messages("private", "dana")[-1]

    def buttons(self, message: dict[str, Any] | None = None) -> list[str]:
        rows = (message or self.last).get("reply_markup", {}).get("inline_keyboard", [])
        return [button["callback_data"] for row in rows for button in row]

    def presses(self, data: str, *, on: int = 0, person: str = "dana") -> None:
        self.bot_api.press(person, "private", on or self.last["message_id"], data)
        self.hear()


@pytest.fixture
def phone(bot_api: SandboxProcess, channel: Channel) -> Phone:
    return Phone(bot_api, channel)


@pytest.fixture
def ticket(phone: Phone) -> Ticket:
    phone.says("hello, something about my screen is odd")
    return Ticket.objects.get()


@pytest.fixture
def asked(desk: Desk, ticket: Ticket, phone: Phone) -> Ticket:
    answer(desk, ticket, "Done.", then=Status.SOLVED)
    send()
    ticket.refresh_from_db()
    return ticket


def toasts() -> list[str]:
    rows = Delivery.objects.filter(operation=Operation.ANSWER_PRESS).order_by("pk")
    assert all(row.state == "sent" for row in rows)
    return [row.payload["text"] for row in rows]


# --- What it is about


def test_the_topic_is_asked_with_the_acknowledgement_and_chosen(
    ticket: Ticket, phone: Phone
) -> None:
    assert ticket.topic is None
    assert f"#{ticket.number}" in phone.last["text"]
    assert "topic:kyc" in phone.buttons()
    phone.presses("topic:kyc")
    ticket.refresh_from_db()
    assert ticket.topic and ticket.topic.slug == "kyc"
    assert ticket.category == Category.ACCOUNT
    assert phone.buttons() == [], "a question that is done has no buttons"
    assert toasts() == ["Noted: Identity check (KYC)."]
    assert Verb.TOPIC_CHOSEN in verbs(ticket)


def test_a_dangerous_topic_lifts_the_priority_and_moves_the_deadline(
    ticket: Ticket, phone: Phone
) -> None:
    due = ticket.next_due_at
    phone.presses("topic:account_compromised")
    ticket.refresh_from_db()
    assert ticket.priority == Priority.URGENT
    assert ticket.next_due_at and due and ticket.next_due_at < due
    assert Verb.PRIORITY_CHANGED in verbs(ticket)


def test_a_topic_that_the_reading_found_is_not_asked_for(phone: Phone) -> None:
    phone.says("my withdrawal is pending since yesterday")
    assert Ticket.objects.get().topic
    assert phone.buttons() == []


def test_what_the_desk_chose_meanwhile_stays(ticket: Ticket, phone: Phone) -> None:
    ticket.topic = Topic.objects.get(slug="fees")
    ticket.save()
    phone.presses("topic:kyc")
    ticket.refresh_from_db()
    assert ticket.topic.slug == "fees"
    assert "over" in toasts()[0]


def test_nothing_is_asked_in_a_group(channel: Channel, bot_api: SandboxProcess) -> None:
    bot_api.say("dana", "en", "@KaviraHelpBot something is odd")
    hear(channel)
    send()
    for said in bot_api.messages("en"):
        rows = said.get("reply_markup", {}).get("inline_keyboard", [])
        assert not [b for row in rows for b in row if "callback_data" in b]


# --- Whether it is solved


def test_solving_by_a_reply_asks_after_it(asked: Ticket, phone: Phone) -> None:
    texts = phone.bot_api.bot_texts("private", "dana")
    assert texts[-2:] == ["Done.", f"Is ticket #{asked.number} solved?"]
    assert phone.buttons() == ["solved:yes", "solved:no"]


def test_solving_by_the_status_asks_too(desk: Desk, ticket: Ticket, phone: Phone) -> None:
    change_status(actor=desk.alice, ticket=ticket, status=Status.SOLVED)
    send()
    assert phone.buttons() == ["solved:yes", "solved:no"]


def test_yes_stays_solved_and_asks_for_a_rating(asked: Ticket, phone: Phone) -> None:
    question = phone.last["message_id"]
    phone.presses("solved:yes")
    asked.refresh_from_db()
    assert asked.status == Status.SOLVED
    assert verbs(asked).count(Verb.CONFIRMED) == 1
    assert phone.buttons() == [f"rating:{score}" for score in range(1, 6)]
    phone.presses("solved:yes", on=question)
    phone.presses("solved:no", on=question)
    asked.refresh_from_db()
    assert asked.status == Status.SOLVED
    assert verbs(asked).count(Verb.CONFIRMED) == 1
    assert Question.objects.filter(kind="rating").count() == 1
    assert toasts() == ["Glad to hear it.", "Glad to hear it.", asking_is_over()]


def asking_is_over() -> str:
    return "This question is over. Just write to us."


def test_no_opens_it_again_and_the_clock_runs(asked: Ticket, phone: Phone) -> None:
    assert asked.waiting_since is None
    phone.presses("solved:no")
    asked.refresh_from_db()
    assert (asked.status, asked.solved_at, asked.last_speaker) == (Status.OPEN, None, "they")
    assert asked.waiting_since is not None
    clock = asked.clocks.get(metric=Metric.NEXT_RESPONSE)
    assert clock.met_at is None and clock.due_at is not None
    assert asked.clocks.get(metric=Metric.RESOLUTION).met_at is None
    assert phone.buttons() == []
    assert verbs(asked).count(Verb.REOPENED) == 1


def test_pressing_twice_is_pressing_once(asked: Ticket, phone: Phone) -> None:
    question = phone.last["message_id"]
    phone.bot_api.press("dana", "private", question, "solved:no")
    phone.bot_api.press("dana", "private", question, "solved:no")
    phone.bot_api.duplicate(2, renumber=True)
    phone.hear()
    assert verbs(asked).count(Verb.REOPENED) == 1


def test_an_undone_reply_takes_its_question_back(desk: Desk, ticket: Ticket, phone: Phone) -> None:
    desk.alice.undo_seconds = 5
    message = answer(desk, ticket, "Done.", then=Status.SOLVED)
    undo(actor=desk.alice, message=message)
    Delivery.objects.update(not_before=timezone.now())
    send()
    assert "Done." not in phone.bot_api.bot_texts("private", "dana")
    assert not any("solved?" in text for text in phone.bot_api.bot_texts("private", "dana"))


def test_a_reply_that_never_arrived_asks_nothing(desk: Desk, ticket: Ticket, phone: Phone) -> None:
    phone.bot_api.fault("400", method="sendMessage")
    answer(desk, ticket, "Done.", then=Status.SOLVED)
    send()
    ticket.refresh_from_db()
    assert ticket.status == Status.OPEN
    assert not any("solved?" in text for text in phone.bot_api.bot_texts("private", "dana"))


def test_the_question_of_a_ticket_that_is_open_again_is_over(
    desk: Desk, asked: Ticket, phone: Phone
) -> None:
    question = phone.last["message_id"]
    change_status(actor=desk.alice, ticket=asked, status=Status.OPEN)
    phone.hear()
    assert phone.buttons() == []
    phone.presses("solved:yes", on=question)
    assert not Question.objects.filter(kind="rating").exists()
    assert toasts() == [asking_is_over()]


def test_words_open_it_again_and_the_old_question_does_nothing(asked: Ticket, phone: Phone) -> None:
    question = phone.last["message_id"]
    phone.says("no, the withdrawal is still not there")
    asked.refresh_from_db()
    assert asked.status == Status.OPEN
    phone.presses("solved:yes", on=question)
    assert toasts() == [asking_is_over()]


# --- Whose press it is


def test_somebody_elses_press_does_nothing(
    asked: Ticket, phone: Phone, bot_api: SandboxProcess
) -> None:
    """Telegram would never say so of a private chat: a server that does is not believed."""
    bot_api.say("reza", "private", "salam, pool nareside")
    phone.hear()
    for stranger in (world.person("reza").id, 999):
        pressed = InboundMessage(
            action="press",
            place=Place("private", str(world.person("dana").id)),
            sender=Sender(str(stranger)),
            external_id=f"press:{stranger}",
            sent_at=timezone.now(),
            payload="solved:no",
            reply_to=str(phone.last["message_id"]),
        )
        assert receive(channel=phone.channel, inbound=pressed).ticket is None
    asked.refresh_from_db()
    assert asked.status == Status.SOLVED


@pytest.mark.parametrize(
    "data", ["", "solved", "solved:", "solved:maybe", "rating:5", "topic:kyc", "x" * 64, ":::"]
)
def test_forged_data_does_nothing(asked: Ticket, phone: Phone, data: str) -> None:
    version = asked.version
    phone.presses(data or " ")
    asked.refresh_from_db()
    assert (asked.status, asked.topic, asked.version) == (Status.SOLVED, None, version)
    assert not Rating.objects.exists()
    assert not InboundUpdate.objects.exclude(state=UpdateState.DONE).exists()


def test_data_of_another_message_does_nothing(asked: Ticket, phone: Phone) -> None:
    own = next(m for m in phone.bot_api.messages("private", "dana") if not m["from"]["is_bot"])
    phone.bot_api.call("sendMessage", chat_id=own["chat"]["id"], text="another")
    phone.presses("solved:no")
    asked.refresh_from_db()
    assert asked.status == Status.SOLVED


# --- How it was


@pytest.fixture
def rated(asked: Ticket, phone: Phone) -> Ticket:
    phone.presses("solved:yes")
    phone.presses("rating:4")
    return asked


def test_a_rating_is_kept_once_and_shown(
    desk: Desk, rated: Ticket, phone: Phone, client: Client
) -> None:
    assert Rating.objects.get().score == 4
    phone.presses("rating:4")
    phone.presses("rating:2")
    rating = Rating.objects.get()
    assert (rating.score, rating.changed_at is not None) == (2, True)
    assert verbs(rated).count(Verb.RATED) == 2
    assert toasts()[1:] == ["Thank you: 4 of 5.", "Thank you: 4 of 5.", "Thank you: 2 of 5."]
    rated.refresh_from_db()
    assert rated.status == Status.SOLVED
    client.force_login(desk.alice)
    assert "2 of 5" in client.get(rated.get_absolute_url()).content.decode()


def test_after_a_day_a_rating_stands(rated: Ticket, phone: Phone) -> None:
    Rating.objects.update(rated_at=timezone.now() - timedelta(hours=25))
    phone.presses("rating:1")
    assert Rating.objects.get().score == 4
    assert toasts()[-1] == asking_is_over()
    assert phone.buttons() == []


@pytest.mark.parametrize("data", ["rating:0", "rating:6", "rating:-1", "rating:٣", "rating:"])
def test_a_rating_is_one_to_five(asked: Ticket, phone: Phone, data: str) -> None:
    phone.presses("solved:yes")
    phone.presses(data)
    assert not Rating.objects.exists()


def test_thanks_after_a_rating_open_nothing(rated: Ticket, phone: Phone) -> None:
    phone.says("thanks 🙏")
    rated.refresh_from_db()
    assert rated.status == Status.SOLVED
    assert Ticket.objects.count() == 1


def test_a_ticket_is_rated_once_though_solved_twice(
    desk: Desk, rated: Ticket, phone: Phone
) -> None:
    phone.says("it is broken again, the deposit is missing")
    rated.refresh_from_db()
    answer(desk, rated, "Now.", then=Status.SOLVED)
    send()
    phone.presses("solved:yes")
    assert Question.objects.filter(kind="rating").count() == 1


def test_a_name_that_turns_words_around_is_shown_as_what_it_is(
    desk: Desk, asked: Ticket, phone: Phone, client: Client
) -> None:
    contact = asked.requester
    contact.name = "Dana\u202egnol"
    contact.save()
    phone.presses("solved:yes")
    client.force_login(desk.alice)
    page = client.get(asked.get_absolute_url()).content.decode()
    assert "\u2068Dana⟨202E⟩gnol\u2069 confirmed" in page
    assert "\u202e" not in page
