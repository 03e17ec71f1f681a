"""Where a channel's service is: its own address, the one of the settings, or wherever the sandbox listens today."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from tickets.models import SANDBOX, Channel


@pytest.mark.parametrize(
    ("own", "address"),
    [
        ("", "https://settings.example"),
        ("https://own.example", "https://own.example"),
        (SANDBOX, "http://127.0.0.1:9002"),
    ],
)
def test_the_address(settings: Settings, own: str, address: str) -> None:
    settings.TELEGRAM_API_BASE = "https://settings.example"
    settings.SANDBOX_URL = "http://127.0.0.1:9002"
    assert Channel(kind="telegram", token="1:x", api_base=own).access.api_base == address
