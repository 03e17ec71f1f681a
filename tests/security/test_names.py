"""Words that turn, hide or bury what stands around them: shown for what they are, in order, and in time."""

from __future__ import annotations

import time
import unicodedata
from typing import Any

import pytest
from django.test import Client

from helpdesk.templatetags import look
from tests.cast import DANA, Desk, Outside, opened
from tickets.models import Attachment, FileState, Message, Ticket
from tickets.names import safe_file_name

pytestmark = pytest.mark.django_db

TURNING = [
    chr(each) for each in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x61C)
]
UNSEEN = [
    chr(each)
    for each in (
        0xAD, 0x115F, 0x1160, 0x17B4, 0x180E, 0x200B, 0x2028, 0x2029, 0x2060, 0x2063, 0x206A, 0x2800, 0x3164, 0xFEFF,
        0xFFA0, 0xFFF9, 0xE0001, 0xE0041, 0x7F, 0x85, 0x9B,
    )
]  # fmt: skip
TOWER = "a" + "\u0335\u0346\u031a\u0315" * 2_500


@pytest.mark.parametrize("sign", TURNING + UNSEEN, ids=lambda sign: f"{ord(sign):X}")
def test_no_name_turns_or_hides_anything(sign: str) -> None:
    for shown in (look.visible(f"Sup{sign}port"), look.visible(safe_file_name(f"a{sign}b.exe"))):
        assert sign not in shown
    assert f"{ord(sign):04X}" in look.visible(f"Sup{sign}port")


@pytest.mark.parametrize(
    "name", ["می‌آید", "👩‍💻", "❤️‍🔥", "1️⃣", "việt", "مُحَمَّد", "ไม่เป็นไร", "नमस्ते", "王磊", "Ö'Brien"]
)
def test_honest_names_stay_as_they_are(name: str) -> None:
    assert look.visible(name) == name
    assert look.said(name) == name


@pytest.mark.parametrize(
    "tower",
    [
        TOWER,
        "a" + "\u0301" * 10_000,
        "a" + "\u20dd" * 10_000,
        "a" + "\u0301\u200d" * 5_000,
        "a" + "\u034f\u0301" * 5_000,
        "ก" + "\u0e49" * 10_000,
        "a" + "\ufe0f" * 10_000,
        "a\u0301\u0301\u0301\u0301" * 3_000,
    ],
)
def test_towers_of_marks_fall(tower: str) -> None:
    for shown in (look.visible(tower), look.said(tower)):
        run = longest = 0
        for sign in shown:
            run = run + 1 if unicodedata.category(sign) in ("Mn", "Me", "Cf") else 0
            longest = max(longest, run)
        assert longest <= look.MARKS_IN_A_ROW


def test_taming_takes_time_in_proportion() -> None:
    def took(text: str) -> float:
        began = time.perf_counter()
        look.said(text)
        look.visible(text)
        return time.perf_counter() - began

    assert took(TOWER + "ي\u0301" * 8_000) < 0.2


def test_a_message_turns_no_amount_around() -> None:
    assert look.said("send \u202e0001\u202c USDT") == "send ⟨202E⟩0001\u202c USDT"
    assert look.said("متن \u2067فارسی\u2069") == "متن \u2067فارسی\u2069", "isolates are honest"


@pytest.fixture
def ticket(outside: Outside) -> Ticket:
    hostile = "Support\u202etroppuS"
    said = outside.says(
        {**DANA, "first_name": hostile, "username": "adm\u200bin"},
        f"pay me \u202e0001 USDT {TOWER}",
        document={"file_id": "f", "file_name": "invoice\u202efdp.exe", "file_size": 10},
    )
    ticket = opened(said)
    group = outside.says(
        DANA,
        "/ticket where is it",
        chat={"id": -1009, "type": "supergroup", "title": "VIP\u202e PIV"},
    )
    Message.objects.filter(pk=group.message.pk).update(ticket=ticket)
    Attachment.objects.update(state=FileState.STORED)
    return ticket


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_no_page_lets_a_stranger_turn_it(
    desk: Desk, ticket: Ticket, client: Client, headers: dict[str, str]
) -> None:
    client.force_login(desk.alice)
    page = ""
    for address in ("/tickets/?view=open", f"/tickets/{ticket.pk}/"):
        began = time.perf_counter()
        page = client.get(address, headers=headers).content.decode()
        assert time.perf_counter() - began < 2
        assert not {"\u202e", "\u202d", "\u200b"} & set(page)
        assert "\u0335\u0346\u031a\u0315\u0335" not in page
        assert "⟨202E⟩" in page
        assert ("invoicefdp.exe" in page) == address.endswith(f"/{ticket.pk}/")


@pytest.mark.parametrize("name", ["Sup\u202eport", "\u3164", "a\u200bb", TOWER[:60], "x\u2066y"])
@pytest.mark.parametrize("field", ["display_name", "public_alias"])
def test_staff_has_no_such_names_either(desk: Desk, client: Client, field: str, name: str) -> None:
    client.force_login(desk.alice)
    form: dict[str, Any] = {
        "display_name": "Alice", "public_alias": "Al", "languages": ["en"], "time_zone": "UTC", "ui_language": "en",
        "availability": "busy", "theme": "dark", "undo_seconds": "3",
    }  # fmt: skip
    answer = client.post("/profile/", form | {field: name[:40]})
    assert answer.status_code == 422
    assert "invisible characters" in answer.content.decode()
    assert client.post("/profile/", form | {field: "می‌آید"}).status_code == 302
