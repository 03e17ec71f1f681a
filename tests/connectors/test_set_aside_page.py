"""The page of what was set aside."""

from __future__ import annotations

import pytest
from django.test import Client

from connectors.models import InboundUpdate, UpdateState
from tests.cast import DANA, Desk, Outside, telegram_channel

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(outside: Outside) -> InboundUpdate:
    row = outside.keep(outside.said(DANA, "my words are private"))
    row.state, row.tries, row.reason = UpdateState.SET_ASIDE, 5, "KeyError in receive, line 3"
    row.save()
    return row


def test_a_lead_sees_the_reason_and_never_the_text(
    desk: Desk, row: InboundUpdate, client: Client
) -> None:
    client.force_login(desk.bob)
    page = client.get("/updates/").content.decode()
    assert "KeyError in receive, line 3" in page
    assert "my words are private" not in page


def test_replay_puts_it_back(desk: Desk, row: InboundUpdate, client: Client) -> None:
    client.force_login(desk.bob)
    answer = client.post(f"/updates/{row.pk}/replay/", follow=True)
    assert "in line again" in answer.content.decode()
    row.refresh_from_db()
    assert (row.state, row.tries) == (UpdateState.OPEN, 0)
    answer = client.post(f"/updates/{row.pk}/replay/")
    assert answer.status_code == 404


def test_replay_as_a_fragment(desk: Desk, row: InboundUpdate, client: Client) -> None:
    client.force_login(desk.bob)
    answer = client.post(f"/updates/{row.pk}/replay/", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()
    assert "in line again" in answer.content.decode()


def test_what_could_not_be_kept_cannot_be_replayed(
    desk: Desk, row: InboundUpdate, client: Client
) -> None:
    InboundUpdate.objects.update(raw="")
    client.force_login(desk.bob)
    answer = client.post(f"/updates/{row.pk}/replay/", follow=True)
    assert "nothing to replay" in answer.content.decode()
    row.refresh_from_db()
    assert row.state == UpdateState.SET_ASIDE


def test_another_teams_updates_are_out_of_sight(
    desk: Desk, row: InboundUpdate, client: Client
) -> None:
    channel = telegram_channel(desk.other_team, name="Other bot")
    InboundUpdate.objects.update(channel=channel)
    client.force_login(desk.bob)
    assert "KeyError" not in client.get("/updates/").content.decode()
    assert client.post(f"/updates/{row.pk}/replay/").status_code == 404
    client.force_login(desk.admin)
    assert "KeyError" in client.get("/updates/").content.decode()


def test_long_lists_have_pages(desk: Desk, row: InboundUpdate, client: Client) -> None:
    InboundUpdate.objects.bulk_create(
        InboundUpdate(
            channel=row.channel,
            external_id=f"x{number}",
            raw="{}",
            state=UpdateState.SET_ASIDE,
            reason=f"reason {number:03}",
        )
        for number in range(60)
    )
    client.force_login(desk.bob)
    first = client.get("/updates/")
    assert first.content.decode().count("reason 0") == 50
    second = client.get(first.context["older_url"]).content.decode()
    assert second.count("reason 0") == 10
    assert "KeyError" in second
