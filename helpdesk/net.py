"""Fetching what somebody else's data names: a link in a payload must not reach into our own network.

For addresses from settings use an ordinary client; this one refuses everything that is not a public host which the
caller expects. The name is resolved once, and the connection goes to that address: a second answer of the name
server cannot lead it elsewhere.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection
from dataclasses import dataclass
from time import monotonic

import httpx

SECONDS = 5.0
MAX_BYTES = 1024 * 1024
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


class FetchError(Exception):
    """Nothing was fetched. `refused`: the guard said no, and trying again is no use. The text holds no address."""

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


def _checked(url: str, hosts: Collection[str]) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise FetchError("not an address", refused=True) from None
    if parsed.scheme != "https" or (parsed.port or 443) != 443:
        raise FetchError("only https on its own port", refused=True)
    if parsed.userinfo:
        raise FetchError("a name and password in the address", refused=True)
    if not _is_expected(parsed.host.lower(), hosts):
        raise FetchError("not a host that we expect", refused=True)
    return parsed


def _is_expected(host: str, hosts: Collection[str]) -> bool:
    return any(
        host == expected.lstrip(".") or (expected.startswith(".") and host.endswith(expected))
        for expected in hosts
    )


def _resolve(host: str) -> str:
    """The address to connect to. One private address among several refuses the name."""
    try:
        found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise FetchError("the host has no address") from None
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(map(is_public, addresses)):
        raise FetchError("not a public address", refused=True)
    return addresses[0]


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
                raise FetchError("too slow")
        return Fetched(bytes(body), response.headers.get("Content-Type", ""))
