"""docker-compose.yml and .dockerignore as data, and what docker compose would make of them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

BASE_DIR = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = sorted(
    name for name, service in SERVICES.items() if service["image"].startswith("helpdesk:")
)
ONCE = ("migrate", "backup")
_VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(?::([-?])((?:[^${}]|\$\{\w+\})*))?\}")


def variables(text: str) -> set[str]:
    """The names that .env may set, those within defaults, too."""
    found = set()
    for name, _kind, rest in _VARIABLE.findall(text):
        found |= {name, *variables(rest)}
    return found


def interpolated(text: str, values: Mapping[str, str]) -> str:
    """`${NAME:-default}` and `${NAME:?complaint}` as docker compose reads them. Raises LookupError."""

    def value(match: re.Match[str]) -> str:
        name, kind, rest = match.groups()
        if values.get(name):
            return values[name]
        if kind == "?":
            raise LookupError(rest)
        return interpolated(rest or "", values)

    return _VARIABLE.sub(value, text).replace("$$", "$")


def environment(service: str, values: Mapping[str, str]) -> dict[str, str]:
    """What the container of this service sees."""
    given = SERVICES[service].get("environment", {})
    return {name: interpolated(str(value), values) for name, value in given.items()}


def copy_of_the_image(target: Path) -> Path:
    """What `COPY . /app` would bring into the image: only what .dockerignore lets through."""
    lines = (BASE_DIR / ".dockerignore").read_text().splitlines()
    assert "*" in lines, "everything is left out first"
    for line in lines:
        if line.startswith("!"):
            _copy(BASE_DIR / line[1:], target / line[1:])
    return target


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
    else:
        shutil.copy2(source, target)
