"""R7. A service that is slow, broken, angry or gone: nothing is sent twice, and nobody else waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db.models import Max
from django.utils import timezone

from connectors.sandbox import world
from connectors.telegram import api
from tests.cast import Desk, ready_again, telegram_channel
from tests.chaos.figures import tell
from tests.chaos.proxy import Cut, Proxy
from tests.chaos.size import FULL, sized
from tests.sandbox_process import SandboxProcess
from tickets.actions import circuit
from tickets.actions import delivery as outbox
from tickets.actions.outbox import post_automatic
from tickets.models import Channel, Conversation, Delivery, DeliveryState, Message

pytestmark = pytest.mark.django_db
PEOPLE = sized(small=12, full=60)


@pytest.fixture
def quiet(desk: Desk, channel: Channel, bot_api: SandboxProcess) -> Channel:
    """A second channel of the same kind, which nothing is wrong with."""
    return telegram_channel(
        desk.team, name="Other bot", token=world.QUIET_BOT.token, api_base=bot_api.url, config={}
    )


@pytest.fixture
def proxy(channel: Channel, bot_api: SandboxProcess) -> Iterator[Proxy]:
    """The wire to the first channel's service."""
    with Proxy(bot_api.port) as wire:
        Channel.objects.filter(pk=channel.pk).update(api_base=wire.url)
        yield wire
        api._client().close()  # its kept connections went through the wire
        api._client.cache_clear()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "CALL_TIMEOUT", 0.7)


def say(channel: Channel, sandbox: SandboxProcess, *, people: int = PEOPLE, text: str = "") -> None:
    """One message for each of so many people, in private."""
    bot = next(each for each in world.BOTS if each.token == channel.token)
    for person in world.crowd()[:people]:
        sandbox.unblock(person.key, bot=bot.key)
        place, _made = Conversation.objects.get_or_create(
            channel=channel, kind="private", external_id=str(person.id)
        )
        post_automatic(conversation=place, text=text or f"{bot.key} to {person.key}")


def send_all() -> None:
    """Until nothing waits, whatever pace and rest say."""
    for _round in range(60):
        Channel.objects.update(rest_until=None)
        ready_again()
        if not outbox.drain() and not _waits():
            return
    raise AssertionError("it does not end")


def _waits() -> bool:
    return Delivery.objects.filter(state=DeliveryState.QUEUED).exists()


def states(channel: Channel) -> list[str]:
    rows = Delivery.objects.filter(conversation__channel=channel).order_by("pk")
    return list(rows.values_list("state", flat=True))


def calls(sandbox: SandboxProcess, bot: world.Bot = world.BOT) -> int:
    return len([c for c in sandbox.ledger().calls if c.bot == bot.id and c.method == "sendmessage"])


def test_a_service_that_is_down_is_left_alone_and_the_others_go_on(
    channel: Channel, quiet: Channel, bot_api: SandboxProcess
) -> None:
    bot_api.fault("500", method="sendMessage", bot=world.BOT.id, times=10_000)
    say(channel, bot_api)
    say(quiet, bot_api)
    for _round in range(20):
        ready_again()
        outbox.drain()
    assert calls(bot_api) == circuit.OPENS_AFTER
    assert set(states(quiet)) == {"sent"}
    tell("R7", "calls to a service that answers 500, for as many messages", calls(bot_api))
    channel.refresh_from_db()
    assert channel.rest_until is not None
    assert circuit.FIRST_REST * 0.5 < channel.rest_until - timezone.now() <= circuit.FIRST_REST


def test_one_call_tries_whether_it_is_back_and_then_all_goes_out_once(
    channel: Channel, bot_api: SandboxProcess
) -> None:
    bot_api.fault("500", method="sendMessage", times=circuit.OPENS_AFTER + 1)
    say(channel, bot_api)
    outbox.drain()
    ready_again()
    Channel.objects.update(rest_until=timezone.now() - timedelta(seconds=1))
    outbox.drain()
    assert calls(bot_api) == circuit.OPENS_AFTER + 1, "one probe, and it failed"
    channel.refresh_from_db()
    assert channel.rest_until is not None
    assert channel.rest_until - timezone.now() > circuit.FIRST_REST, "longer than the first time"
    send_all()
    assert set(states(channel)) == {"sent"}
    assert len(bot_api.ledger().by_bots) == PEOPLE
    assert bot_api.ledger().sent_twice() == []
    channel.refresh_from_db()
    assert channel.failed_calls == 0
    assert channel.rest_until is None


