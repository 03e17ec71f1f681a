"""Links from other people's data lead to public hosts that we expect, or nowhere."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic
from typing import Any

import certifi
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from helpdesk import net
from helpdesk.net import FetchError, fetch, is_public

HOSTS = (".files.example", "cdn.example")


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "1.1.1.1",
        "2606:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2002:808:808::1",
    ],
)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    (
        "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.9.9.9 169.254.169.254 "
        "172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.9 "
        "224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 "
        ":: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::127.0.0.1 64:ff9b::10.0.0.1 "
        "64:ff9b:1::8.8.8.8 2002:7f00:1:: 2002:a00:1::1 2001::1 100::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 "
        "fec0::1 ff02::1 2001:db8::1 3fff::1 localhost 127.1 0x7f000001 2130706433 017700000001"
    ).split(),
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What the name server says; and any connection fails the test."""
    answers: dict[str, list[str]] = {}

    def look_up(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        if host not in answers:
            raise socket.gaierror
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in answers[host]]

    def connect(*_: Any, **__: Any) -> None:
        pytest.fail("a connection was tried")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "create_connection", connect)
    return answers


@pytest.mark.parametrize(
    "url",
    [
        "http://cdn.example/a",
        "ftp://cdn.example/a",
        "file:///etc/passwd",
        "//cdn.example/a",
        "cdn.example/a",
        "https://cdn.example:8443/a",
        "https://user:pass@cdn.example/a",
        "https://cdn.example@evil.example/a",
        "https://cdn.example.evil.example/a",
        "https://evilcdn.example/a",
        "https://evilfiles.example/a",
        "https://127.0.0.1/a",
        "https://[::1]/a",
        "https://2130706433/a",
        "https://cdn.example\\@evil.example/a",
        "https://cdn.example\x00.evil.example/",
        "https://",
        "",
        "javascript:alert(1)",
    ],
)
def test_links_that_are_refused_before_anybody_is_asked(
    url: str, names: dict[str, list[str]]
) -> None:
    names |= {host: ["8.8.8.8"] for host in ("evil.example", "evilcdn.example", "cdn.example")}
    with pytest.raises(FetchError) as caught:
        fetch(url, hosts=HOSTS)
    assert caught.value.refused


@pytest.mark.parametrize(
    "answers", [["10.0.0.5"], ["8.8.8.8", "127.0.0.1"], ["::ffff:127.0.0.1"], []]
)
def test_an_expected_name_that_points_inside_is_refused(
    names: dict[str, list[str]], answers: list[str]
) -> None:
    names["a.files.example"] = answers
    with pytest.raises(FetchError) as caught:
        fetch("https://a.files.example/x", hosts=HOSTS)
    assert caught.value.refused


def test_a_name_that_nobody_knows_may_be_tried_again(names: dict[str, list[str]]) -> None:
    with pytest.raises(FetchError) as caught:
        fetch("https://cdn.example/x?secret=1", hosts=HOSTS)
    assert not caught.value.refused
    assert "secret" not in str(caught.value)


# --- The connection ----------------------------------------------------------------------------------------------


class Pages(BaseHTTPRequestHandler):
    seen: list[str] = []

    def do_GET(self) -> None:
        self.seen.append(self.headers["Host"])
        status, body, packed = 200, b"0123456789", False
        if self.path == "/moved":
            status, body = 302, b""
        if self.path == "/packed":
            body, packed = gzip.compress(body * 1000), True
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Location", "https://127.0.0.1/")
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def served(context: ssl.SSLContext | None = None) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.daemon_threads = True
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def get(url: str, *, max_bytes: int = 10, deadline: float = 5) -> net.Fetched:
    return net._get(httpx.URL(url), "127.0.0.1", max_bytes, monotonic() + deadline, 5)


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    Pages.seen.clear()
    with served() as port:
        found = get(f"http://nobody-knows.example:{port}/a")
    assert (found.body, found.content_type) == (b"0123456789", "text/plain")
    assert Pages.seen == ["nobody-knows.example"]


@pytest.mark.parametrize(
    ("path", "limits"),
    [("/moved", {}), ("/packed", {}), ("/a", {"max_bytes": 9}), ("/a", {"deadline": -1})],
)
def test_answers_that_are_not_taken(path: str, limits: dict[str, Any]) -> None:
    with served() as port, pytest.raises(FetchError):
        get(f"http://nobody-knows.example:{port}{path}", **limits)


def test_the_certificate_is_checked_for_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, context = certify("a.files.example", tmp_path)
    monkeypatch.setattr(certifi, "where", lambda: str(certificate))
    with served(context) as port:
        assert get(f"https://a.files.example:{port}/a").body == b"0123456789"
        with pytest.raises(httpx.ConnectError):
            get(f"https://b.files.example:{port}/a")


def certify(name: str, folder: Path) -> tuple[Path, ssl.SSLContext]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "certificate.pem", folder / "key.pem"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return public, context
