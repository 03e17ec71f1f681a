"""R2, R6 and R13. The same thing several times at once: one effect, and whoever came second is told."""

from __future__ import annotations

import json
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from django.db import connections
from django.db.models.functions import Now
from django.test import Client

from accounts.models import User
from connectors import draining, pulling
from connectors.models import InboundUpdate, UpdateState
from connectors.tasks import drain_inbox
from tests.cast import DANA, Desk, Outside, opened, people, telegram_channel
from tests.chaos.figures import tell
from tests.chaos.size import sized
from tests.sandbox_process import SandboxProcess
from tickets.actions import delivery as outbox
from tickets.actions.reply import routes
from tickets.models import Channel, Delivery, Message, SLAClock, Ticket, TicketEvent, Verb
from tickets.tasks import drain_outbox, sweep_clocks

pytestmark = pytest.mark.django_db(transaction=True)
T = TypeVar("T")


def at_once(*acts: Callable[[], T]) -> list[T]:
    """Do all of them in threads that start together. Raises what the first one that failed has raised."""
    gate = threading.Barrier(len(acts))
    results: dict[int, T] = {}
    errors: list[BaseException] = []

    def run(place: int, act: Callable[[], T]) -> None:
        try:
            gate.wait(30)
            results[place] = act()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    if errors:
        raise errors[0]
    return [results[place] for place in range(len(acts))]


# --- R2: two and three beats


@pytest.mark.parametrize("beats", [2, 3])
def test_several_beats_do_everything_once(
    beats: int, bot_api: SandboxProcess, settings: Any
) -> None:
    settings.PULL_TIMEOUT = 0
    desk = people()
    channel = telegram_channel(
        desk.team, token=bot_api.token, api_base=bot_api.url, mode="pull", config={}
    )
    said = sized(small=6, full=30)
    for number in range(said):
        bot_api.say(f"crowd-{number + 1}", "private", f"my deposit {number} is missing")

    def beat() -> None:
        for _tick in range(4):
            pulling.pull(channel.pk, seconds=0.02)
            drain_inbox()
            SLAClock.objects.filter(breached_at=None, due_at__gt=Now()).update(
                due_at=Now() - timedelta(seconds=1), warn_at=Now() - timedelta(minutes=1)
            )
            sweep_clocks()
            drain_outbox()

    at_once(*[beat] * beats)
    while InboundUpdate.objects.filter(state=UpdateState.OPEN).exists() or outbox.drain():
        draining.drain(seconds=2)
        Delivery.objects.update(not_before=Now())
    sweep_clocks()
    assert Ticket.objects.count() == Message.objects.filter(kind="incoming").count() == said
    events = Counter(
        TicketEvent.objects.filter(verb=Verb.SLA_BREACHED).values_list(
            "ticket_id", "payload__metric"
        )
    )
    assert sum(events.values()) == SLAClock.objects.exclude(breached_at=None).count()
    assert set(events.values()) == {1}
    assert bot_api.ledger().sent_twice() == []
    assert len(bot_api.ledger().by_bots) == Delivery.objects.filter(state="sent").count() == said
    tell("R2", f"escalations of as many deadlines, {beats} beats", sum(events.values()))


# --- R6: a webhook that is posted again and again


