"""The checker finds what it is there for."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from connectors.sandbox.ledger import Ledger
from tests.chaos.checker import Stored, check
from tests.chaos.visitors import Asked

BOT, PERSON = 7, 31
Change = Callable[[Stored], None]


def agreeing() -> tuple[Stored, Ledger]:
    """Two messages of one person, one of them edited, and one answer."""
    place = {"chat": {"id": PERSON}, "from": {"id": PERSON, "is_bot": False}}
    first = {**place, "message_id": 1, "text": "one"}
    second = {**place, "message_id": 2, "text": "two"}
    answer = {**place, "message_id": 3, "text": "answer", "from": {"id": BOT, "is_bot": True}}
    edited = {**first, "text": "one!"}
    updates = [{"message": first}, {"message": second}, {"edited_message": edited}]
    chat = f"{BOT}.{PERSON}"
    ledger = Ledger.of(
        [
            *({"kind": "message", "chat": chat, "message": each, "at": 0} for each in (first, second, answer)),
            {"kind": "edited", "chat": chat, "message": edited},
            *(
                {"kind": "update", "bot": BOT, "update": {"update_id": number, **each}}
                for number, each in enumerate(updates, start=1)
            ),
            {"kind": "confirmed", "bot": BOT, "offset": 4},
        ]
    )  # fmt: skip
    inbox = [
        {"bot": str(BOT), "external_id": str(number), "state": "done", "reason": ""}
        for number in (1, 2, 3)
    ]
    said = {
        "bot": str(BOT), "chat": str(PERSON), "thread": "", "kind": "private", "ticket": 1, "contact": 5,
        "requester": 5, "person": str(PERSON),
    }  # fmt: skip
    messages = [
        {**said, "external_id": "1", "text": "one!", "versions": 1},
        {**said, "external_id": "2", "text": "two", "versions": 0},
    ]
    sent = {"id": 1, "bot": str(BOT), "chat": str(PERSON), "state": "sent", "external_id": "3"}
    words = [(2, "asked"), (3, "asked, too"), (2, "more"), (2, "and more")]
    forms = [{"ticket": ticket, "text": text} for ticket, text in words]
    return Stored(
        inbox, messages, [{**sent, "text": "answer", "ticket": 1, "shown": False}], forms
    ), ledger


def acknowledged() -> list[Asked]:
    """Two requests by the form: one was sent twice and has two answers."""
    return [Asked("asked", [2, 2], ["more", "and more"]), Asked("asked, too", [3])]


def test_what_agrees_is_no_finding() -> None:
    assert check(*agreeing(), acknowledged()) == []


def on(rows: str, place: int, **values: Any) -> Change:
    return lambda stored: getattr(stored, rows)[place].update(values)


def twice(rows: str) -> Change:
    return lambda stored: getattr(stored, rows).append(deepcopy(getattr(stored, rows)[0]))


def without(rows: str) -> Change:
    return lambda stored: getattr(stored, rows).pop()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (on("inbox", 0, state="open"), "updates are not done"),
        (on("deliveries", 0, state="queued"), "deliveries wait"),
        (without("inbox"), "updates are lost"),
        (on("inbox", 0, external_id="99"), "updates came from nowhere"),
        (twice("inbox"), "updates are stored twice"),
        (without("messages"), "messages are lost"),
        (twice("messages"), "messages are stored twice"),
        (lambda stored: stored.messages.reverse(), "out of order"),
        (on("messages", 0, text="one"), "messages have old words"),
        (on("messages", 1, versions=1), "more versions than edits"),
        (on("messages", 0, person="99"), "somebody else's"),
        (on("messages", 0, requester=6), "another person's ticket"),
        (on("messages", 0, ticket=None), "have no ticket"),
        (on("deliveries", 0, external_id="4"), "answers were never there"),
        (twice("deliveries"), "answers are counted twice"),
        (on("deliveries", 0, state="failed"), "answers were sent twice"),
        (on("deliveries", 0, state="unknown"), "gaps are shown to nobody"),
        (without("forms"), "words of forms are lost"),
        (twice("forms"), "words of forms are stored twice"),
        (on("forms", 3, text="and"), "words of forms came from nowhere"),
        (on("forms", 3, ticket=3), "words of forms came from nowhere"),
        (on("forms", 1, ticket=4), "tickets of forms are lost"),
        (on("forms", 1, ticket=4), "tickets have no form"),
        (lambda stored: stored.forms.append({"ticket": 4, "text": None}), "tickets have no form"),
        (lambda stored: stored.forms.reverse(), "answers on forms are out of order"),
    ],
)
def test_what_does_not_agree_is_told(change: Change, sentence: str) -> None:
    stored, ledger = agreeing()
    change(stored)
    assert any(sentence in each for each in check(stored, ledger, acknowledged()))


def test_what_nobody_confirmed_is_told() -> None:
    stored, ledger = agreeing()
    ledger.updates[0].confirmed = False
    assert any("never confirmed" in each for each in check(stored, ledger))


@pytest.mark.parametrize(
    ("tickets", "sentence"), [([], "never acknowledged"), ([3, 4], "led to several tickets")]
)
def test_what_a_form_led_to_is_told(tickets: list[int], sentence: str) -> None:
    asked = acknowledged()
    asked[1].tickets = tickets
    assert any(sentence in each for each in check(*agreeing(), asked))
