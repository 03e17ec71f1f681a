"""What reaches Sentry: where it broke, and not one word of what was there."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import brotli

from helpdesk.sentry import bare
from tests.http_server import OwnServer

BASE_DIR = Path(__file__).resolve().parents[2]
CANARY = "canary-that-nobody-may-see"
# A process of its own: the SDK patches Django and Celery for good.
PROGRAM = """
import sys, types
import django
django.setup()
from django.conf import settings
from django.test import Client
from django.urls import path
from celery import shared_task
import sentry_sdk

CANARY = sys.argv[1]

def broken(request, token):
    word_in_a_variable = f"my seed is {CANARY}"
    try:
        raise KeyError(f"https://api.telegram.org/bot{CANARY}/sendMessage")
    except KeyError as error:
        raise ValueError(f"cannot send {word_in_a_variable}") from error

@shared_task
def broken_task(word, key=None):
    raise RuntimeError(f"task with {word}")

urls = types.ModuleType("broken_urls")
urls.urlpatterns = [path("track/<str:token>/", broken)]
urls.handler500 = "helpdesk.web.server_error"
sys.modules["broken_urls"] = urls
settings.ROOT_URLCONF = "broken_urls"
settings.TEMPLATES[0]["OPTIONS"]["context_processors"] = []
import logging
logging.getLogger("a.logger").error("said %s", CANARY, extra={"more": CANARY})
headers = {"Authorization": f"Token {CANARY}", "Cookie": f"other={CANARY}", "X-Telegram-Bot-Api-Secret-Token": CANARY,
           "Referer": f"http://localhost/{CANARY}", "User-Agent": CANARY}
answer = Client(raise_request_exception=False).post(
    f"/track/{CANARY}/?q={CANARY}", {"text": CANARY}, headers=headers)
assert answer.status_code == 500, answer.status_code
broken_task.apply(args=(CANARY,), kwargs={"key": CANARY})
sentry_sdk.flush(10)
"""


def unpacked(body: bytes, encoding: str | None) -> bytes:
    unpack = {"gzip": gzip.decompress, "br": brotli.decompress}
    return bytes(unpack[encoding](body)) if encoding else body


class Ingest(OwnServer):
    """Takes what the SDK sends, unpacked."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        got = self.got

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                got.append(unpacked(body, self.headers["Content-Encoding"]))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

        super().__init__(Handler)
        self.dsn = f"http://key@{self.address}/7"

    def events(self) -> list[dict[str, Any]]:
        lines = [json.loads(line) for body in self.got for line in body.splitlines() if line]
        return [line for line in lines if "exception" in line]


def run(dsn: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, CANARY],
        env={**os.environ, "SENTRY_DSN": dsn, "ENVIRONMENT": "local", "ALLOWED_HOSTS": "*"},
        cwd=BASE_DIR, capture_output=True, text=True, check=True,
    )  # fmt: skip


def test_exceptions_arrive_as_types_and_places() -> None:
    with Ingest() as ingest:
        run(ingest.dsn)
    view, task = ingest.events()
    assert [value["type"] for value in view["exception"]["values"]] == ["KeyError", "ValueError"]
    frames = view["exception"]["values"][1]["stacktrace"]["frames"]
    assert frames[-1]["function"] == "broken"
    assert not any("vars" in frame for frame in frames)
    assert task["exception"]["values"][0]["type"] == "RuntimeError"
    assert view["release"] == "0.1.0"
    everything = b"\n".join(ingest.got).decode()
    assert CANARY not in everything
    assert not {"request", "user", "extra", "breadcrumbs", "contexts"} & view.keys()


def test_an_event_is_made_anew_from_a_closed_list() -> None:
    frame = {"function": "f", "lineno": 1, "vars": {"a": CANARY}, "new": CANARY}
    value = {"type": "E", "value": CANARY, "stacktrace": {"frames": [frame], "new": CANARY}}
    event = {"level": "error", "message": CANARY, "logentry": {"message": CANARY}, "new": CANARY,
             "tags": {"a": CANARY}, "exception": {"values": [value]}}  # fmt: skip
    assert CANARY not in json.dumps(bare(event))
    assert bare({})["exception"] == {"values": []}
