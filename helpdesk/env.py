"""Reading the environment: typed, with `NAME_FILE` for every secret, loud on nonsense."""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import EnvError, FileAwareEnv

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
ENVIRONMENTS = ("production", "local", "test")
ROLES = ("web", "sse", "worker", "beat", "gateway")

_env = FileAwareEnv()
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")
"""A name, or an address of either kind, without brackets."""


def _read(kind: str, name: str, **options: Any) -> Any:
    try:
        return getattr(_env, kind)(name, **options)
    except (EnvError, ValueError, OSError):
        # The value itself may be a secret, and the first error may quote it: name the variable only.
        raise ImproperlyConfigured(f"{name}: not set, or not a valid {kind}.") from None


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


def _split(name: str, value: str) -> SplitResult:
    """The parts of an address, its port a number. Raises ImproperlyConfigured."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise ImproperlyConfigured(f"{name}: is no address.") from None
    return parts


def http_url(name: str, default: str | None = None) -> str:
    """An http(s) address without a trailing slash; empty if that is the default. Raises ImproperlyConfigured."""
    value = text(name, default).rstrip("/")
    if value == default == "":
        return value
    parts = _split(name, value)
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(parts.hostname or ""):
        raise ImproperlyConfigured(f"{name}: must be an http or https address.")
    if parts.username is not None or parts.query or parts.fragment:
        raise ImproperlyConfigured(f"{name}: takes no password, query or fragment.")
    return value


def site_url(name: str, default: str | None) -> str:
    """The scheme, host and port of a site of its own. Raises ImproperlyConfigured."""
    value = http_url(name, default)
    if urlsplit(value).path:
        raise ImproperlyConfigured(f"{name}: must be a host without a path.")
    return value.lower()


def hosts(name: str, *, any_host: bool) -> list[str]:
    """Host names as Django's ALLOWED_HOSTS has them; `*` only with `any_host`. Raises ImproperlyConfigured."""
    found = words(name)
    for host in found:
        if not _HOST.fullmatch(host.removeprefix(".").strip("[]")) and not (
            any_host and host == "*"
        ):
            raise ImproperlyConfigured(f"{name}: must be host names, without scheme or port.")
    return found


def host(name: str) -> str:
    """One host name in lower case, or nothing. Raises ImproperlyConfigured."""
    found = hosts(name, any_host=False)
    if len(found) > 1 or (found and found[0].startswith(".")):
        raise ImproperlyConfigured(f"{name}: must be one host name.")
    return found[0].lower() if found else ""


def networks(name: str) -> list[Network]:
    """Comma-separated networks (10.0.0.0/8, fd00::/8) or single addresses. Raises ImproperlyConfigured."""
    try:
        return [ipaddress.ip_network(word) for word in words(name)]
    except ValueError:
        raise ImproperlyConfigured(f"{name}: must be networks like 10.0.0.0/8.") from None


def redis_url(name: str, default: str | None = None) -> str:
    """A Redis or Valkey address (redis://, rediss:// or unix://). Raises ImproperlyConfigured."""
    value = text(name, default)
    parts = _split(name, value)
    if parts.scheme not in ("redis", "rediss", "unix"):
        raise ImproperlyConfigured(f"{name}: must start with redis://, rediss:// or unix://.")
    if parts.scheme != "unix" and not (parts.hostname and re.fullmatch(r"/?\d*", parts.path)):
        raise ImproperlyConfigured(f"{name}: must name a host, and a database by its number.")
    return value


def broker_url(name: str, default: str) -> str:
    """A Redis or Valkey address, or a RabbitMQ's (amqp:// or amqps://). Raises ImproperlyConfigured."""
    value = text(name, default)
    if not value.startswith(("amqp://", "amqps://")):
        return redis_url(name, default)
    if not _split(name, value).hostname:
        raise ImproperlyConfigured(f"{name}: must name a host.")
    return value


def database(name: str) -> dict[str, Any]:
    """Django's database settings from a postgres:// address. Raises ImproperlyConfigured."""
    config = dict(_read("dj_db_url", name))
    if config.get("ENGINE") != "django.db.backends.postgresql" or not config.get("NAME"):
        raise ImproperlyConfigured(f"{name}: must be a postgres:// address with a database.")
    return config


def email(name: str, default: str) -> dict[str, Any]:
    """Django's mail settings from an smtp:// or console:// address. Raises ImproperlyConfigured."""
    config = dict(_read("dj_email_url", name, default=default))
    if not config.get("EMAIL_BACKEND"):
        raise ImproperlyConfigured(f"{name}: must start with smtp:// or another known scheme.")
    # Without one, a mail server that does not answer holds up whoever asked for the mail.
    return config | {"EMAIL_TIMEOUT": config.get("EMAIL_TIMEOUT") or 10}


def adopt(found: dict[str, str]) -> None:
    """Fill what the environment does not say from `found` (the services of a running `make run`)."""
    for name, value in found.items():
        os.environ.setdefault(name, value)


def go_direct() -> None:
    """For work that a pooler cannot carry: DATABASE_URL_DIRECT in place of DATABASE_URL, where it is given."""
    for suffix in ("", "_FILE"):
        address = os.environ.get(f"DATABASE_URL_DIRECT{suffix}")
        if address:
            for name in ("DATABASE_URL", "DATABASE_URL_FILE"):
                os.environ.pop(name, None)
            os.environ |= {f"DATABASE_URL{suffix}": address, "DB_POOL": "psycopg"}
            return


def secret_key(name: str, *, required: bool) -> str:
    """At least 32 characters. A process that needs no real one (a lint, a test) may go without."""
    value = text(name, None if required else "not-a-secret-" * 4)
    return _strong(name, value)


def secret_keys(name: str, default: str) -> list[str]:
    """Comma-separated keys, each as strong as a secret key; at least one. Raises ImproperlyConfigured."""
    return [_strong(name, key) for key in words(name)] or [_strong(name, default)]


def token(name: str) -> str:
    """A word that lets somebody in, at least 24 characters; empty when not set. Raises ImproperlyConfigured."""
    value = text(name, "")
    if value and (len(value) < 24 or not value.isascii() or not value.isprintable()):
        raise ImproperlyConfigured(f"{name}: needs at least 24 printable characters.")
    return value


def dsn(name: str) -> str:
    """An address with a key in it, as Sentry hands out; empty when not set. Raises ImproperlyConfigured."""
    value = text(name, "")
    parts = _split(name, value)
    if value and not (parts.scheme in ("http", "https") and parts.username and parts.hostname):
        raise ImproperlyConfigured(f"{name}: must be https://KEY@HOST/PROJECT.")
    return value


def _strong(name: str, value: str) -> str:
    if len(value) < 32 or len(set(value)) < 8:
        raise ImproperlyConfigured(f"{name}: needs at least 32 random characters.")
    return value


def folder(name: str, default: Path) -> Path:
    """An absolute path of a folder that may not exist yet. Raises ImproperlyConfigured."""
    try:
        return Path(text(name, str(default))).expanduser().resolve()
    except (RuntimeError, ValueError, OSError):
        raise ImproperlyConfigured(f"{name}: must be a folder.") from None
