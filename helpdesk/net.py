"""Calling what somebody else's data names: a link in a payload or an address in a form must not reach into our network.

For addresses from settings use an ordinary client; this one refuses everything that is not a public host (and, to
fetch, one which the caller expects). The name is resolved once, and the connection goes to that address: a second
answer of the name server cannot lead it elsewhere.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any

import httpx

SECONDS = 5.0
MAX_BYTES = 1024 * 1024
TOO_SLOW = "too slow"
# Addresses that carry an IPv4 address in them, and at which bit from the right it ends.
_CARRIERS = (
    (ipaddress.IPv6Network("::ffff:0:0/96"), 0),
    (ipaddress.IPv6Network("::/96"), 0),
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),
    (ipaddress.IPv6Network("2002::/16"), 80),
)
_REFUSED = tuple(
    map(
        ipaddress.ip_network,
        # NAT64 of a network's own, Teredo, the old site-local range, and what is kept for documents.
        ("64:ff9b:1::/48", "2001::/32", "fec0::/10", "3fff::/20", "192.0.0.0/24", "192.88.99.0/24"),
    )
)


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class FetchError(Exception):
    """Nothing was fetched, or nobody answered. The text holds no address.

    `refused`: the guard said no, and trying again is no use.
    """

    def __init__(self, reason: str, *, refused: bool = False) -> None:
        super().__init__(reason)
        self.refused = refused


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole answer with status 200."""

    body: bytes
    content_type: str


