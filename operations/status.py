"""How each part of the desk is doing, in words: what an admin looks at first when something seems wrong."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from operations import figures
from operations.figures import Figures

SILENT = 60.0
"""Seconds without a pulse after which a queue counts as standing still; one comes every 15."""
LATE = {
    "inbox": (10.0, 60.0),
    "outbox": (30.0, 300.0),
    "webhooks": (60.0, 900.0),
    "clocks": (15.0, 60.0),
}
"""Seconds of waiting from which it is amber, and red."""
LITTLE_DISK = (0.15, 0.05)


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Part:
    """One line: what it is, how it is, what it says, and what to do when it is not well."""

    name: str
    level: Level
    says: str
    advice: str = ""
    url: str = ""


def parts() -> list[Part]:
    """Every part, in the order in which one would look. Nothing here raises because Valkey or the disk is away."""
    read = figures.read()
    return [
        _database(read),
        _valkey(),
        *_queues(),
        _inbox(read),
        _set_aside(read),
        _channels(read),
        _outbox(read),
        _clocks(read),
        _webhooks(read),
        _files(read),
        _migrations(),
        _mail(),
        _watching(),
    ]


def _database(read: Figures) -> Part:
    share = read.connections / max(read.most_connections, 1)
    level = Level.BAD if share > 0.95 else Level.WARN if share > 0.8 else Level.OK
    says = _("%(used)s of %(most)s connections.") % {
        "used": read.connections,
        "most": read.most_connections,
    }
    advice = _("Make DB_POOL_SIZE smaller, or put PgBouncer before it (docs/growing.md).")
    return Part("PostgreSQL", level, says, advice if level != Level.OK else "")


def _valkey() -> Part:
    try:
        with redis.Redis.from_url(
            settings.CACHE_URL, socket_timeout=1, socket_connect_timeout=1
        ) as client:
            used = int(client.info("memory")["used_memory"])
    except (redis.RedisError, OSError, KeyError):
        return Part(
            "Valkey",
            Level.BAD,
            _("It does not answer."),
            _("Messages flow and pages refresh again once it is back. Nothing is lost meanwhile."),
        )
    return Part("Valkey", Level.OK, _("%(size)s MB in use.") % {"size": used // 2**20})


def _queues() -> Iterator[Part]:
    """One for each queue: beat has sent a task, the broker has passed it on, a worker has done it."""
    ages = figures.pulses()
    names = {"celery": _("Worker"), "pull": _("Puller"), "webhooks": _("Webhook sender")}
    for queue in settings.QUEUES:
        age = ages.get(queue)
        if age is not None and age < SILENT:
            says = _("A task came through %(seconds)s s ago.") % {"seconds": round(age)}
            yield Part(names[queue], Level.OK, says)
            continue
        says = (
            _("No task has come through for %(time)s.") % {"time": _span(age)}
            if age
            else _("No task has ever come through.")
        )
        yield Part(
            names[queue], Level.BAD, says, _("Look at this process, at beat, and at Valkey.")
        )


def _inbox(read: Figures) -> Part:
    return _line(
        _("Inbox"),
        "inbox",
        read.inbox,
        read.inbox_wait,
        _("Look at the worker, or start another one."),
    )


def _outbox(read: Figures) -> Part:
    return _line(
        _("Outbox"),
        "outbox",
        read.outbox,
        read.outbox_wait,
        _("Look at the worker and at the channels."),
    )


def _line(name: str, key: str, count: int, wait: float, advice: str) -> Part:
    """Something that waits in a row: how many, and for how long the first has been ready."""
    level = _level(key, wait)
    says = ngettext("%(count)s waits.", "%(count)s wait.", count) % {"count": count}
    if wait >= 1:
        says += " " + _("The oldest has been ready for %(time)s.") % {"time": _span(wait)}
    return Part(name, level, says, advice if level != Level.OK else "")


def _level(key: str, wait: float) -> Level:
    amber, red = LATE[key]
    return Level.BAD if wait > red else Level.WARN if wait > amber else Level.OK


def _set_aside(read: Figures) -> Part:
    says = ngettext("%(count)s update.", "%(count)s updates.", read.set_aside)
    return Part(
        _("Set aside"),
        Level.WARN if read.set_aside else Level.OK,
        says % {"count": read.set_aside},
        _("Each says why. Replay them when the cause is gone.") if read.set_aside else "",
        reverse("connectors:updates"),
    )


def _channels(read: Figures) -> Part:
    silent = read.pulled_by_nobody
    says = ngettext("%(count)s is pulled.", "%(count)s are pulled.", read.pulled - silent)
    says %= {"count": read.pulled - silent}
    if silent:
        more = ngettext("%(count)s is pulled by nobody.", "%(count)s are pulled by nobody.", silent)
        says += " " + more % {"count": silent}
    return Part(
        _("Channels"),
        Level.BAD if silent else Level.OK,
        says,
        _("Look at the puller. Telegram keeps messages for a day.") if silent else "",
        _address("connectors:channels"),
    )


def _clocks(read: Figures) -> Part:
    level = _level("clocks", read.clocks_wait)
    if level == Level.OK:
        return Part(_("Deadlines"), level, _("Every deadline that has passed was noticed."))
    says = _("The oldest that was not noticed passed %(time)s ago.") % {
        "time": _span(read.clocks_wait)
    }
    return Part(_("Deadlines"), level, says, _("Look at the worker and at beat."))


def _webhooks(read: Figures) -> Part:
    advice = _("Look at the webhook sender.")
    part = _line(_("Webhooks"), "webhooks", read.webhooks, read.webhooks_wait, advice)
    address = reverse("webhooks:subscriptions")
    if not read.dead_ends:
        return Part(part.name, part.level, part.says, part.advice, address)
    dead = ngettext("%(count)s was switched off.", "%(count)s were switched off.", read.dead_ends)
    says = f"{part.says} {dead % {'count': read.dead_ends}}"
    level = max(part.level, Level.WARN, key=list(Level).index)
    return Part(part.name, level, says, _("Nobody has taken anything there for days."), address)


def _files(read: Figures) -> Part:
    waiting = ngettext("%(count)s is to be fetched.", "%(count)s are to be fetched.", read.files)
    waiting %= {"count": read.files}
    if settings.STORAGE == "s3":
        return Part(_("Files"), Level.OK, f"S3. {waiting}")
    try:
        disk = shutil.disk_usage(_existing(settings.FILES_ROOT))
    except OSError:
        advice = _("Look at FILES_ROOT and who may write there.")
        return Part(_("Files"), Level.BAD, _("The folder cannot be read."), advice)
    amber, red = LITTLE_DISK
    free = disk.free / disk.total
    level = Level.BAD if free < red else Level.WARN if free < amber else Level.OK
    says = _("%(free)s of %(total)s GB free.") % {
        "free": disk.free // 10**9,
        "total": disk.total // 10**9,
    }
    advice = _("Make room, or move the files to S3.") if level != Level.OK else ""
    return Part(_("Files"), level, f"{says} {waiting}", advice)


def _existing(folder: Path) -> Path:
    """The folder itself is made with the first file."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def _migrations() -> Part:
    missing = len(_known_migrations() - set(MigrationRecorder(connection).applied_migrations()))
    if not missing:
        return Part(_("Database schema"), Level.OK, _("As this version wants it."))
    says = ngettext("%(count)s migration is missing.", "%(count)s migrations are missing.", missing)
    advice = _("Run the migrate job, then restart what runs.")
    return Part(_("Database schema"), Level.BAD, says % {"count": missing}, advice)


