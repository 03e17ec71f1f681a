"""Logging: one line an event, with the request's id; never a payload, a token or an address that holds one."""

from __future__ import annotations

from typing import Any

import structlog


def without_address(
    logger: Any, method: str, said: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Django's own lines about a request quote its address, which may be a link with a token: they name the route."""
    request = said.pop("request", None)
    if request is not None:
        match = getattr(request, "resolver_match", None)
        said["event"] = str(said["event"]).partition(": ")[0]
        said["route"] = match.route if match else ""
    return said


_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    without_address,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def logging_config(*, json: bool) -> dict[str, Any]:
    """The LOGGING dict: JSON lines for machines, short lines for a terminal."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if json
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    )
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    renderer,
                ]
                if json
                else [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            # httpx logs whole URLs at INFO, and a bot's token is part of Telegram's URLs.
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            # A refusal is no event, and its line would show the address, which may be a link with a token.
            "django.request": {"level": "ERROR"},
            "django.server": {"handlers": [], "propagate": True},
            "celery.app.trace": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
        },
    }
