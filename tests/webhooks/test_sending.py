"""What arrives at the other end: signed, without anybody's words, again until somebody says 2xx."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db.models.functions import Now
from django.utils import timezone

from tests.cast import DANA, Desk, Outside, opened
from tests.webhooks.conftest import Subscribe
from tests.webhooks.receiver import Receiver, Say
from tests.webhooks.test_feed import in_thread
from tickets.actions.reply import note, reply, routes
from tickets.actions.status import assign, change_status
from webhooks.actions import deliveries, feed, subscriptions
from webhooks.kinds import Kind
from webhooks.models import OffReason, Subscription, WebhookDelivery, WebhookState
from webhooks.tasks import tidy, work

pytestmark = pytest.mark.django_db


def verified(secret: str, headers: dict[str, str], body: bytes, *, now: float) -> bool:
    """As docs/webhooks.md tells receivers to do it."""
    if abs(now - int(headers["Webhook-Timestamp"])) > 300:
        return False
    signed = f"{headers['Webhook-Id']}.{headers['Webhook-Timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    given = headers["Webhook-Signature"].split()
    return any(hmac.compare_digest(expected, each) for each in given)


def due_now() -> None:
    """Let the time of every wait pass."""
    WebhookDelivery.objects.update(not_before=Now())
    Subscription.objects.update(not_before=Now())


def one(**fields: Any) -> WebhookDelivery:
    return WebhookDelivery.objects.get(**fields)


def test_an_event_arrives_signed(
    outside: Outside, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscription = subscribe(kinds=[Kind.OPENED])
    ticket = opened(outside.says(DANA, "where is my deposit?"))
    work()
    (got,) = receiver.got
    assert got.path == "/hooks/desk?from=desk"
    assert got.headers["Content-Type"] == "application/json"
    assert verified(subscription.secret, got.headers, got.body, now=time.time())
    assert not verified(subscription.secret, got.headers, got.body + b" ", now=time.time())
    assert not verified(subscription.secret, got.headers, got.body, now=time.time() + 301)
    delivery = one()
    assert got.said["id"] == got.headers["Webhook-Id"] == str(delivery.uuid)
    assert got.said["event"] == "ticket.opened"
    assert got.said["ticket"]["number"] == ticket.pk
    assert got.said["ticket"]["url"].endswith(f"/tickets/{ticket.pk}/")
    assert got.said["ticket"]["team"] == {"id": ticket.team_id, "name": "Support"}
    assert (delivery.state, delivery.status, delivery.answer) == (WebhookState.SENT, 200, "ok")
    assert delivery.milliseconds is not None
    work()
    assert len(receiver.got) == 1


def test_nobodys_words_and_no_real_name_go_out(
    desk: Desk, outside: Outside, subscribe: Subscribe, receiver: Receiver
) -> None:
    desk.alice.public_alias = "Al"
    desk.alice.save()
    subscribe()
    said = outside.says(DANA, "canary-of-a-question", username="canary_handle")
    ticket = opened(said)
    reply(actor=desk.alice, ticket=ticket, conversation=routes(ticket)[0], text="canary-of-a-reply")
    note(actor=desk.alice, ticket=ticket, text="canary-of-a-note")
    assign(actor=desk.bob, ticket=ticket, assignee=desk.alice)
    change_status(actor=desk.bob, ticket=ticket, status="pending")
    work()
    everything = b"\n".join(got.body for got in receiver.got).decode()
    assert len(receiver.got) == WebhookDelivery.objects.filter(state=WebhookState.SENT).count() > 5
    for word in ("canary", "Dana", "dana_r", "7001", "Alice", "desk.example"):
        assert word not in everything
    assert '"name": "Al"' in everything
    changed = next(got.said for got in receiver.got if got.said["event"] == "ticket.status_changed")
    assert changed["change"]["to"] == "pending"
    assert changed["actor"] == {"id": desk.bob.pk, "name": "Support"}


def test_both_secrets_sign_for_a_day(
    desk: Desk, outside: Outside, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscription = subscribe(kinds=[Kind.OPENED])
    new = subscriptions.rotate(actor=desk.admin, subscription=subscription)
    outside.says(DANA, "where is my deposit?")
    work()
    for secret in (subscription.secret, new):
        assert verified(secret, receiver.got[0].headers, receiver.got[0].body, now=time.time())
    Subscription.objects.update(former_until=Now() - timedelta(seconds=1))
    deliveries.resend(actor=desk.admin, delivery=one())
    work()
    again = receiver.got[1]
    assert again.headers["Webhook-Id"] == receiver.got[0].headers["Webhook-Id"]
    assert verified(new, again.headers, again.body, now=time.time())
    assert not verified(subscription.secret, again.headers, again.body, now=time.time())


def test_a_failure_is_tried_again_with_the_same_body_later_and_later(
    desk: Desk, outside: Outside, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscribe(kinds=[Kind.OPENED])
    ticket = opened(outside.says(DANA, "where is my deposit?"))
    receiver.say = Say(status=500, body=b"<b>broken</b>" + b"x" * 5000)
    work()
    delivery = one()
    assert (delivery.state, delivery.reason, delivery.status) == ("queued", "status", 500)
    assert delivery.answer.startswith("<b>broken</b>xx")
    assert len(delivery.answer) == 1024
    waits = [delivery.not_before - timezone.now()]
    work()
    assert len(receiver.got) == 1, "not before its time"
    change_status(actor=desk.bob, ticket=ticket, status="solved")
    for _ in range(2):
        due_now()
        work()
        waits.append(one().not_before - timezone.now())
    assert [round(wait.total_seconds(), -1) for wait in waits] == [10, 60, 300]
    receiver.say = Say()
    due_now()
    work()
    assert one().state == WebhookState.SENT
    assert len({(got.body, got.headers["Webhook-Id"]) for got in receiver.got}) == 1
    assert Subscription.objects.get().failures == 0


def test_retry_after_is_obeyed(outside: Outside, subscribe: Subscribe, receiver: Receiver) -> None:
    subscribe(kinds=[Kind.OPENED])
    outside.says(DANA, "where is my deposit?")
    receiver.say = Say(status=429, headers=(("Retry-After", "900"),))
    work()
    waits = [one().not_before, Subscription.objects.get().not_before]
    assert all(890 < (at - timezone.now()).total_seconds() < 910 for at in waits)


@pytest.mark.parametrize("say", [Say(status=302, headers=(("Location", "/elsewhere"),)), Say(404)])
def test_only_2xx_counts(
    outside: Outside, subscribe: Subscribe, receiver: Receiver, say: Say
) -> None:
    subscribe(kinds=[Kind.OPENED])
    outside.says(DANA, "where is my deposit?")
    receiver.say = say
    work()
    assert [got.path for got in receiver.got] == ["/hooks/desk?from=desk"]
    assert (one().state, one().status) == (WebhookState.QUEUED, say.status)


def test_a_place_where_nobody_answers_is_left_alone_and_holds_up_no_other(
    outside: Outside, subscribe: Subscribe, receiver: Receiver
) -> None:
    dead = subscribe(kinds=[Kind.RECEIVED], url="http://127.0.0.1:9/")
    for _ in range(5):
        outside.says(DANA, "hello?")
    subscribe(kinds=[Kind.RECEIVED], after_event=0)
    work()
    assert len(receiver.got) == 5
    assert dead.deliveries.exclude(tries=0).count() == 1, "one try told us enough"
    assert one(subscription=dead, tries=1).reason == "no_answer"


def test_a_slow_one_gets_few_calls_at_once(
    outside: Outside, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscription = subscribe(kinds=[Kind.RECEIVED])
    for _ in range(6):
        outside.says(DANA, "hello?")
    feed.read()
    claimed = [deliveries.claim() for _ in range(6)]
    assert sum(each is not None for each in claimed) == deliveries.PARALLEL
    subscription.deliveries.update(state=WebhookState.QUEUED)
    Subscription.objects.update(failures=1)
    claimed = [deliveries.claim() for _ in range(6)]
    assert sum(each is not None for each in claimed) == 1


def test_after_a_crash_it_is_sent_again_under_the_same_id(
    outside: Outside, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscribe(kinds=[Kind.OPENED])
    outside.says(DANA, "where is my deposit?")
    feed.read()
    claimed = deliveries.claim()
    assert claimed is not None
    deliveries.deliver(claimed)
    WebhookDelivery.objects.update(state=WebhookState.SENDING)  # died before it could write it down
    tidy()
    work()
    assert len(receiver.got) == 1, "it may still be under way"
    WebhookDelivery.objects.update(claimed_at=Now() - timedelta(minutes=3))
    tidy()
    work()
    assert len({got.headers["Webhook-Id"] for got in receiver.got}) == 1
    assert (len(receiver.got), one().state) == (2, WebhookState.SENT)


@pytest.mark.django_db(transaction=True)
def test_several_workers_send_each_once(
    outside: Outside, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscribe(kinds=[Kind.RECEIVED])
    subscribe(kinds=[Kind.RECEIVED])
    for _ in range(8):
        outside.says(DANA, "hello?")
    receiver.say = Say(wait=lambda: time.sleep(0.02))
    barrier = threading.Barrier(4)

    def run() -> None:
        barrier.wait()
        work()

    for thread in [in_thread(run) for _ in range(4)]:
        thread.join()
    work()
    ids = [got.headers["Webhook-Id"] for got in receiver.got]
    assert len(ids) == len(set(ids)) == 16
    assert not WebhookDelivery.objects.exclude(state=WebhookState.SENT).exists()


# --- Dead ends


def test_it_is_given_up_after_three_days_and_the_place_is_switched_off_and_told(
    desk: Desk, outside: Outside, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscription = subscribe(kinds=[Kind.OPENED, Kind.RECEIVED])
    outside.says(DANA, "where is my deposit?")
    receiver.say = Say(status=500)
    work()
    tidy()
    assert mail.outbox == []
    Subscription.objects.update(failing_since=Now() - timedelta(days=3, minutes=1))
    due_now()
    work()
    subscription.refresh_from_db()
    assert (subscription.is_active, subscription.off_reason) == (False, OffReason.DEAD_END)
    assert {row.state for row in WebhookDelivery.objects.all()} == {WebhookState.FAILED}
    tidy()
    tidy()
    (letter,) = mail.outbox
    assert letter.to == [desk.admin.email]
    assert subscription.name in letter.subject
    assert f"/webhooks/{subscription.pk}/" in letter.body
    calls = len(receiver.got)
    outside.says(DANA, "still nothing")
    due_now()
    work()
    assert len(receiver.got) == calls


def test_the_last_try_is_the_thirteenth(
    outside: Outside, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscribe(kinds=[Kind.OPENED])
    outside.says(DANA, "where is my deposit?")
    receiver.say = Say(status=400)
    for _ in range(15):
        due_now()
        work()
    assert (one().state, one().reason, len(receiver.got)) == (WebhookState.FAILED, "gave_up", 13)
    assert timedelta(days=3) < timedelta(seconds=sum(deliveries.WAITS)) < timedelta(days=4)


def test_410_switches_off_at_once(
    outside: Outside, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscription = subscribe(kinds=[Kind.OPENED])
    outside.says(DANA, "where is my deposit?")
    receiver.say = Say(status=410)
    work()
    subscription.refresh_from_db()
    assert (subscription.is_active, subscription.off_reason) == (False, OffReason.GONE)


def test_a_mail_server_that_is_away_is_asked_again(
    desk: Desk, subscribe: Subscribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise ConnectionRefusedError

    subscribe(is_active=False, off_reason=OffReason.DEAD_END)
    with monkeypatch.context() as patched:
        patched.setattr(subscriptions, "send_mail", away)
        tidy()
    assert mail.outbox == []
    tidy()
    assert len(mail.outbox) == 1


def test_switched_on_again_it_is_told_of_what_happens_from_then_on(
    desk: Desk, outside: Outside, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscription = subscribe(kinds=[Kind.RECEIVED])
    outside.says(DANA, "before")
    feed.read()
    subscriptions.pause(actor=desk.admin, subscription=subscription)
    outside.says(DANA, "meanwhile")
    work()
    assert receiver.got == []
    subscriptions.resume(actor=desk.admin, subscription=subscription)
    outside.says(DANA, "after")
    work()
    assert len(receiver.got) == 2, "what waited and what came after"


def test_old_rows_go_and_young_ones_stay(
    outside: Outside, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscribe(kinds=[Kind.RECEIVED])
    outside.says(DANA, "hello?")
    outside.says(DANA, "hello?")
    work()
    old = WebhookDelivery.objects.order_by("pk")[0]
    WebhookDelivery.objects.filter(pk=old.pk).update(created_at=Now() - timedelta(days=31))
    tidy()
    assert not WebhookDelivery.objects.filter(pk=old.pk).exists()
    assert WebhookDelivery.objects.count() == 1


def test_a_body_is_json_in_utf_8(
    outside: Outside, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscription = subscribe(kinds=[Kind.OPENED])
    subscription.deliveries.create(kind="ping")
    outside.channel.team.name = "پشتیبانی"
    outside.channel.team.save()
    outside.says(DANA, "where is my deposit?")
    work()
    said = {got.said["event"]: got.said for got in receiver.got}
    ping, opening = said["ping"], said["ticket.opened"]
    assert ping.keys() == {"id", "event", "created_at"}
    assert opening["ticket"]["team"]["name"] == "پشتیبانی"
