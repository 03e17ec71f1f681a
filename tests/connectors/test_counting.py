"""The people of a group are counted, so that the button that posts there can say how many will read it."""

from __future__ import annotations

import pytest

from connectors.counting import count_due
from connectors.sandbox import world
from tests.sandbox_process import SandboxProcess
from tickets.models import Channel, Conversation

pytestmark = pytest.mark.django_db


def test_a_group_is_counted_once(channel: Channel) -> None:
    group = world.GROUPS[0]
    place = Conversation.objects.create(
        channel=channel, kind="group", external_id=str(group.id), title=group.title
    )
    assert count_due() == 1
    place.refresh_from_db()
    assert place.member_count == group.members
    assert count_due() == 0


def test_a_place_that_cannot_be_asked_waits_for_its_next_turn(
    channel: Channel, bot_api: SandboxProcess
) -> None:
    Conversation.objects.create(channel=channel, kind="group", external_id="-100999", title="Gone")
    assert count_due() == 0
    assert Conversation.objects.get().counted_at is not None
