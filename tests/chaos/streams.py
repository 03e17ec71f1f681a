"""Pages that listen to `/live/`, many at once in one event loop: quick ones, and some that hardly read."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field

_ID = re.compile(rb"^id: (\d+)$", re.MULTILINE)


@dataclass
class Page:
    """One open stream. `heard` has the time at which each event came."""

    port: int
    cookie: str
    slow: bool = False
    heard: dict[int, float] = field(default_factory=dict)
    ended: bool = False
    times_sent_away: int = 0
    asks_anew: bool = False
    """It was told that it missed more than it is told one by one."""
    greeted: asyncio.Event = field(default_factory=asyncio.Event)
    _line: socket.socket | None = None

    async def keep_listening(self) -> None:
        """As a browser does: whoever is sent away comes again and says what they heard last."""
        while True:
            await self.listen(max(self.heard, default=0))
            self.times_sent_away += 1
            await asyncio.sleep(0.2)

    async def listen(self, last: int = 0) -> None:
        """Open the stream behind the event `last` and read it until it ends; a slow page takes a byte a second."""
        loop, self._line = asyncio.get_running_loop(), _small_socket() if self.slow else _socket()
        self.ended = False
        try:
            await loop.sock_connect(self._line, ("127.0.0.1", self.port))
            await loop.sock_sendall(self._line, self._request(last))
            rest = b""
            while data := await loop.sock_recv(self._line, 1 if self._is_lazy else 65536):
                rest = self._take(rest + data)
                if self._is_lazy:
                    await asyncio.sleep(1)
        except OSError:  # torn by the server
            pass
        finally:
            self.ended = True
            self._line.close()

    def hang_up(self) -> None:
        """As a page that is closed. (The loop must see the end itself: it still watches the socket.)"""
        if self._line:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    @property
    def _is_lazy(self) -> bool:
        return self.slow and self.greeted.is_set()

    def _request(self, last: int) -> bytes:
        lines = [
            "GET /live/ HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            f"Cookie: {self.cookie}",
            *([f"Last-Event-ID: {last}"] if last else []),
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def _take(self, data: bytes) -> bytes:
        if b": hello" in data or b"id: " in data:
            self.greeted.set()
        self.asks_anew = self.asks_anew or b"data: everything" in data
        whole, _found, rest = data.rpartition(b"\n\n")
        for number in _ID.findall(whole):
            self.heard.setdefault(int(number), time.time())
        return rest


def _socket() -> socket.socket:
    line = socket.socket()
    line.setblocking(False)
    return line


def _small_socket() -> socket.socket:
    """The kernel would take megabytes for a reader who takes nothing: small buffers and packets on this line."""
    line = _socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
    return line