def fetch(
    url: str, *, hosts: Collection[str], max_bytes: int = MAX_BYTES, seconds: float = SECONDS
) -> Fetched:
    """GET over https from one of `hosts` (".example.com": also everything below it).

    `seconds` is for all of it. No redirects are followed. Raises FetchError.
    """
    parsed = _checked(url, hosts)
    address = _resolve(parsed.host)
    failure: FetchError
    try:
        return _get(parsed, address, max_bytes, monotonic() + seconds, seconds)
    except (httpx.HTTPError, httpx.StreamError) as error:
        failure = FetchError(type(error).__name__)
    raise failure  # outside of the handler: httpx's error holds the whole address


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody said to a POST: any status. `text` is the beginning of it, `retry_after` in seconds."""

    status: int
    text: str
    retry_after: float | None


def post(
    url: str,
    *,
    body: bytes,
    headers: Mapping[str, str],
    inner: Sequence[Network] = (),
    most: int = 1024,
    seconds: float = SECONDS,
) -> Answer:
    """POST over https to a public host; to one whose addresses are all in `inner`, over http and any port, too.

    `seconds` is for all of it but the name server. Of the answer no more than `most` bytes are read, and no redirects
    are followed. Raises FetchError.
    """
    parsed = _parsed(url)
    address = _place(parsed, inner)
    failure: FetchError
    with _Cut(seconds) as cut:
        try:
            return _post(parsed, address, body, headers, most, cut)
        except (httpx.HTTPError, httpx.StreamError) as error:
            slow = cut.is_over or isinstance(error, httpx.TimeoutException)
            failure = FetchError(TOO_SLOW if slow else type(error).__name__)
    raise failure  # outside of the handler: httpx's error holds the whole address


def check(url: str, *, inner: Sequence[Network] = ()) -> None:
    """Whether `post` would call there now. Raises FetchError."""
    _place(_parsed(url), inner)


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, and to a single machine there."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        for network, shift in _CARRIERS:
            if found in network:
                return is_public(str(ipaddress.IPv4Address((int(found) >> shift) & 0xFFFFFFFF)))
    if any(found.version == network.version and found in network for network in _REFUSED):
        return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def _parsed(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise FetchError("not an address", refused=True) from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise FetchError("only https on its own port", refused=True)
    if parsed.userinfo:
        raise FetchError("a name and password in the address", refused=True)
    return parsed


def _checked(url: str, hosts: Collection[str]) -> httpx.URL:
    parsed = _parsed(url)
    _require_https(parsed)
    if not _is_expected(parsed.host.lower(), hosts):
        raise FetchError("not a host that we expect", refused=True)
    return parsed


def _require_https(url: httpx.URL) -> None:
    if url.scheme != "https" or (url.port or 443) != 443:
        raise FetchError("only https on its own port", refused=True)


def _place(url: httpx.URL, inner: Sequence[Network]) -> str:
    """The address to connect to: one of `inner`, or a public one for an https address."""
    addresses = _look_up(url.host)
    if inner and all(_is_inner(address, inner) for address in addresses):
        return addresses[0]
    _require_https(url)
    return _public(addresses)


def _is_inner(address: str, inner: Sequence[Network]) -> bool:
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return any(found.version == network.version and found in network for network in inner)


def _is_expected(host: str, hosts: Collection[str]) -> bool:
    return any(
        host == expected.lstrip(".") or (expected.startswith(".") and host.endswith(expected))
        for expected in hosts
    )


def _resolve(host: str) -> str:
    return _public(_look_up(host))


def _public(addresses: Sequence[str]) -> str:
    """The address to connect to. One private address among several refuses the name."""
    if not all(map(is_public, addresses)):
        raise FetchError("not a public address", refused=True)
    return addresses[0]


def _look_up(host: str) -> list[str]:
    """Every address of a name, once each question. Raises FetchError."""
    try:
        found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise FetchError("the host has no address") from None
    if not found:
        raise FetchError("not a public address", refused=True)
    return [str(entry[4][0]) for entry in found]


def _get(url: httpx.URL, address: str, max_bytes: int, deadline: float, seconds: float) -> Fetched:
    pinned = url.copy_with(host=address)
    headers = {"Host": url.host, "Accept-Encoding": "identity"}
    # The certificate is still checked for the name.
    extensions = {"sni_hostname": url.host}
    with (
        # A proxy would resolve the name again.
        httpx.Client(trust_env=False, follow_redirects=False, timeout=seconds) as client,
        client.stream("GET", pinned, headers=headers, extensions=extensions) as response,
    ):
        if response.status_code != 200:
            raise FetchError(f"HTTP {response.status_code}")
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise FetchError("a packed answer", refused=True)
        body = bytearray()
        for chunk in response.iter_raw(65536):
            body += chunk
            if len(body) > max_bytes:
                raise FetchError("too large", refused=True)
            if monotonic() > deadline:
                raise FetchError(TOO_SLOW)
        return Fetched(bytes(body), response.headers.get("Content-Type", ""))


def _post(
    url: httpx.URL,
    address: str,
    body: bytes,
    headers: Mapping[str, str],
    most: int,
    cut: _Cut,
) -> Answer:
    pinned = url.copy_with(host=address)
    host = url.netloc.decode("ascii")
    own = {**headers, "Host": host, "Accept-Encoding": "identity", "Connection": "close"}
    with (
        httpx.Client(trust_env=False, follow_redirects=False, timeout=cut.seconds) as client,
        client.stream(
            "POST",
            pinned,
            content=body,
            headers=own,
            extensions={"sni_hostname": url.raw_host.decode("ascii"), "trace": cut.see},
        ) as response,
    ):
        return Answer(
            response.status_code,
            _beginning(response, most),
            _seconds(response.headers.get("Retry-After", "")),
        )


class _Cut:
    """Cuts a connection after `seconds`: time-outs of the client count from byte to byte, and one may drip them."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.is_over = False
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._stream: Any = None

    def __enter__(self) -> _Cut:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def see(self, event: str, info: Mapping[str, Any]) -> None:
        """httpcore's trace: each new stream, the encrypted one in place of the first."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self._stream = info["return_value"]
            if self.is_over:
                self._cut()

    def _cut(self) -> None:
        self.is_over = True
        if self._stream is not None:
            with suppress(OSError):  # closed already
                self._stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


def _beginning(response: httpx.Response, most: int) -> str:
    """The first bytes as text. An answer that breaks off or drips has still been given: its status counts."""
    body = bytearray()
    try:
        for chunk in response.iter_raw(most):
            body += chunk
            if len(body) >= most:
                break
    except (httpx.HTTPError, httpx.StreamError):
        pass
    return bytes(body[:most]).decode("utf-8", "replace").replace("\x00", "\ufffd")


def _seconds(header: str) -> float | None:
    """Of Retry-After: seconds, or a date. None for anything else."""
    if header.isascii() and header.isdigit() and len(header) < 10:
        return float(header)
    try:
        wait = parsedate_to_datetime(header) - datetime.now(UTC)
    except (ValueError, TypeError):
        return None
    return max(wait.total_seconds(), 0.0)
