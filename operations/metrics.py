"""`/metrics` for Prometheus. Two kinds of figures, and who reads them must know which is which:

What waits in PostgreSQL is the same from every web process. Request times, open pages and the pool are those of the
process that was asked: scrape each web container for itself, and add these up.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from time import monotonic

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.utils.deprecation import MiddlewareMixin
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

import helpdesk
from helpdesk.timing import REGISTRY
from operations import figures
from tickets.views.live import tail

log = structlog.get_logger(__name__)

KEPT = 5.0
"""Seconds for which an answer of PostgreSQL holds: however many ask, it is asked this often."""
_GAUGES = {
    "inbox": "Updates from outside that are still to be worked on.",
    "inbox_wait": "Seconds that the oldest of them that could go on has waited.",
    "set_aside": "Updates that failed five times and wait for somebody.",
    "outbox": "Parts of replies on their way out.",
    "outbox_wait": "Seconds that the oldest of them that could go on has waited.",
    "webhooks": "Webhook calls that are still to be made.",
    "webhooks_wait": "Seconds that the oldest of them that could go on has waited.",
    "subscriptions": "Webhooks that are on.",
    "dead_ends": "Webhooks that were switched off because nobody took anything.",
    "files": "Files that a service still holds for us.",
    "clocks_wait": "Seconds by which the sweep is late with the oldest deadline that has passed.",
    "pulled": "Channels that are to be pulled.",
    "pulled_by_nobody": "Channels of these that nobody has pulled for a minute.",
    "connections": "Connections to the database, of everybody.",
    "most_connections": "Connections that the database server takes.",
}


class Metrics(MiddlewareMixin):
    """Answers /metrics before a host name is asked for: Prometheus asks each container by its address, which no list of
    hosts can name. The token is what lets it in; without METRICS_TOKEN there is no such page."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if request.path != "/metrics" or not settings.METRICS_TOKEN:
            return None
        given = request.headers.get("Authorization", "")
        if not constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}"):
            return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
        return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


class _Desk(Collector):
    """What PostgreSQL says, and what this process knows of itself."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0
        self._shared: list[Metric] = []

    def describe(self) -> Iterator[Metric]:
        """Nothing: else the registry would ask the database at import."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily(
            "helpdesk",
            "What runs here.",
            value={"version": helpdesk.__version__, "role": settings.ROLE},
        )
        yield GaugeMetricFamily(
            "helpdesk_live_clients", "Pages that listen to this process.", value=tail.listeners
        )
        yield from _pool()
        with self._lock:
            if monotonic() > self._until:
                self._shared = _asked()
                self._until = monotonic() + KEPT
            yield from self._shared


def _asked() -> list[Metric]:
    """What PostgreSQL says, and whether it says anything: without it the process still tells of itself."""
    found: list[Metric] = []
    try:
        found = list(_shared())
    except DatabaseError as error:
        log.warning("figures_without_database", error=type(error).__name__)
    up = GaugeMetricFamily(
        "helpdesk_database_up", "Whether PostgreSQL has answered.", value=bool(found)
    )
    return [up, *found]


def _shared() -> Iterator[Metric]:
    read = figures.read()
    for name, words in _GAUGES.items():
        unit = "_seconds" if name.endswith("_wait") else ""
        yield GaugeMetricFamily(f"helpdesk_{name}{unit}", words, value=getattr(read, name))
    events = GaugeMetricFamily(
        "helpdesk_events_5m", "What happened to tickets in the last five minutes.", labels=["verb"]
    )
    for verb, count in figures.recent().items():
        events.add_metric([verb], count)
    pulses = GaugeMetricFamily(
        "helpdesk_pulse_age_seconds",
        "Since a task last came through the queue: beat, broker and worker were at work then.",
        labels=["queue"],
    )
    for queue, age in figures.pulses().items():
        pulses.add_metric([queue], age)
    yield from (events, pulses)


def _pool() -> Iterator[Metric]:
    """Of psycopg's pool in this process; nothing where there is none."""
    if "pool" not in connection.settings_dict["OPTIONS"]:
        return
    stats = connection.pool.get_stats()  # type: ignore[attr-defined]
    family = GaugeMetricFamily(
        "helpdesk_database_pool", "Database connections of this process.", labels=["state"]
    )
    for state in ("pool_size", "pool_available", "pool_max", "requests_waiting"):
        family.add_metric([state], stats.get(state, 0))
    yield family


desk = _Desk()
REGISTRY.register(desk)
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)