def test_one_update_posted_many_times_at_once_is_one_message(live_app: Any) -> None:
    import httpx

    channel = telegram_channel(people().team, mode=Channel.Mode.WEBHOOK, hook_secret="s" * 32)
    body = json.dumps(Outside(channel).said(DANA, "my deposit is missing"))
    address = f"{live_app.url}/hooks/telegram/{channel.key}/"
    good = {"X-Telegram-Bot-Api-Secret-Token": "s" * 32}
    posts, threads = sized(small=120, full=1000), 12

    def post() -> Counter[int]:
        with httpx.Client(trust_env=False, timeout=30) as client:
            return Counter(
                client.post(address, content=body, headers=good).status_code
                for _each in range(posts // threads)
            )

    statuses = sum(at_once(*[post] * threads), Counter[int]())
    assert set(statuses) == {200}
    assert InboundUpdate.objects.count() == 1
    draining.drain(seconds=5)
    assert Message.objects.filter(kind="incoming").count() == Ticket.objects.count() == 1
    for bad in ({}, {**good, "X-Telegram-Bot-Api-Secret-Token": "wrong"}):
        with httpx.Client(trust_env=False, timeout=30) as client:
            assert client.post(address, content=body, headers=bad).status_code == 401
    tell("R6", "posts of one update", sum(statuses.values()))
    tell("R6", "messages that it became", Message.objects.filter(kind="incoming").count(), "1")


# --- R13: two hands on one ticket


@pytest.fixture
def scene() -> tuple[Desk, Ticket]:
    desk = people()
    return desk, opened(Outside(telegram_channel(desk.team)).says(DANA, "my deposit is missing"))


def posts(user: User, address: str, data: dict[str, Any]) -> Callable[[], int]:
    client = Client()
    client.force_login(user)
    return lambda: client.post(address, data).status_code


def answer(ticket: Ticket, text: str) -> dict[str, Any]:
    """The composer's fields, as the page of this moment has them."""
    seen = Message.objects.filter(ticket=ticket).latest("pk")
    place = routes(ticket)[0]
    return {"text": text, "audience": place.pk, "seen": seen.pk, "submission": str(uuid.uuid4())}


def test_a_form_sent_twice_is_one_answer(scene: tuple[Desk, Ticket]) -> None:
    desk, ticket = scene
    address, form = f"/tickets/{ticket.pk}/replies/", answer(ticket, "On its way.")
    statuses = at_once(*(posts(desk.alice, address, form) for _each in range(5)))
    assert set(statuses) == {302}
    assert Message.objects.filter(text="On its way.").count() == 1
    assert Delivery.objects.filter(payload__text="On its way.").count() == 1
    assert posts(desk.alice, address, form)() == 302, "the back button"
    assert Message.objects.filter(text="On its way.").count() == 1


def test_two_agents_answer_at_once_and_one_is_told(scene: tuple[Desk, Ticket]) -> None:
    desk, ticket = scene
    address = f"/tickets/{ticket.pk}/replies/"
    statuses = at_once(
        posts(desk.alice, address, answer(ticket, "It is on its way.")),
        posts(desk.bob, address, answer(ticket, "We are looking.")),
    )
    assert sorted(statuses) == [302, 409]
    assert Message.objects.filter(kind="reply", automatic=False).count() == 1


def test_two_agents_take_it_at_once_and_one_is_told(scene: tuple[Desk, Ticket]) -> None:
    desk, ticket = scene
    address = f"/tickets/{ticket.pk}/assignment/"
    both = (desk.alice, desk.bob)
    for _round in range(5):
        Ticket.objects.update(assignee=None)
        TicketEvent.objects.filter(verb=Verb.ASSIGNED).delete()
        statuses = at_once(*(posts(user, address, {"assignee": user.pk}) for user in both))
        events = TicketEvent.objects.filter(verb=Verb.ASSIGNED)
        # Whoever saw it free and came second is told; whoever came later took it from a colleague, knowingly.
        assert (sorted(statuses), events.count()) in (([302, 409], 1), ([302, 302], 2))
        ticket.refresh_from_db()
        assert ticket.assignee == events.latest("pk").actor


def test_the_same_status_twice_is_one_change(scene: tuple[Desk, Ticket]) -> None:
    desk, ticket = scene
    address = f"/tickets/{ticket.pk}/status/"
    at_once(*(posts(desk.alice, address, {"status": "pending"}) for _each in range(4)))
    assert TicketEvent.objects.filter(verb=Verb.STATUS_CHANGED).count() == 1
