"""One line a request: enough to find it again, and nothing of what was asked or said."""

from __future__ import annotations

import re
from typing import Any

import pytest
import structlog
from django.test import Client
from structlog.testing import capture_logs

from tests.cast import DANA, Desk, Outside, opened

pytestmark = pytest.mark.django_db

CANARY = "canary-of-a-token"


@pytest.fixture(autouse=True)
def _fresh_logger(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was used before a test set logging up anew keeps its old way out."""
    monkeypatch.setattr("helpdesk.middleware.log", structlog.get_logger("helpdesk.middleware"))


def lines(client: Client, *requests: tuple[str, str]) -> list[dict[str, Any]]:
    with capture_logs() as said:
        for method, address in requests:
            client.generic(method, address, headers={"Authorization": CANARY})
    return [dict(line) for line in said if line["event"] == "request"]


def test_who_asked_for_which_route_and_how_it_ended(
    desk: Desk, outside: Outside, client: Client
) -> None:
    ticket = opened(outside.says(DANA, "where is my deposit?"))
    client.force_login(desk.alice)
    seen, missing, nobody = lines(
        client,
        ("GET", f"/tickets/{ticket.pk}/?q={CANARY}"),
        ("GET", f"/files/{CANARY}/"),
        ("GET", f"/{CANARY}/"),
    )
    assert (seen["method"], seen["route"], seen["status"]) == ("GET", "tickets/<int:number>/", 200)
    assert (seen["user"], seen["ms"] > 0) == (desk.alice.pk, True)
    assert (missing["status"], nobody["status"], nobody["route"]) == (404, 404, "")
    everything = f"{seen}{missing}{nobody}"
    for word in (CANARY, "alice@", "Alice", "deposit", f"/{ticket.pk}/"):
        assert word not in everything


def test_a_stranger_has_no_number(client: Client) -> None:
    (line,) = lines(client, ("GET", "/accounts/login/"))
    assert line["user"] is None


def test_the_answer_names_the_same_id_as_the_line(client: Client) -> None:
    from structlog.contextvars import get_contextvars

    answer = client.get("/livez", headers={"X-Request-ID": "of-the-proxy-123"})
    assert answer["X-Request-ID"] == get_contextvars()["request_id"] == "of-the-proxy-123"
    odd = client.get("/livez", headers={"X-Request-ID": "x\nforged"})
    assert re.fullmatch(r"[0-9a-f]{32}", odd["X-Request-ID"])


def test_in_production_each_is_written(client: Client, settings: Any) -> None:
    settings.PRODUCTION = True
    with capture_logs() as said:
        client.get("/livez")
    assert [(line["log_level"], line["route"]) for line in said] == [("info", "livez")]
