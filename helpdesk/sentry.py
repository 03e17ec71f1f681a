"""Exceptions to Sentry (or whatever speaks its protocol), as types and places in the code and nothing else.

What an exception says may quote a message, an address with a bot's token, or a link that opens a ticket; so may local
variables, breadcrumbs, the request and a task's arguments. None of that leaves: an event is made from a closed list.
"""

from __future__ import annotations

from typing import Any

Event = dict[str, Any]

_KEPT = (
    "event_id", "timestamp", "level", "platform", "environment", "release", "server_name", "sdk", "transaction",
)  # fmt: skip
_FRAME = ("filename", "function", "module", "lineno", "in_app", "context_line")


def start(dsn: str, *, environment: str, release: str) -> None:
    """Report unhandled exceptions of this process from now on. Needs the extra `sentry`."""
    import sentry_sdk
    from sentry_sdk.integrations.celery import CeleryIntegration
    from sentry_sdk.integrations.django import DjangoIntegration
    from sentry_sdk.integrations.logging import LoggingIntegration

    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        release=release,
        send_default_pii=False,
        max_request_body_size="never",
        include_local_variables=False,
        max_breadcrumbs=0,
        auto_enabling_integrations=False,
        integrations=[
            # The name of the view: a path may hold a token.
            DjangoIntegration(transaction_style="function_name", middleware_spans=False),
            CeleryIntegration(),
            LoggingIntegration(level=None, event_level=None),
        ],
        before_send=lambda event, _hint: bare(dict(event)),  # type: ignore[arg-type, return-value]
    )


def bare(event: Event) -> Event:
    """The event without a word that somebody wrote."""
    kept = {name: event[name] for name in _KEPT if name in event}
    values = (event.get("exception") or {}).get("values") or []
    kept["exception"] = {"values": [_exception(dict(value)) for value in values]}
    return kept


def _exception(value: Event) -> Event:
    frames = (value.get("stacktrace") or {}).get("frames") or []
    return {
        "type": value.get("type"),
        "module": value.get("module"),
        "mechanism": {"type": "generic", "handled": False},
        "stacktrace": {"frames": [_only(frame, _FRAME) for frame in frames]},
    }


def _only(frame: Event, names: tuple[str, ...]) -> Event:
    return {name: frame[name] for name in names if name in frame}
