"""A kept row shows what is true now: whatever it shows is part of what it is kept by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.cast import DANA, EMRE, Desk, Outside, opened
from tickets.models import Contact, Ticket, Topic
from tickets.views import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(desk: Desk, outside: Outside) -> Ticket:
    found = opened(outside.says(DANA, "my withdrawal is pending"))
    topic = Topic.objects.create(slug="stuck", names={"en": "Stuck", "fa": "معطل"})
    due = timezone.now() + timedelta(hours=5)
    Ticket.objects.filter(pk=found.pk).update(topic=topic, assignee=desk.alice, next_due_at=due)
    found.refresh_from_db()
    return found


def queue(client: Client, viewer: User) -> str:
    client.force_login(viewer)
    return client.get("/tickets/?view=open", headers={"HX-Request": "true"}).content.decode()


CHANGES: dict[str, tuple[Callable[[Ticket], object], str]] = {
    "requester": (
        lambda ticket: Contact.objects.filter(pk=ticket.requester_id).update(name="Dana Whitfield"),
        "Dana Whitfield",
    ),
    "assignee": (
        lambda ticket: User.objects.filter(assigned_tickets=ticket).update(display_name="Al Green"),
        ">AG</span>",
    ),
    "topic": (
        lambda ticket: Topic.objects.filter(tickets=ticket).update(names={"en": "Not moving"}),
        "Not moving",
    ),
    "subject": (
        lambda ticket: Ticket.objects.filter(pk=ticket.pk).update(subject="Another matter"),
        "Another matter",
    ),
    "priority": (
        lambda ticket: Ticket.objects.filter(pk=ticket.pk).update(priority="urgent"),
        "priority--urgent",
    ),
    "status": (
        lambda ticket: Ticket.objects.filter(pk=ticket.pk).update(status="on_hold"),
        "row--on_hold",
    ),
    "public": (
        lambda ticket: Ticket.objects.filter(pk=ticket.pk).update(is_public=True),
        'aria-label="Public"',
    ),
    "nobody has it": (
        lambda ticket: Ticket.objects.filter(pk=ticket.pk).update(assignee=None),
        "avatar--nobody",
    ),
    "no deadline": (
        lambda ticket: Ticket.objects.filter(pk=ticket.pk).update(next_due_at=None),
        'aria-label="Paused"',
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_shows_at_once(client: Client, desk: Desk, ticket: Ticket, what: str) -> None:
    """Written past the actions and without a new version: even then."""
    change, sign = CHANGES[what]
    assert sign not in queue(client, desk.bob)
    change(ticket)
    assert sign in queue(client, desk.bob)


def test_everybody_has_it_in_their_language_and_time(
    client: Client, desk: Desk, ticket: Ticket
) -> None:
    User.objects.filter(pk=desk.bob.pk).update(ui_language="fa", time_zone="Asia/Tehran")
    theirs = f"{timezone.localtime(ticket.next_due_at, timezone.get_fixed_timezone(210)):%H:%M}"
    own = f"{ticket.next_due_at:%H:%M} UTC"

    english, persian = queue(client, desk.alice), queue(client, desk.bob)

    assert "Stuck" in english and own in english
    assert "معطل" in persian and "Stuck" not in persian
    assert f"{theirs} +0330" in persian and own not in persian
    assert "Stuck" in (again := queue(client, desk.alice)) and own in again


def test_it_is_mine_only_for_me(client: Client, desk: Desk, ticket: Ticket) -> None:
    assert "avatar--me" in queue(client, desk.alice)
    assert "avatar--me" not in queue(client, desk.bob)
    assert "avatar--me" in queue(client, desk.alice)


def test_another_team_never_gets_it(client: Client, desk: Desk, ticket: Ticket) -> None:
    assert ticket.subject in queue(client, desk.alice)
    assert ticket.subject not in queue(client, desk.carol)


def test_the_clock_goes_on_in_a_kept_row(
    client: Client, desk: Desk, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = queue(client, desk.alice)
    drawn = rows._lasting.cache_info().misses
    later = timezone.now() + timedelta(hours=4, minutes=50)
    monkeypatch.setattr("tickets.views.queue.timezone.now", lambda: later)
    after = queue(client, desk.alice)
    assert 'data-level="calm"' in before and 'data-level="urgent"' in after
    assert rows._lasting.cache_info().misses == drawn


def test_what_strangers_typed_stays_text_in_a_kept_row(
    client: Client, desk: Desk, outside: Outside
) -> None:
    opened(outside.says({**EMRE, "first_name": "<b>x</b>\u202e"}, "<script>1</script> help"))
    for _time in range(2):
        page = queue(client, desk.alice)
        assert "<b>x" not in page and "<script>1" not in page and "\u202e" not in page
        assert "&lt;b&gt;x" in page
