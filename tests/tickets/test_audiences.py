"""The words on the buttons that send: whose name stands in them turns nothing around, and is no markup."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import DANA, GROUP, Desk, Outside, opened
from tickets.models import Conversation

pytestmark = pytest.mark.django_db


def test_a_name_has_its_own_direction(client: Client, desk: Desk, outside: Outside) -> None:
    ticket = opened(outside.says({**DANA, "first_name": "رضا"}, "my withdrawal is pending"))
    client.force_login(desk.alice)
    page = client.get(f"/tickets/{ticket.pk}/").content.decode()
    assert "Send to <bdi>رضا</bdi> on <bdi>Telegram</bdi>" in page


def test_a_name_is_no_markup(client: Client, desk: Desk, outside: Outside) -> None:
    ticket = opened(outside.says({**DANA, "first_name": "<b>%(kind)s\u202e"}, "it is pending"))
    client.force_login(desk.alice)
    page = client.get(f"/tickets/{ticket.pk}/").content.decode()
    assert "Send to <bdi>&lt;b&gt;%(kind)s⟨202E⟩</bdi> on <bdi>Telegram</bdi>" in page


def test_a_group_is_named_with_its_people(client: Client, desk: Desk, outside: Outside) -> None:
    ticket = opened(outside.says(DANA, "@KiteHelpBot my withdrawal is pending", chat=GROUP))
    Conversation.objects.filter(external_id=GROUP["id"]).update(title="A & B", member_count=12480)
    client.force_login(desk.alice)
    page = client.get(f"/tickets/{ticket.pk}/").content.decode()
    assert "Post to <bdi>A &amp; B</bdi> (<bdi>12,480</bdi> people)" in page
    assert "Public: everybody in the group will read it." in page
