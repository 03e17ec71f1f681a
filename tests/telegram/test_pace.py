"""How fast a bot may speak: its limits are shared by all who send for it."""

from __future__ import annotations

import pytest
import redis
from django.conf import settings

from connectors.telegram.transport import TelegramTransport
from helpdesk.limits import Limits
from tests.telegram.server import TOKEN, BotApi, refusal
from tickets.transport import ChannelAccess, DeliveryError, OutboundFile, Part, Place

DANA = Place("private", "7700000001")
EMRE = Place("private", "41")
GROUP = Place("group", "-4001")
TOPIC = Place("topic", "-4001", "4")


@pytest.fixture
def bots(server: BotApi, valkey: redis.Redis) -> list[TelegramTransport]:
    """The same bot in two worker processes, so to speak."""
    access = ChannelAccess(1, "telegram", TOKEN, server.base)
    return [TelegramTransport(access, limits=Limits(settings.REDIS_URL)) for _ in range(2)]


def text(place: Place) -> Part:
    return Part("send_text", place, text="hi")


def waits(bots: list[TelegramTransport], part: Part, times: int) -> list[bool]:
    return [bots[i % len(bots)].wait_seconds(part) > 0 for i in range(times)]


def test_a_chat_takes_three_at_once_and_the_other_chats_go_on(
    bots: list[TelegramTransport],
) -> None:
    assert waits(bots, text(DANA), 5) == [False, False, False, True, True]
    assert waits(bots, text(EMRE), 1) == [False]


def test_the_topics_of_a_group_share_its_limit(bots: list[TelegramTransport]) -> None:
    assert waits(bots, text(GROUP), 2) + waits(bots, text(TOPIC), 2) == [False, False, False, True]


def test_an_album_counts_by_its_files(bots: list[TelegramTransport]) -> None:
    album = Part("send_files", DANA, files=(OutboundFile("x", "x", "image/png"),) * 5)
    assert waits(bots, album, 2) == [False, True]
    assert bots[0].wait_seconds(text(DANA)) > 1.5


def test_a_bot_speaks_to_no_more_than_thirty_a_second(bots: list[TelegramTransport]) -> None:
    people = [Place("private", str(number)) for number in range(100, 160)]
    gone = [person for person in people if bots[0].wait_seconds(text(person)) == 0]
    assert 5 <= len(gone) <= 30


def test_deleting_does_not_wait_for_the_chat(bots: list[TelegramTransport]) -> None:
    assert waits(bots, text(GROUP), 4)[-1]
    assert bots[0].wait_seconds(Part("delete", GROUP, target="1")) == 0


def test_everybody_obeys_a_429_and_only_its_chat_for_long(
    bots: list[TelegramTransport], server: BotApi
) -> None:
    server.then(refusal(429, "Too Many Requests: retry after 10072", retry_after=10072))
    with pytest.raises(DeliveryError) as caught:
        bots[0].send(text(GROUP))
    assert (caught.value.reason, caught.value.retry_after) == ("rate_limited", 10072)
    assert 10060 < bots[1].wait_seconds(text(GROUP)) <= 10072
    assert 0 < bots[1].wait_seconds(text(DANA)) <= 3


def test_a_429_that_names_no_time_still_pauses(
    bots: list[TelegramTransport], server: BotApi
) -> None:
    server.then(refusal(429, "Too Many Requests"))
    with pytest.raises(DeliveryError):
        bots[0].send(text(DANA))
    assert 3 < bots[1].wait_seconds(text(DANA)) <= 5
