"""`manage.py loaddemo`: once, whole or not at all, and only in a demo."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import Team, User
from connectors.demo import saving
from tickets.models import Channel, Contact, Message, Ticket, TicketEvent

pytestmark = pytest.mark.django_db


def run() -> str:
    out = StringIO()
    call_command("loaddemo", stdout=out)
    return out.getvalue()


def figures() -> list[int]:
    return [model._default_manager.count() for model in (User, Ticket, Message, TicketEvent)]


def test_the_second_time_it_says_so_and_does_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEMO = True
    monkeypatch.setenv("DEMO_PASSWORD", "from the environment")
    assert "464 tickets" in run()
    loaded = figures()
    assert User.objects.get(email="mia@kavira.example").check_password("from the environment")
    assert "already" in run()
    assert figures() == loaded


def test_without_a_password_nobody_can_sign_in_with_one(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEMO = True
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    run()
    assert not any(user.has_usable_password() for user in User.objects.all())


def test_a_load_that_breaks_off_leaves_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEMO = True

    def broken(*_: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(saving, "save_events", broken)
    with pytest.raises(RuntimeError, match="killed"):
        run()
    assert figures() == [0, 0, 0, 0]
    for model in (Team, Channel, Contact):
        assert not model._default_manager.exists()


@pytest.mark.parametrize(("demo", "production"), [(False, False), (True, True)])
def test_it_refuses_outside_a_demo(settings: Settings, demo: bool, production: bool) -> None:
    settings.DEMO, settings.PRODUCTION = demo, production
    with pytest.raises(CommandError, match="DEMO"):
        run()
    assert figures() == [0, 0, 0, 0]
