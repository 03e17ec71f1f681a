"""Somebody outside who takes webhooks: a server on this machine that keeps what it gets and answers as told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.http_server import OwnServer


@dataclass(frozen=True)
class Got:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


@dataclass
class Say:
    """What to answer next. `headers` in any case; `wait` seconds before it."""

    status: int = 200
    body: bytes = b"ok"
    headers: tuple[tuple[str, str], ...] = ()
    wait: Callable[[], object] = lambda: None


class Receiver(OwnServer):
    """>>> with Receiver() as receiver: receiver.say = Say(status=503)"""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.say = Say()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append(Got(self.path, dict(self.headers), body))
                said = receiver.say
                said.wait()
                self.send_response(said.status)
                for name, value in said.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said.body)))
                self.end_headers()
                self.wfile.write(said.body)

        super().__init__(Handler)

    @property
    def url(self) -> str:
        return f"http://{self.address}/hooks/desk?from=desk"
