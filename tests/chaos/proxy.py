"""A wire between the desk and a service, which can be cut in the ways that wires are cut."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Literal

Cut = Literal["", "deaf", "half closed", "no way back", "reset"]
"""deaf: connects, and nothing is read or said. half closed: our end of the line ends at once, theirs stays open.
no way back: what is asked arrives, the answer does not. reset: what is asked arrives, then the line is torn."""
_CHUNK = 65536


class Proxy:
    """Passes everything on to a local port; `cut` says what becomes of the connections made from then on."""

    def __init__(self, port: int) -> None:
        self.cut: Cut = ""
        self._target = port
        self._server = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = [self._server]
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"

    def __enter__(self) -> Proxy:
        self._start(self._accept)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.hang_up()
        self._server.close()

    def hang_up(self) -> None:
        """End every connection that is open, idle ones of a pool, too."""
        for each in self._open[1:]:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        del self._open[1:]

    def _start(self, work: Callable[..., None], *arguments: socket.socket) -> None:
        threading.Thread(target=work, args=arguments, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):  # closed: the test is over
            while True:
                line, _address = self._server.accept()
                self._open.append(line)
                self._serve(line)

    def _serve(self, line: socket.socket) -> None:
        cut = self.cut
        if cut == "half closed":
            line.shutdown(socket.SHUT_WR)
        if cut in ("deaf", "half closed"):
            return
        service = socket.create_connection(("127.0.0.1", self._target), timeout=60)
        self._open.append(service)
        self._start(self._pass, line, service)
        if cut == "":
            self._start(self._pass, service, line)
        else:
            self._start(self._lose, service, line)

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(_CHUNK):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def _lose(self, service: socket.socket, line: socket.socket) -> None:
        with suppress(OSError):
            service.recv(_CHUNK)  # the answer: it was done
            if self.cut == "reset":
                line.shutdown(socket.SHUT_RDWR)
                line.close()
