"""R4. Whatever comes in, it costs nobody else a message, and is kept with the reason why it was set aside."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F, Max
from django.test import Client

from connectors import draining, pulling
from connectors.models import InboundUpdate, UpdateState
from tests.cast import Desk, ready_again, telegram_channel
from tests.chaos.figures import tell
from tests.chaos.poison import kinds, plain
from tests.chaos.size import FULL, sized
from tests.telegram.server import Answer, BotApi
from tickets.actions import intake
from tickets.actions.known import Known, Said
from tickets.models import Channel, Message

pytestmark = pytest.mark.django_db
NEIGHBOUR = 9_500_000_000
BATCH = 50


@pytest.fixture
def bot(desk: Desk, settings: Any) -> Any:
    """A bot whose service we play."""
    settings.PULL_TIMEOUT = 0
    with BotApi().running() as server:
        telegram_channel(desk.team, api_base=server.base, mode=Channel.Mode.PULL)
        yield server


def pull(bot: BotApi, texts: list[str]) -> None:
    """Have the bot hand out these updates in one answer, and store them."""
    answer = '{"ok": true, "result": [' + ",".join(texts) + "]}"
    bot.then(Answer(answer.encode("utf-8", "surrogateescape")))
    pulling.pull(Channel.objects.get().pk, seconds=0.001)
    Channel.objects.update(lease_until=None)


def drain() -> None:
    while draining.drain_batch():
        pass


def drain_to_the_end() -> None:
    """With the waits between five tries left out."""
    drain()
    for _try in range(draining.MOST_TRIES):
        ready_again()
        drain()


def test_every_kind_of_poison_leaves_its_neighbours_alone(bot: BotApi) -> None:
    poison = list(kinds())[:: sized(small=2, full=1)]
    assert len(poison) > 100
    for start in range(0, len(poison), BATCH):
        texts = []
        for number, (_name, text) in enumerate(poison[start : start + BATCH], start):
            texts += [text, json.dumps(plain(NEIGHBOUR + number))]
        pull(bot, texts)
        assert Channel.objects.get().last_error == ""
    drain()
    neighbours = InboundUpdate.objects.filter(external_id__startswith=str(NEIGHBOUR)[:2])
    assert neighbours.filter(external_id__gte=str(NEIGHBOUR)).count() == len(poison)
    heard = Message.objects.filter(conversation__external_id__startswith=str(NEIGHBOUR)[:3])
    assert heard.filter(kind="incoming", text="hello").count() == len(poison)
    drain_to_the_end()
    assert not InboundUpdate.objects.filter(state=UpdateState.OPEN).exists()
    aside = InboundUpdate.objects.filter(state=UpdateState.SET_ASIDE)
    assert not aside.filter(reason="").exists()
    tell("R4", "kinds of poison", len(poison))
    tell("R4", "of them set aside (others are understood or ignored)", aside.count())


def test_neighbours_do_not_wait(bot: BotApi, monkeypatch: pytest.MonkeyPatch) -> None:
    _fails_on(monkeypatch, "poison")
    texts = []
    for number in range(100):
        said = plain(NEIGHBOUR + number)
        said["message"]["text"] = "poison" if number % 2 else "fine"
        texts.append(json.dumps(said))
    pull(bot, texts)
    draining.drain(seconds=20)
    fine = InboundUpdate.objects.filter(state=UpdateState.DONE)
    assert fine.count() == 50
    waits = fine.aggregate(longest=Max(F("done_at") - F("received_at")))
    tell("R4", "longest wait of a neighbour, s", waits["longest"].total_seconds(), "< 2")
    assert not FULL or waits["longest"] < timedelta(seconds=2)


def test_what_was_set_aside_comes_back_by_the_button(
    bot: BotApi, desk: Desk, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        _fails_on(broken, "hello")
        pull(bot, [json.dumps(plain(NEIGHBOUR + number)) for number in range(20)])
        drain_to_the_end()
    rows = InboundUpdate.objects.filter(state=UpdateState.SET_ASIDE)
    assert [row.tries for row in rows] == [draining.MOST_TRIES] * 20
    assert {row.reason.split(",")[0] for row in rows} == {"ValueError in take_in"}
    client.force_login(desk.bob)
    for row in rows:
        client.post(f"/updates/{row.pk}/replay/")
    drain()
    assert Message.objects.filter(kind="incoming").count() == 20
    assert not rows.all().exists()


def _fails_on(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    real = intake._take_in

    def take_in(known: Known, said: Said) -> intake.Receipt:
        if word in said.inbound.text:
            raise ValueError("the text was poison")
        return real(known, said)

    monkeypatch.setattr(intake, "_take_in", take_in)
