"""Reading the environment: typed, with `NAME_FILE` for every secret, loud on nonsense."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import EnvError, FileAwareEnv

ENVIRONMENTS = ("production", "local", "test")
ROLES = ("web", "sse", "worker", "beat", "gateway")

_env = FileAwareEnv()


def _read(kind: str, name: str, **options: Any) -> Any:
    try:
        return getattr(_env, kind)(name, **options)
    except (EnvError, ValueError, OSError) as error:
        # The value itself may be a secret: name the variable only.
        raise ImproperlyConfigured(f"{name}: not set, or not a valid {kind}.") from error


def text(name: str, default: str | None = None) -> str:
    """A string; without a default it must be set. Raises ImproperlyConfigured."""
    options = {} if default is None else {"default": default}
    return str(_read("str", name, **options)).strip()


def flag(name: str, default: bool) -> bool:
    """A boolean (1/0, true/false, yes/no, on/off). Raises ImproperlyConfigured."""
    return bool(_read("bool", name, default=default))


def number(name: str, default: int, *, least: int = 0, most: int = 2**31) -> int:
    """A whole number within bounds. Raises ImproperlyConfigured."""
    value = int(_read("int", name, default=default))
    if not least <= value <= most:
        raise ImproperlyConfigured(f"{name}: must be between {least} and {most}.")
    return value


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list, blanks dropped."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    """One of a fixed set. Raises ImproperlyConfigured."""
    value = text(name, default)
    if value not in choices:
        raise ImproperlyConfigured(f"{name}: must be one of {', '.join(choices)}.")
    return value


def http_url(name: str, default: str | None = None) -> str:
    """An http(s) address without a trailing slash. Raises ImproperlyConfigured."""
    value = text(name, default).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ImproperlyConfigured(f"{name}: must be an http or https address.")
    return value


def redis_url(name: str, default: str | None = None) -> str:
    """A Redis or Valkey address (redis://, rediss:// or unix://). Raises ImproperlyConfigured."""
    value = text(name, default)
    if urlsplit(value).scheme not in ("redis", "rediss", "unix"):
        raise ImproperlyConfigured(f"{name}: must start with redis://, rediss:// or unix://.")
    return value


def database(name: str) -> dict[str, Any]:
    """Django's database settings from a postgres:// address. Raises ImproperlyConfigured."""
    config = dict(_read("dj_db_url", name))
    if config.get("ENGINE") != "django.db.backends.postgresql":
        raise ImproperlyConfigured(f"{name}: must be a postgres:// address.")
    return config


def email(name: str, default: str) -> dict[str, Any]:
    """Django's mail settings from an smtp:// or console:// address. Raises ImproperlyConfigured."""
    return dict(_read("dj_email_url", name, default=default))


def adopt(found: dict[str, str]) -> None:
    """Fill what the environment does not say from `found` (the services of a running `make run`)."""
    for name, value in found.items():
        os.environ.setdefault(name, value)


def secret_key(name: str, *, required: bool) -> str:
    """At least 32 characters. A process that needs no real one (a lint, a test) may go without."""
    value = text(name, None if required else "not-a-secret-" * 4)
    if len(value) < 32:
        raise ImproperlyConfigured(f"{name}: needs at least 32 characters.")
    return value


def folder(name: str, default: Path) -> Path:
    """An absolute path of a folder that may not exist yet."""
    return Path(text(name, str(default))).expanduser().resolve()
