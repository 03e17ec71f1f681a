"""An address that an admin typed leads to a public host or nowhere, however spelled, whatever the name server says.

The canary stands behind every connection that anybody opens: one hit is a hole.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from helpdesk import net
from tests.webhooks.receiver import Receiver, Say

NAMES = {
    "public.example": ["8.8.8.8"],
    "public6.example": ["2606:4700::1111"],
    "loopback.example": ["127.0.0.1"],
    "private.example": ["10.1.2.3"],
    "metadata.example": ["169.254.169.254"],
    "both.example": ["8.8.8.8", "192.168.0.1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "six.example": ["::1"],
    "unique-local.example": ["fd00::1"],
    "nat64.example": ["64:ff9b::7f00:1"],
    "six-to-four.example": ["2002:7f00:1::1"],
    "nobody.example": [],
    "localhost": ["127.0.0.1", "::1"],
    "localhost.localdomain": ["127.0.0.1"],
    "metadata.google.internal": ["169.254.169.254"],
    "xn--lcalhost-54a.example": ["127.0.0.1"],
}
REFUSED = """
https://127.0.0.1/ https://127.0.0.1:443/ https://127.0.0.1:6379/ https://127.0.0.1:5432/ https://127.1/ https://127.0.1/
https://0/ https://0.0.0.0/ https://0177.0.0.1/ https://0x7f.0.0.1/ https://0x7f000001/ https://2130706433/
https://017700000001/ https://127.0.0.1./ https://10.0.0.1/ https://10.255.255.255/ https://172.16.0.1/
https://172.31.255.255/ https://192.168.1.1/ https://100.64.0.1/ https://169.254.169.254/latest/meta-data/
https://0xa9fea9fe/ https://2852039166/ https://192.0.0.192/ https://198.18.0.1/ https://192.0.2.1/ https://224.0.0.1/
https://240.0.0.1/ https://255.255.255.255/
https://[::1]/ https://[::]/ https://[::ffff:127.0.0.1]/ https://[::ffff:7f00:1]/ https://[::ffff:a9fe:a9fe]/
https://[::127.0.0.1]/ https://[64:ff9b::7f00:1]/ https://[64:ff9b:1::1]/ https://[2002:7f00:1::]/ https://[2001::1]/
https://[fc00::1]/ https://[fd00:ec2::254]/ https://[fe80::1]/ https://[fec0::1]/ https://[ff02::1]/ https://[2001:db8::1]/
https://localhost/ https://LOCALHOST/ https://localhost.localdomain/ https://loopback.example/ https://private.example/
https://metadata.example/ https://metadata.google.internal/ https://both.example/ https://mapped.example/
https://six.example/ https://unique-local.example/ https://nat64.example/ https://six-to-four.example/
https://nobody.example/ https://xn--lcalhost-54a.example/
http://public.example/ http://public.example:443/ https://public.example:80/ https://public.example:8443/
https://public.example:22/ https://user@public.example/ https://user:pass@public.example/
https://public.example@127.0.0.1/ https://127.0.0.1#@public.example/ https://127.0.0.1?@public.example/
https://127.0.0.1\\@public.example/ ftp://public.example/ file:///etc/passwd gopher://127.0.0.1:6379/_FLUSHALL
dict://127.0.0.1:6379/ unix:///run/valkey.sock javascript:alert(1) data:text/plain,x //public.example/ public.example
https:///etc/passwd https:// https://?x https://[ https://%31%32%37.0.0.1/ https://①②⑦.0.0.1/ https://ⓛocalhost/
""".split()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Where connections were opened to; each of them ends at the canary."""
    seen: list[str] = []
    connect = socket.create_connection

    def numeric(host: str) -> list[str]:
        try:
            return [
                socket.inet_ntoa(socket.inet_aton(host))
            ]  # all the old spellings, as libc reads them
        except OSError:
            return [str(ipaddress.ip_address(host))]

    def look_up(host: Any, port: Any, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        name = (host.decode() if isinstance(host, bytes) else host).lower().rstrip(".")
        try:
            found = NAMES[name] if name in NAMES else numeric(name)
        except ValueError:
            raise socket.gaierror from None
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    with Receiver() as canary, monkeypatch.context() as patched:
        port = canary._server.server_address[1]

        def to_canary(address: tuple[str, int], *args: Any, **options: Any) -> socket.socket:
            seen.append(address[0])
            return connect(("127.0.0.1", port), *args, **options)

        patched.setattr(socket, "getaddrinfo", look_up)
        patched.setattr(socket, "create_connection", to_canary)
        yield seen
        assert canary.got == []


def post(url: str, **options: Any) -> net.Answer:
    return net.post(url, body=b"{}", headers={"Webhook-Id": "1"}, **options)


def test_the_corpus_is_large() -> None:
    assert len(set(REFUSED)) == len(REFUSED) >= 80


@pytest.mark.parametrize("url", REFUSED)
def test_nobody_is_called(opened: list[str], url: str) -> None:
    for call in (post, net.check):
        with pytest.raises(net.FetchError) as caught:
            call(url)
        assert "127" not in str(caught.value)
    assert opened == []


@pytest.mark.parametrize("url", ["https://public.example/x", "https://public6.example:443/"])
def test_a_public_one_is_called(opened: list[str], url: str) -> None:
    net.check(url)
    with pytest.raises(net.FetchError) as caught:
        post(url)  # the canary knows no TLS
    assert not caught.value.refused
    assert opened == [NAMES[url.split("/")[2].split(":")[0]][0]]


def test_a_name_that_changes_its_mind_is_asked_once(
    opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def rebinding(host: str, port: int, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        asked.append(host)
        address = "8.8.8.8" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with pytest.raises(net.FetchError):
        post("https://rebinding.example/")
    assert (asked.count("rebinding.example"), opened) == (1, ["8.8.8.8"])


@pytest.mark.parametrize(
    "url", ["https://both.example/", "https://private.example/", "http://10.9.9.9/"]
)
def test_a_network_that_was_let_in_lets_in_no_other(opened: list[str], url: str) -> None:
    inner = [ipaddress.ip_network("192.168.0.0/24"), ipaddress.ip_network("fd00::/64")]
    with pytest.raises(net.FetchError) as caught:
        post(url, inner=inner)
    assert caught.value.refused
    assert opened == []


# --- What comes back

INNER = [ipaddress.ip_network("127.0.0.1")]


def test_of_an_answer_only_the_beginning_is_read_and_no_redirect_is_followed() -> None:
    with Receiver() as there, Receiver() as canary:
        there.say = Say(status=302, body=b"x" * 3_000_000, headers=(("Location", canary.url),))
        answer = post(there.url, inner=INNER)
        assert (answer.status, answer.text) == (302, "x" * 1024)
        assert canary.got == []


class Dripping:
    """Sends one byte now and then, for ever: a head, or a body after a whole head."""

    def __init__(self, head: bytes) -> None:
        self.head = head
        self._over = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._drip)

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._server.getsockname()[1]}/"

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._server.close()

    def _drip(self) -> None:
        connection, _peer = self._server.accept()
        with connection:
            try:
                connection.recv(65536)
                connection.sendall(self.head)
                while not self._over.wait(0.05):
                    connection.sendall(b"x")
            except OSError:
                pass


def test_a_head_that_drips_is_cut_off() -> None:
    with Dripping(b"HTTP/1.1 200 OK\r\nX-Slow: ") as url, pytest.raises(net.FetchError) as caught:
        post(url, inner=INNER, seconds=0.5)
    assert str(caught.value) == net.TOO_SLOW


def test_a_body_that_drips_has_been_an_answer() -> None:
    with Dripping(b"HTTP/1.1 202 Accepted\r\nContent-Length: 9999\r\n\r\n") as url:
        assert post(url, inner=INNER, seconds=0.5).status == 202


@pytest.mark.parametrize(
    ("header", "seconds"), [("120", 120.0), ("x", None), ("-5", None), ("9" * 40, None)]
)
def test_retry_after(header: str, seconds: float | None) -> None:
    with Receiver() as there:
        there.say = Say(status=503, headers=(("Retry-After", header),))
        assert post(there.url, inner=INNER).retry_after == seconds


def test_retry_after_a_date_that_is_over() -> None:
    assert net._seconds("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
