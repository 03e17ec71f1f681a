"""The inbox: what comes in is stored once, whatever it is, and never with a secret in it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from connectors.inbox import reopen, store
from connectors.models import InboundUpdate, UpdateState
from connectors.raw import Raw
from connectors.registry import door
from tests.cast import DANA, Outside
from tests.readings.secret_makers import phrase, wif

pytestmark = pytest.mark.django_db


def raw(number: int = 1, **fields: str) -> Raw:
    values = {"text": "{}", "external_id": str(number), "conversation_key": "7"}
    return Raw(**{**values, **fields})  # type: ignore[arg-type]


def test_what_comes_twice_is_stored_once(outside: Outside) -> None:
    for batch in ([raw(1), raw(2), raw(1)], [raw(2), raw(3)]):
        with transaction.atomic():
            store(outside.channel, batch)
    assert list(InboundUpdate.objects.values_list("external_id", flat=True)) == ["1", "2", "3"]


@pytest.mark.parametrize("text", ["\x00", "\udc80 lone", '"\x00"'])
def test_a_row_that_is_refused_stops_neither_its_batch_nor_the_next(
    outside: Outside, text: str
) -> None:
    for _again in range(2):
        with transaction.atomic():
            store(outside.channel, [raw(1), raw(2, text=text), raw(3)])
    rows = InboundUpdate.objects.order_by("pk")
    assert [row.state for row in rows] == ["open", "set_aside", "open"]
    refused = rows[1]
    assert refused.raw == ""
    assert refused.reason.startswith("cannot be stored: ")
    assert reopen([refused]) == 0


def test_secrets_are_hidden_before_anything_is_stored(outside: Outside) -> None:
    seed, key = phrase("english", 12, 1), wif(2)
    said = outside.said(DANA, "words: " + " ".join(seed), caption=f"key {key}")
    row = outside.keep(said)
    assert len(row.masked) == 2
    assert key not in row.raw
    assert " ".join(seed[:3]) not in row.raw
    assert json.loads(row.raw)["message"]["from"] == DANA


def test_what_nobody_can_parse_keeps_its_shape_only(outside: Outside) -> None:
    broken = '{"update_id": 5, "message": {"text": "my key is hunter2"'
    found = door("telegram").read(broken)
    assert "hunter2" not in found.text
    with transaction.atomic():
        store(outside.channel, [found])
    assert InboundUpdate.objects.get().state == UpdateState.OPEN


def test_a_number_that_comes_again_after_a_quiet_week_is_another_update(outside: Outside) -> None:
    first = outside.keep(outside.said(DANA, "in spring"))
    again = Raw(text='{"other": "words"}', external_id=first.external_id, conversation_key="k")
    store(outside.channel, [again])
    assert InboundUpdate.objects.count() == 1, "within a week it is the same, whatever it holds"
    InboundUpdate.objects.update(received_at=timezone.now() - timedelta(days=8))
    for _twice in range(2):
        store(outside.channel, [again, replace(again, text=first.raw)])
    assert InboundUpdate.objects.count() == 2
    assert InboundUpdate.objects.filter(raw=again.text).get().external_id != first.external_id