def test_while_one_tries_nobody_else_does(channel: Channel, bot_api: SandboxProcess) -> None:
    say(channel, bot_api)
    Channel.objects.update(failed_calls=circuit.OPENS_AFTER, rest_until=timezone.now())
    probe = outbox.claim()
    assert probe is not None
    assert outbox.claim() is None
    outbox.deliver(probe)
    assert outbox.claim() is not None


def test_a_refusal_is_an_answer(channel: Channel, bot_api: SandboxProcess) -> None:
    bot_api.fault("403", method="sendMessage", times=PEOPLE)
    say(channel, bot_api)
    for _round in range(PEOPLE):
        ready_again()
        outbox.drain()
    assert set(states(channel)) == {"failed"}
    channel.refresh_from_db()
    assert channel.failed_calls == 0


@pytest.mark.parametrize("cut", ["deaf", "half closed", "no way back", "reset"])
def test_a_cut_wire_leaves_unknown_and_repeats_nothing(
    channel: Channel, quiet: Channel, bot_api: SandboxProcess, proxy: Proxy, impatient: None, cut: Cut
) -> None:  # fmt: skip
    channel.refresh_from_db()
    proxy.cut = cut
    say(channel, bot_api)
    say(quiet, bot_api, people=3)
    for _round in range(10):
        ready_again()
        outbox.drain()
    assert states(channel).count("unknown") == circuit.OPENS_AFTER, "the others never left"
    assert set(states(quiet)) == {"sent"}
    proxy.cut = ""
    proxy.hang_up()
    send_all()
    assert set(states(channel)) == {"sent", "unknown"}
    ledger = bot_api.ledger()
    assert ledger.sent_twice() == []
    ours = [said for said in ledger.by_bots if said.by == world.BOT.id]
    lost = cut in ("deaf", "half closed")
    assert len(ours) == (PEOPLE - circuit.OPENS_AFTER if lost else PEOPLE)


def test_a_service_that_hangs_is_unknown_and_the_agent_is_told(
    desk: Desk, channel: Channel, bot_api: SandboxProcess, impatient: None
) -> None:
    bot_api.fault("hang", method="sendMessage", seconds=30)
    say(channel, bot_api, people=2)
    outbox.drain()
    first = Delivery.objects.earliest("pk")
    assert (first.state, first.reason) == (DeliveryState.UNKNOWN, "timed_out")
    assert "may have arrived" in first.reason_text
    assert first.can_retry
    assert states(channel) == ["unknown", "sent"]


def test_it_waits_as_long_as_it_was_asked_to(
    channel: Channel, quiet: Channel, bot_api: SandboxProcess
) -> None:
    asked = sized(small=2, full=10)
    bot_api.fault("429", method="sendMessage", bot=world.BOT.id, retry_after=asked)
    say(channel, bot_api, people=1, text="once")
    say(quiet, bot_api, people=3)
    while _waits():
        outbox.drain()
    first, second = [
        c.at for c in bot_api.ledger().calls if c.bot == world.BOT.id and c.method == "sendmessage"
    ]
    tell("R7", f"seconds between a 429 with Retry-After {asked} and the next call", second - first)
    assert second - first >= asked - 0.05
    assert not FULL or second - first <= asked * 1.1 + 1
    longest = Delivery.objects.filter(conversation__channel=quiet).aggregate(at=Max("sent_at"))
    assert longest["at"].timestamp() < second, "the other channel did not wait for it"
    assert Message.objects.filter(text="once").count() == 1
    assert [said.text for said in bot_api.ledger().by_bots].count("once") == 1
