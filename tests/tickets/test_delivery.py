"""The outbox against a Bot API: everything arrives once and in order, or the desk says that it did not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from connectors import draining, pulling
from connectors.telegram.transport import TelegramTransport
from helpdesk.errors import Conflict
from tests.cast import Desk, ready_again
from tests.sandbox_process import SandboxProcess
from tickets.actions import delivery as outbox
from tickets.actions.reply import reply, routes
from tickets.models import (
    Channel,
    Conversation,
    Delivery,
    DeliveryState,
    Message,
    Operation,
    Status,
    Ticket,
    TicketEvent,
    Verb,
)
from tickets.sla.clock import Metric
from tickets.transport import Part, Sent

pytestmark = pytest.mark.django_db
PHOTO = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00"
    b"\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)


@pytest.fixture(autouse=True)
def _no_long_poll(settings: Any) -> None:
    settings.PULL_TIMEOUT = 0


def hear(channel: Channel) -> None:
    pulling.pull(channel.pk, seconds=0.05)
    while draining.drain_batch():
        pass


def send() -> None:
    """Send all that waits, whatever the pace says."""
    while outbox.drain() or _put_off():
        pass


def _put_off() -> bool:
    """Whether a full bucket made something wait that nobody has refused."""
    waiting = Delivery.objects.filter(state=DeliveryState.QUEUED, reason="")
    if not waiting.exists():
        return False
    from django.conf import settings
    from redis import Redis

    with Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
    ready_again()
    return True


@pytest.fixture
def ticket(channel: Channel, bot_api: SandboxProcess) -> Ticket:
    """Dana has asked in private, and her acknowledgement has arrived."""
    bot_api.say("dana", "private", "my withdrawal is pending")
    hear(channel)
    send()
    return Ticket.objects.get()


def answer(desk: Desk, ticket: Ticket, text: str = "On its way.", **more: Any) -> Message:
    values: dict[str, Any] = {
        "actor": desk.alice,
        "ticket": ticket,
        "conversation": routes(ticket)[0],
        "text": text,
    }
    return reply(**values | more)


def states(message: Message) -> list[str]:
    return [part.state for part in message.deliveries.order_by("part")]


def verbs(ticket: Ticket) -> list[str]:
    return list(ticket.events.order_by("pk").values_list("verb", flat=True))


def test_answers_arrive_in_order(desk: Desk, ticket: Ticket, bot_api: SandboxProcess) -> None:
    for number in range(5):
        answer(desk, ticket, f"answer {number}")
    send()
    texts = bot_api.bot_texts("private", "dana")
    assert f"#{ticket.number}" in texts[0]
    assert texts[1:] == [f"answer {number}" for number in range(5)]
    assert Verb.DELIVERED in verbs(ticket)
    part = Delivery.objects.latest("pk")
    assert part.external_id == str(bot_api.messages("private", "dana")[-1]["message_id"])
    assert part.sent_at is not None


def test_a_reply_to_what_we_said_finds_its_ticket(
    desk: Desk, channel: Channel, bot_api: SandboxProcess
) -> None:
    bot_api.say("haoran", "zh", "@KaviraHelpBot 提币3小时了，U还没到")
    hear(channel)
    ticket = Ticket.objects.get()
    answer(desk, ticket, "已经发出。")
    send()
    ours = bot_api.messages("zh")[-1]
    assert ours["text"] == "已经发出。"
    assert ours["reply_to_message"]["from"]["first_name"] == "浩然"
    Message.objects.filter(kind="incoming").update(sent_at=timezone.now() - timedelta(days=3))
    bot_api.say("haoran", "zh", "还没收到", reply_to=ours["message_id"])
    hear(channel)
    assert Message.objects.get(text="还没收到").ticket == ticket


def test_a_topic_gets_its_answer_in_the_topic(
    desk: Desk, channel: Channel, bot_api: SandboxProcess
) -> None:
    bot_api.say("mehmet", "tr", "@KaviraHelpBot dekont gonderdim", thread="p2p")
    hear(channel)
    answer(desk, Ticket.objects.get(), "Bakıyoruz.")
    send()
    said = bot_api.messages("tr")[-1]
    assert (said["text"], said["message_thread_id"]) == ("Bakıyoruz.", 7)


def test_a_long_answer_with_files_arrives_in_parts(
    desk: Desk, ticket: Ticket, bot_api: SandboxProcess
) -> None:
    files = [SimpleUploadedFile("a.png", PHOTO), SimpleUploadedFile("b.png", PHOTO)]
    message = answer(desk, ticket, "word " * 1200, files=files)
    send()
    assert states(message) == ["sent"] * 3
    texts = bot_api.bot_texts("private", "dana")[1:]
    assert " ".join(texts).split() == ["word"] * 1200
    assert len([m for m in bot_api.messages("private", "dana") if "photo" in m]) == 2


def test_a_flood_limit_waits_and_repeats_nothing(
    desk: Desk, ticket: Ticket, bot_api: SandboxProcess
) -> None:
    bot_api.fault("429", method="sendMessage", retry_after=40)
    message = answer(desk, ticket, "once")
    outbox.drain()
    (part,) = message.deliveries.all()
    assert (part.state, part.reason) == (DeliveryState.QUEUED, "rate_limited")
    assert part.not_before - timezone.now() > timedelta(seconds=35)
    answer(desk, ticket, "twice")
    assert outbox.drain() == 0, "what comes later waits behind it"
    Delivery.objects.update(reason="")
    send()
    assert bot_api.bot_texts("private", "dana")[1:] == ["once", "twice"]


def test_a_flooded_chat_holds_nobody_else(
    desk: Desk, ticket: Ticket, channel: Channel, bot_api: SandboxProcess
) -> None:
    bot_api.say("reza", "private", "salam, pool nareside")
    hear(channel)
    Delivery.objects.filter(state=DeliveryState.QUEUED).update(
        not_before=timezone.now() + timedelta(hours=1)
    )
    answer(desk, ticket, "to dana")
    send_once = outbox.drain()
    assert send_once == 1
    assert bot_api.bot_texts("private", "dana")[-1] == "to dana"


def test_a_server_error_is_tried_again(desk: Desk, ticket: Ticket, bot_api: SandboxProcess) -> None:
    bot_api.fault("500", method="sendMessage")
    message = answer(desk, ticket, "again")
    outbox.drain()
    (part,) = message.deliveries.all()
    assert (part.state, part.reason, part.tries) == ("queued", "unavailable", 1)
    Delivery.objects.update(reason="")
    send()
    assert states(message) == ["sent"]
    assert bot_api.bot_texts("private", "dana").count("again") == 1


def test_after_a_day_it_gives_up(desk: Desk, ticket: Ticket, bot_api: SandboxProcess) -> None:
    message = answer(desk, ticket, "never")
    Delivery.objects.filter(message=message).update(created_at=timezone.now() - timedelta(hours=25))
    bot_api.fault("500", method="sendMessage")
    outbox.drain()
    (part,) = message.deliveries.all()
    assert (part.state, part.reason) == (DeliveryState.FAILED, "gave_up")
    assert part.reason_text == "Tried for a day without success."


def test_who_blocked_the_bot_is_marked_and_the_clock_given_back(
    desk: Desk, ticket: Ticket, bot_api: SandboxProcess
) -> None:
    ticket.refresh_from_db()
    asked, due = ticket.waiting_since, ticket.next_due_at
    bot_api.block("dana")
    first = answer(desk, ticket, "word " * 1200)
    later = answer(desk, ticket, "and this")
    send()
    assert states(first) == ["failed", "failed"]
    assert states(later) == ["failed"]
    conversation = Conversation.objects.get(kind="private")
    assert conversation.closed_reason == "blocked"
    assert routes(ticket) == []
    ticket.refresh_from_db()
    assert (ticket.waiting_since, ticket.next_due_at) == (asked, due)
    assert ticket.clocks.get(metric=Metric.FIRST_RESPONSE).met_at is None
    assert Verb.DELIVERY_FAILED in verbs(ticket)
    assert first.deliveries.first().reason_text == "They have blocked the bot."  # type: ignore[union-attr]
    assert bot_api.bot_texts("private", "dana")[1:] == []


def test_a_lost_answer_of_the_service_is_unknown_and_never_repeated(
    desk: Desk, ticket: Ticket, bot_api: SandboxProcess
) -> None:
    bot_api.fault("lost", method="sendMessage")
    message = answer(desk, ticket, "once")
    after = answer(desk, ticket, "after")
    send()
    assert states(message) == ["unknown"]
    assert states(after) == ["sent"]
    assert bot_api.bot_texts("private", "dana")[1:] == ["once", "after"]
    assert Verb.DELIVERY_UNKNOWN in verbs(ticket)
    outbox.find_lost()
    send()
    assert bot_api.ledger().sent_twice() == []


def test_a_call_that_never_left_is_tried_again(
    desk: Desk, ticket: Ticket, channel: Channel, bot_api: SandboxProcess
) -> None:
    Channel.objects.update(api_base="http://127.0.0.1:9")
    message = answer(desk, ticket, "once")
    outbox.drain()
    assert states(message) == ["queued"]
    Channel.objects.update(api_base=bot_api.url)
    Delivery.objects.update(reason="")
    send()
    assert states(message) == ["sent"]


def test_who_died_in_the_middle_leaves_unknown(
    desk: Desk, ticket: Ticket, bot_api: SandboxProcess
) -> None:
    message = answer(desk, ticket, "perhaps")
    claimed = outbox.claim()  # and here the worker dies
    assert claimed
    assert outbox.find_lost() == 0, "it may still be at work"
    assert outbox.claim() is None
    assert outbox.find_lost(patience=timedelta(0)) == 1
    assert states(message) == ["unknown"]
    assert message.deliveries.get().reason == "timed_out"
    send()
    assert bot_api.bot_texts("private", "dana")[1:] == []
    # It was only slow: what it writes down afterwards changes nothing.
    outbox.finish(claimed, DeliveryState.FAILED, reason="blocked")
    assert states(message) == ["unknown"]


def test_retry_sends_what_did_not_arrive_and_nothing_twice(
    desk: Desk, ticket: Ticket, bot_api: SandboxProcess
) -> None:
    bot_api.fault("400", method="sendMessage", skip=1)
    text = "first " * 600 + "second " * 500
    message = answer(desk, ticket, text, files=[SimpleUploadedFile("a.png", PHOTO)])
    send()
    assert states(message) == ["sent", "failed", "failed"]
    failed = message.deliveries.get(part=1)
    assert failed.can_retry
    outbox.retry(actor=desk.alice, delivery=failed)
    send()
    assert states(message) == ["sent"] * 3
    texts = [said for said in bot_api.bot_texts("private", "dana")[1:] if said]
    assert " ".join(texts).split() == text.split()
    assert bot_api.ledger().sent_twice() == []
    with pytest.raises(Conflict):
        outbox.retry(actor=desk.alice, delivery=failed)
    ticket.refresh_from_db()
    assert ticket.waiting_since is None


def test_a_public_secret_is_deleted_before_anything_else_is_sent(
    desk: Desk, ticket: Ticket, channel: Channel, bot_api: SandboxProcess
) -> None:
    from connectors.sandbox.world import SEED_KOFI

    number = bot_api.say("dana", "en", f"my words: {SEED_KOFI}")
    hear(channel)
    outbox.drain(limit=1)
    assert number not in [said["message_id"] for said in bot_api.messages("en")]
    send()
    message = Message.objects.get(external_id=str(number), conversation__kind="group")
    assert message.deleted_at is not None
    assert "move your funds" in bot_api.bot_texts("private", "dana")[-1]
    assert bot_api.bot_texts("en") == []


def test_where_the_bot_may_not_delete_the_warning_still_goes_out(
    desk: Desk, channel: Channel, bot_api: SandboxProcess
) -> None:
    from connectors.sandbox.world import SEED_KOFI

    bot_api.start_bot("yating")
    bot_api.say("yating", "zh", SEED_KOFI)
    hear(channel)
    send()
    assert TicketEvent.objects.filter(verb=Verb.REMOVAL_FAILED).exists()
    assert Conversation.objects.get(kind="group").closed_reason == ""
    assert "新钱包" in bot_api.bot_texts("private", "yating")[-1]
    removal = Delivery.objects.get(operation=Operation.DELETE)
    assert (removal.state, removal.reason) == (DeliveryState.FAILED, "not_deletable")


def test_a_group_that_moved_gets_its_answer(
    desk: Desk, channel: Channel, bot_api: SandboxProcess
) -> None:
    bot_api.say("reza", "fa", "@KaviraHelpBot tether nareside")
    hear(channel)
    send()
    ticket = Ticket.objects.get()
    group = next(each for each in routes(ticket) if not each.is_private)
    new_id = bot_api.migrate("fa")
    message = answer(desk, ticket, "پیگیری می‌کنیم", conversation=group)
    send()
    assert states(message) == ["sent"]
    group.refresh_from_db()
    assert group.external_id == str(new_id)
    hear(channel)
    assert Conversation.objects.filter(kind="group").count() == 1
    assert bot_api.bot_texts(new_id)[-1] == "پیگیری می‌کنیم"


def test_a_part_that_waits_for_its_author_holds_its_conversation_only(
    desk: Desk, ticket: Ticket
) -> None:
    desk.alice.undo_seconds = 20
    answer(desk, ticket, "held")
    desk.alice.undo_seconds = 0
    answer(desk, ticket, "behind it")
    assert outbox.drain() == 0


def test_an_inactive_channel_sends_nothing(desk: Desk, ticket: Ticket) -> None:
    message = answer(desk, ticket)
    Channel.objects.update(is_active=False)
    assert outbox.drain() == 0
    assert states(message) == ["queued"]


def test_solving_with_the_reply(desk: Desk, ticket: Ticket) -> None:
    answer(desk, ticket, then=Status.SOLVED)
    ticket.refresh_from_db()
    assert ticket.status == Status.SOLVED
    assert ticket.next_due_at is None


def test_a_token_that_is_none_fails_its_own_answers_only(desk: Desk, ticket: Ticket) -> None:
    answer = reply(actor=desk.alice, ticket=ticket, conversation=routes(ticket)[0], text="soon")
    channel = Channel.objects.get()
    channel.token = "no token at all"
    channel.save()
    ready_again()

    outbox.drain()

    row = answer.deliveries.get()
    assert (row.state, row.reason) == (DeliveryState.FAILED, "unauthorised")


def test_a_fault_of_ours_stops_no_other_answer(
    desk: Desk, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: TelegramTransport, part: Part) -> Sent:
        raise RuntimeError(part.text)

    monkeypatch.setattr(TelegramTransport, "send", broken)
    answers = [
        reply(actor=desk.alice, ticket=ticket, conversation=routes(ticket)[0], text=text)
        for text in ("one", "two")
    ]
    ready_again()

    outbox.drain()

    states = [answer.deliveries.get().state for answer in answers]
    assert states == [DeliveryState.UNKNOWN, DeliveryState.UNKNOWN]
