"""What one process measures of itself: requests, its live stream, round trips to Redis, and what it is built of."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator
from importlib.metadata import version
from threading import Lock
from typing import Final

from flask import Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import Metric as Family

from callboard import __version__
from callboard.history.meters import OTHER
from callboard.jobs.clock import wall_ms
from web.live.live import Live
from web.metrics.families import family, single
from web.metrics.table import BY_KEY

MEASURES: Final = "callboard.metrics"
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Routes are many, and a histogram of each would be most of all series.
ROUTES_MOST: Final = 25


class Measures:
    """The counters and histograms of one application, and its live stream."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.registry = CollectorRegistry()
        self.requests = self._counter("http_requests")
        self.request_seconds = self._histogram("http_request_duration_seconds")
        self.roundtrip = self._histogram("redis_roundtrip_seconds")
        self.delivery = self._histogram("live_delivery_seconds")
        self.registry.register(self)
        live.on_take = self.delivered
        self._routes: set[tuple[str, str, str]] = set()
        self._lock = Lock()

    def _counter(self, key: str) -> Counter:
        metric = BY_KEY[key]
        return Counter(metric.name, metric.about, metric.labels, registry=self.registry)

    def _histogram(self, key: str) -> Histogram:
        metric = BY_KEY[key]
        return Histogram(metric.name, metric.about, metric.labels, buckets=metric.buckets, registry=self.registry)

    def answered(self, method: str, route: str, code: int, seconds: float) -> None:
        """Count a request; the first so many kinds by their own names."""
        labels = (method if method in METHODS else OTHER, route, str(code))
        with self._lock:
            if labels not in self._routes and len(self._routes) >= ROUTES_MOST:
                labels = (OTHER, OTHER, labels[2])
            self._routes.add(labels)
        self.requests.labels(*labels).inc()
        self.request_seconds.labels(*labels).observe(seconds)

    def collect(self) -> Iterator[Family]:
        """What is read at the scrape."""
        figures = self.live.figures()
        yield family("live_clients", {(name,): number for name, number in self.live.clients().items()})
        yield single("live_resyncs", figures.get("resyncs", 0))
        yield single("live_reader_restarts", figures["restarts"])
        yield family("build_info", {build(self.live.services.settings.revision): 1.0})

    def delivered(self, at_ms: int) -> None:
        """A client is sent an event of this time."""
        self.delivery.observe(max(0, wall_ms() - at_ms) / 1000)


def build(revision: str | None) -> tuple[str, ...]:
    """Versions of what runs here: Callboard, its revision where the deploy says it, Python, Dramatiq."""
    return __version__, revision or "", platform.python_version(), version("dramatiq")


def measure(app: Flask) -> None:
    """Count the requests of an application from now on."""

    def begin() -> None:
        g.began = time.perf_counter()

    # Before the guard, which refuses requests that are counted too.
    app.before_request_funcs.setdefault(None, []).insert(0, begin)

    @app.after_request
    def end(response: Response) -> Response:
        rule = request.url_rule.rule if request.url_rule else OTHER
        measures: Measures = current_app.extensions[MEASURES]
        measures.answered(request.method, rule, response.status_code, time.perf_counter() - g.began)
        return response