@lru_cache(maxsize=1)
def _known_migrations() -> frozenset[tuple[str, str]]:
    """Of this process's code: it does not change while it runs."""
    return frozenset(MigrationLoader(None).disk_migrations)


def _mail() -> Part:
    backend = settings.EMAIL_BACKEND.rsplit(".", 2)[-2]
    if backend != "smtp":
        advice = _("Set EMAIL_URL: links of new passwords go by e-mail.")
        return Part(_("E-mail"), Level.WARN, _("It is only printed or kept here."), advice)
    says = _("By %(host)s.") % {"host": settings.EMAIL_HOST}
    return Part(_("E-mail"), Level.OK, says)


def _watching() -> Part:
    on = [
        name
        for name, value in (("Prometheus", settings.METRICS_TOKEN), ("Sentry", settings.SENTRY_DSN))
        if value
    ]
    says = ", ".join(on) or _(
        "Only this page and the logs: METRICS_TOKEN and SENTRY_DSN are not set."
    )
    return Part(_("Watched by"), Level.OK, says)


def _span(seconds: float | None) -> str:
    """Roughly: 42 s, 7 min, 3 h."""
    if not seconds or seconds < 120:
        return _("%(count)s s") % {"count": round(seconds or 0)}
    if seconds < 7200:
        return _("%(count)s min") % {"count": round(seconds / 60)}
    return _("%(count)s h") % {"count": round(seconds / 3600)}


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
