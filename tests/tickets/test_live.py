"""The stream that tells open pages what has changed, from a real server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from accounts.models import User
from tests.cast import DANA, Outside, opened, people, telegram_channel
from tests.live import LiveApp
from tickets.actions.reply import note


def cookies(app: LiveApp, user: User | None) -> dict[str, str]:
    return {each["name"]: each["value"] for each in app.cookies_of(user)} if user else {}


@contextmanager
def stream(
    app: LiveApp, user: User | None, last: str = ""
) -> Iterator[tuple[httpx.Response, Iterator[str]]]:
    """The answer, and its lines as they come."""
    address, headers = f"{app.url}/live/?after={last}", {"Last-Event-ID": last}
    with (
        httpx.Client(timeout=10, trust_env=False, cookies=cookies(app, user)) as client,
        client.stream("GET", address, headers=headers) as answer,
    ):
        yield answer, answer.iter_lines()


def changed(lines: Iterator[str]) -> str:
    """The ticket of the next change."""
    return next(line for line in lines if line.startswith("data: ")).removeprefix("data: ")


@pytest.fixture
def outside(live_app: LiveApp) -> Outside:
    return Outside(telegram_channel(people().team))


def alice() -> User:
    return User.objects.get(email="alice@desk.example")


def test_it_tells_what_happens_and_what_happened_before(
    live_app: LiveApp, outside: Outside
) -> None:
    ticket = opened(outside.says(DANA, "my deposit is missing"))
    with stream(live_app, alice()) as (answer, lines):
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert changed(lines) == str(ticket.pk)
        later = opened(outside.says({**DANA, "id": 7044}, "hello, my KYC failed"))
        while (told := changed(lines)) == str(ticket.pk):
            pass
        assert told == str(later.pk)


def test_another_team_hears_nothing_of_it(live_app: LiveApp, outside: Outside) -> None:
    carol = User.objects.get(email="carol@desk.example")
    ours = opened(outside.says(DANA, "my deposit is missing"))
    others = Outside(telegram_channel(carol.teams.get(), name="Finance bot"))
    with stream(live_app, carol) as (_answer, lines):
        note(actor=alice(), ticket=ours, text="a secret of ours")
        theirs = opened(others.says({**DANA, "id": 7044}, "my invoice is wrong"))
        told = list(_until(lines, f"data: {theirs.pk}"))
    assert f"data: {ours.pk}" not in told


def _until(lines: Iterator[str], last: str) -> Iterator[str]:
    for line in lines:
        yield line
        if line == last:
            return


def test_who_is_signed_out_hears_bye_and_is_not_redirected(
    live_app: LiveApp, outside: Outside
) -> None:
    opened(outside.says(DANA, "my deposit is missing"))
    gone = User.objects.get(email="gone@desk.example")
    for user in (None, gone):
        with stream(live_app, user) as (answer, lines):
            assert answer.status_code == 200
            assert next(lines) == "event: bye"
            assert [line for line in lines if "id:" in line] == []


@pytest.mark.parametrize("after", ["x", "-1", "9" * 30, "%00", "1e5"])
def test_nonsense_for_a_position_is_none(live_app: LiveApp, outside: Outside, after: str) -> None:
    ticket = opened(outside.says(DANA, "my deposit is missing"))
    with stream(live_app, alice(), last=after) as (answer, lines):
        assert answer.status_code == 200
        assert changed(lines) == str(ticket.pk)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_it_is_only_read(live_app: LiveApp, outside: Outside, method: str) -> None:
    address = f"{live_app.url}/live/"
    answer = httpx.request(method, address, cookies=cookies(live_app, alice()), trust_env=False)
    assert answer.status_code in (403, 405)
