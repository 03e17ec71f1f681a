"""`manage.py form` opens and closes the one form there is."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from tests.cast import Desk
from tests.portal.door import Visitor
from tickets.models import Channel

pytestmark = pytest.mark.django_db


def form(*arguments: str) -> str:
    out = io.StringIO()
    call_command("form", *arguments, stdout=out)
    return out.getvalue()


def test_it_opens_closes_and_opens_again(desk: Desk) -> None:
    assert "/help/contact/" in form("open", "--team", "Finance", "--language", "tr")
    ticket = Visitor().asks()
    assert ticket.team == desk.other_team
    form("close")
    assert "closed" in Visitor().client.get("/help/contact/").content.decode()
    form("open", "--team", "Support")
    channel = Channel.objects.get(kind="form")
    assert (channel.team, channel.is_active) == (desk.team, True)
    assert ticket.messages.filter(conversation__channel=channel).exists()


def test_a_team_that_is_not_there(desk: Desk) -> None:
    with pytest.raises(CommandError, match="no team named Nobody"):
        form("open", "--team", "Nobody")
