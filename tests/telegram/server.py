"""A Bot API of a few lines on a real socket: it records what it is asked and answers what the test orders."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler
from typing import Any, Literal

from tests.http_server import OwnServer

TOKEN = "5000111:AAtest-Token_of_Kite"


@dataclass
class Answer:
    """`cut`: the connection is closed without an answer. `stall`: nothing comes until the server ends."""

    body: Any = None
    status: int = 200
    trouble: Literal["", "cut", "stall", "short"] = ""

    def encoded(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def ok(result: Any) -> Answer:
    return Answer({"ok": True, "result": result})


def refusal(code: int, description: str, **parameters: Any) -> Answer:
    extra = {"parameters": parameters} if parameters else {}
    return Answer({"ok": False, "error_code": code, "description": description, **extra}, code)


@dataclass
class Request:
    path: str
    params: dict[str, Any]
    files: dict[str, tuple[str, str, bytes]]

    @property
    def method(self) -> str:
        return self.path.rpartition("/")[2]


class BotApi:
    """Answers in the order given; without any, every message gets the next id."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answers: deque[Answer] = deque()
        self.ended = threading.Event()
        self._server = OwnServer(_handler(self))
        self.base = f"http://{self._server.address}"

    @contextmanager
    def running(self) -> Iterator[BotApi]:
        with self._server:
            try:
                yield self
            finally:
                self.ended.set()

    def then(self, *answers: Answer) -> None:
        self.answers.extend(answers)

    @property
    def methods(self) -> list[str]:
        return [request.method for request in self.requests]

    def answer_to(self, request: Request) -> Answer:
        self.requests.append(request)
        return (
            self.answers.popleft() if self.answers else ok({"message_id": 500 + len(self.requests)})
        )


def _handler(api: BotApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve(Request(self.path, {}, {}))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._serve(_read(self.path, self.headers["Content-Type"], body))

        def _serve(self, request: Request) -> None:
            answer = api.answer_to(request)
            if answer.trouble == "stall":
                api.ended.wait(10)
            if answer.trouble in ("cut", "stall"):
                self.close_connection = True
                return
            content = answer.encoded()
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(content) + (9 if answer.trouble else 0)))
            self.end_headers()
            self.wfile.write(content)
            self.close_connection = bool(answer.trouble)

    return Handler


def _read(path: str, kind: str, body: bytes) -> Request:
    if kind.startswith("application/json"):
        return Request(path, json.loads(body), {})
    parsed = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    request = Request(path, {}, {})
    for part in parsed.walk():
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            continue
        name = str(part.get_param("name", header="content-disposition"))
        if part.get_filename() is None:
            request.params[name] = content.decode()
        else:
            request.files[name] = (str(part.get_filename()), part.get_content_type(), content)
    return request
