"""Calls to the Bot API over plain HTTP.

The token is a part of every URL, and httpx puts URLs into its exceptions: none of them leaves this module, not even
as the context of another exception.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from functools import cache
from time import monotonic
from typing import Any, BinaryIO
from urllib.parse import quote, urlsplit

import httpx

from connectors.telegram.errors import NotSent, Refused, TelegramError, Unclear
from connectors.telegram.fields import identifier, mapping, number, text_of
from connectors.telegram.rawjson import loads

DOWNLOAD_SECONDS = 120.0
DEFAULT_BASE = "https://api.telegram.org"
CALL_TIMEOUT = 20.0
UPLOAD_TIMEOUT = 120.0
_CONNECT_TIMEOUT = 5.0
_LONGEST_WAIT = 7 * 86_400.0
_TOKEN = re.compile(r"[A-Za-z0-9_-]+(?::[A-Za-z0-9_-]+)?")
_UNSAFE_PATH = re.compile(r"^/|[\x00-\x1f\x7f\\]|(?:^|/)\.{0,2}(?:/|$)")
"""Absolute, with a control character or a backslash, or with a part that is empty, "." or ".."."""
_NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
)

Upload = tuple[str, BinaryIO, str]
"""File name, open file, content type."""


class TelegramApi:
    """The methods of one bot. Cheap to make: connections are kept by the process."""

    def __init__(self, token: str, base: str = DEFAULT_BASE) -> None:
        """Raises ValueError, without the token in it, for a token or a base that cannot be right."""
        base = (base or DEFAULT_BASE).rstrip("/")
        if not _TOKEN.fullmatch(token):
            raise ValueError("This is not a bot token.")
        parts = urlsplit(base)  # whose port raises ValueError when it is none
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            raise ValueError("The API base must be an http or https address.")
        self._token = token
        self._base = base

    def __repr__(self) -> str:
        return f"<TelegramApi {self.bot_id}>"

    @property
    def bot_id(self) -> str:
        """The bot's numeric id, which is the public half of its token."""
        return self._token.partition(":")[0]

    def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        files: Mapping[str, Upload] | None = None,
        timeout: float | None = None,
    ) -> Any:
        """Call a method and return its `result`. `timeout`: seconds without a byte. Raises TelegramError."""
        text = self.call_for_text(method, params, files=files, timeout=timeout)
        answer = mapping(loads(text))
        if answer.get("ok") is not True:
            raise self._refusal(method, 200, text)
        return answer.get("result")

    def call_for_text(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        files: Mapping[str, Upload] | None = None,
        timeout: float | None = None,
    ) -> str:
        """Call a method and return the body of a good answer as it came. Raises TelegramError."""
        wait = timeout or (UPLOAD_TIMEOUT if files else CALL_TIMEOUT)
        options: dict[str, Any] = {"timeout": httpx.Timeout(wait, connect=_CONNECT_TIMEOUT)}
        if files:
            options |= {"data": _form(params or {}), "files": dict(files)}
        else:
            # Written here: httpx would fail on a lone surrogate, with the text in the exception.
            options |= {
                "content": json.dumps(params or {}),
                "headers": {"Content-Type": "application/json"},
            }
        response = self._post(method, options)
        text = response.content.decode("utf-8", "replace")
        if response.status_code != 200:
            raise self._refusal(method, response.status_code, text)
        return text

    def download(self, path: str, *, max_bytes: int) -> bytes | None:
        """The file that `getFile` named; None if it is larger. Raises TelegramError, also for an unsafe path."""
        if _UNSAFE_PATH.search(path):
            raise Refused("download", 400, "unsafe file path")
        url = f"{self._base}/file/bot{self._token}/{quote(path)}"
        failure: TelegramError
        try:
            with _client().stream("GET", url, timeout=CALL_TIMEOUT) as response:
                if response.status_code == 200:
                    return _capped(response, max_bytes)
                failure = Refused("download", response.status_code)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            failure = _failure("download", error)
        raise failure

    def _post(self, method: str, options: dict[str, Any]) -> httpx.Response:
        failure: TelegramError
        try:
            return _client().post(f"{self._base}/bot{self._token}/{method}", **options)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            failure = _failure(method, error)
        raise failure  # outside of the handler: so it has no context with the URL in it

    def _refusal(self, method: str, status: int, text: str) -> TelegramError:
        answer = mapping(loads(text))
        if answer.get("ok") is not False:
            # No answer of Telegram's. A gateway that gives up on its upstream does not know what that has done.
            unclear = 200 <= status < 300 or status >= 500
            return Unclear(f"{method}: HTTP {status}") if unclear else Refused(method, status)
        parameters = mapping(answer.get("parameters"))
        retry_after = parameters.get("retry_after")
        return Refused(
            method,
            number(answer.get("error_code")) or (status if status != 200 else 400),
            text_of(answer.get("description")).replace(self._token, "***"),
            retry_after=_seconds(retry_after),
            migrate_to=identifier(parameters.get("migrate_to_chat_id") or None),
        )


def _failure(method: str, error: Exception) -> TelegramError:
    kind = NotSent if isinstance(error, _NEVER_LEFT) else Unclear
    return kind(f"{method}: {type(error).__name__}")


def _seconds(value: object) -> float | None:
    found = value if isinstance(value, float) else number(value)
    return min(max(0.0, float(found)), _LONGEST_WAIT) if found is not None else None


def _form(params: Mapping[str, Any]) -> dict[str, str]:
    """Form fields: what is neither text nor a number travels as JSON."""
    return {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in params.items()
    }


def _capped(response: httpx.Response, max_bytes: int) -> bytes | None:
    body, deadline = bytearray(), monotonic() + DOWNLOAD_SECONDS
    for chunk in response.iter_bytes(65536):
        body += chunk
        if len(body) > max_bytes:
            return None
        if monotonic() > deadline:
            raise httpx.ReadTimeout("too slow")
    return bytes(body)


@cache
def _client() -> httpx.Client:
    """One pool of connections per process. Proxies of the environment are not for this machine."""
    local = ("127.0.0.1", "localhost", "[::1]")
    return httpx.Client(
        follow_redirects=False,
        mounts={f"all://{host}": None for host in local},
        # Many servers drop an idle connection after 5 s; a message sent into that moment would be "unknown".
        limits=httpx.Limits(max_connections=50, max_keepalive_connections=20, keepalive_expiry=4),
    )


os.register_at_fork(after_in_child=_client.cache_clear)
