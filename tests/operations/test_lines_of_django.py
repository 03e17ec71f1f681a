"""What Django itself says of a request that failed: never its address, which may be a link that opens something."""

from __future__ import annotations

import io
import json
import logging
import logging.config
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from helpdesk import crypto
from helpdesk.crypto import new_token
from helpdesk.logs import logging_config

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """The log as a container in production writes it."""
    config = logging_config(json=True)
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    line = config["formatters"]["line"]
    handler.setFormatter(logging.config.DictConfigurator(config).configure_formatter(line))
    logger = logging.getLogger("django")
    logger.addHandler(handler)
    yield written
    logger.removeHandler(handler)


@pytest.mark.parametrize("error", [RuntimeError("x"), OperationalError("server closed")])
def test_a_link_that_could_not_be_opened(
    lines: io.StringIO, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(_token: str) -> None:
        raise error

    monkeypatch.setattr("portal.views.requests.link_of", fails)
    address = f"/help/requests/open/{new_token()}/?lang=en"
    status = Client(raise_request_exception=False).get(address).status_code

    (line,) = map(json.loads, lines.getvalue().splitlines())
    assert (line["status_code"], line["level"]) == (status, "error")
    assert line["route"] == "help/requests/open/<str:token>/"
    assert address.split("/")[4] not in lines.getvalue() and "lang=" not in lines.getvalue()


def test_a_form_without_its_token(lines: io.StringIO) -> None:
    token = new_token()
    Client(enforce_csrf_checks=True).post(f"/help/requests/open/{token}/")
    assert '"Forbidden (CSRF cookie not set.)"' in lines.getvalue()
    assert token not in lines.getvalue()


@pytest.mark.parametrize("path", ["/files/{}/", "/files/requests/{}/"])
@pytest.mark.parametrize(
    "token",
    [
        crypto.seal("form", "key", 1.5),
        crypto.seal("puzzle", "f" * 64, 1.5, 15),
        crypto.seal("visit", 1, 2, "key"),
        crypto.encrypt("1"),
        crypto.encrypt("a bot's token"),
    ],
    ids="form puzzle visit number words".split(),
)
def test_what_was_sealed_for_something_else_opens_no_file(
    client: Client, settings: Any, path: str, token: str
) -> None:
    settings.FILES_HOST = "files.testserver"
    settings.ALLOWED_HOSTS = ["files.testserver"]
    answer = client.get(path.format(token), headers={"host": "files.testserver"})
    assert answer.status_code == 404
