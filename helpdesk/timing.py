"""How long requests take, by route: counted in this process, read by `operations.metrics`."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Histogram

REGISTRY = CollectorRegistry()
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS = Histogram(
    "helpdesk_request_seconds",
    "Time from a request to the beginning of its answer, in this process.",
    ("method", "route", "status"),
    registry=REGISTRY,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one request. `route` is the name of the route, never the address: that may hold a token."""
    known = method if method in _METHODS else "other"
    _SECONDS.labels(known, route or "none", str(status)).observe(seconds)
