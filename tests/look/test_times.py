"""Deadlines, waits and stamps as the server writes them; static/js/times.js goes on from there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.template import Context, Template
from django.utils import timezone

from helpdesk.templatetags import look

NOW = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("left", "text", "level"),
    [
        (timedelta(days=3, hours=5), "3d", "calm"),
        (timedelta(hours=47, minutes=59), "47h", "calm"),
        (timedelta(hours=10), "10h", "calm"),
        (timedelta(hours=9, minutes=59), "9h59m", "calm"),
        (timedelta(hours=3, minutes=5), "3h05m", "calm"),
        (timedelta(hours=1), "1h00m", "calm"),
        (timedelta(minutes=59, seconds=59), "59m", "soon"),
        (timedelta(minutes=15), "15m", "soon"),
        (timedelta(minutes=14, seconds=59), "14m", "urgent"),
        (timedelta(minutes=2), "2m", "urgent"),
        (timedelta(seconds=119), "119s", "urgent"),
        (timedelta(0), "0s", "urgent"),
        (timedelta(seconds=-1), "−1m", "late"),
        (timedelta(minutes=-12), "−12m", "late"),
        (timedelta(hours=-3, minutes=-5), "−3h05m", "late"),
    ],
)
def test_time_left(left: timedelta, text: str, level: str) -> None:
    assert look.countdown(left) == text
    assert look.level(left) == level


@pytest.mark.parametrize(
    ("past", "text"),
    [
        (timedelta(seconds=-5), "0m"),
        (timedelta(seconds=59), "0m"),
        (timedelta(minutes=14, seconds=59), "14m"),
        (timedelta(hours=27), "27h"),
        (timedelta(hours=48), "2d"),
    ],
)
def test_time_gone_by_has_one_unit(past: timedelta, text: str) -> None:
    assert look.elapsed(past) == text


@time_machine.travel(NOW, tick=False)
def test_deadline_carries_what_the_script_needs() -> None:
    at = NOW + timedelta(minutes=42)
    html = Template("{% load look %}{% due at %}").render(Context({"at": at}))

    assert f'data-due="{int(at.timestamp())}"' in html
    assert 'data-level="soon"' in html
    assert ">42m</time>" in html


def test_no_deadline_is_a_dash_or_a_pause() -> None:
    assert "No deadline" in look.due(None)
    assert "Paused" in look.due(None, paused=True)


@time_machine.travel(NOW, tick=False)
def test_days_are_the_viewers_own() -> None:
    """21:30 UTC is past midnight in Tehran."""
    with timezone.override(ZoneInfo("Asia/Tehran")):
        assert look.day_line(NOW) == "Today"
        assert look.day_line(NOW - timedelta(hours=2)) == "Yesterday"
        assert ">01:00</time>" in look.stamp(NOW)
    assert look.day_line(NOW - timedelta(hours=2)) == "Today"
    assert look.day_line(NOW - timedelta(days=400)) == "18 October 2025"


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Asia/Tehran", "01:00 (UTC+3:30)"),
        ("America/New_York", "16:30 (UTC-5)"),
        ("UTC", "21:30 (UTC+0)"),
        ("Mars/Base", ""),
        ("../etc/passwd", ""),
    ],
)
def test_where_the_requester_lives(zone: str, shown: str) -> None:
    assert look.local_time(zone) == shown
