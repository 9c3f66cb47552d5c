"""The whole fleet at one moment: what was counted in SQL, and what Redis and SQL hold now; either may be away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client.core import Metric as Family

from callboard.broker.errors import BrokerFault
from callboard.broker.gauges import Behind, Server, look_at_server, oldest_ready_ms, stuck_jobs, unrecorded
from callboard.broker.overview import overview
from callboard.history.errors import SchemaError
from callboard.history.gauges import Standing, measured
from callboard.history.meters import Readings
from callboard.jobs.states import ACTIVE, WAITING
from pipelines.registry import PIPELINES
from research.error_kinds import UNREACHABLE, kind_of
from research.notifications.budget_cap import cap_usd
from web.metrics import machinery, queues
from web.metrics.closed import closed
from web.metrics.counted import counted
from web.metrics.dramatiq_names import dramatiq_names
from web.metrics.families import single
from web.metrics.process import Measures
from web.metrics.queues import Lines
from web.services import Services


@dataclass(frozen=True, slots=True)
class History:
    """What SQL holds: totals, how things stand, and the cap of the month's cost."""

    readings: Readings
    standing: Standing
    cap_usd: float | None


class Fleet:
    """Collects once for each scrape."""

    def __init__(self, services: Services, measures: Measures) -> None:
        self._services = services
        self._measures = measures

    def collect(self) -> Iterator[Family]:
        """All families; those of a store that is away are left out, and its `up` is 0."""
        services = self._services
        names = closed(services.types, PIPELINES)
        history = self._history()
        yield single("sql_up", float(history is not None))
        if history:
            yield from counted(history.readings, names)
            yield from machinery.history(history.standing, history.readings, names)
            yield single("cost_cap_usd", history.cap_usd)
        server, lines, behind = self._redis(history.standing if history else None)
        yield from machinery.redis(server)
        yield from machinery.recorder(behind)
        if lines:
            yield from queues.queues(lines, names)
            yield from queues.workers(lines, names)
        if services.settings.metrics_dramatiq and history:
            yield from dramatiq_names(history.readings, lines, names)

    def _history(self) -> History | None:
        services = self._services
        try:
            engine = services.engine
        except Exception as error:
            if isinstance(error, SchemaError) or kind_of(error) == UNREACHABLE:
                return None
            raise
        found = measured(engine, services.settings.prefix, services.now_ms())
        return History(*found, cap_usd(engine)) if found else None

    def _redis(self, found: Standing | None) -> tuple[Server | None, Lines | None, Behind | None]:
        services, store = self._services, self._services.store
        try:
            server = look_at_server(services.links)
            self._measures.roundtrip.observe(server.roundtrip)
            now_ms = store.now_ms()
            lines = self._lines(found, now_ms)
            behind = unrecorded(services.links, found.last_id, now_ms) if found and found.last_id else None
        except BrokerFault:
            return None, None, None
        return server, lines, behind

    def _lines(self, found: Standing | None, now_ms: int) -> Lines:
        store = self._services.store
        seen = overview(store)
        counts = {name: queue["counts"] for name, queue in seen.queues.items()}
        waiting = [name for name, of_queue in counts.items() if of_queue[WAITING]]
        stuck = stuck_jobs(store, {name: of_queue[ACTIVE] for name, of_queue in counts.items()}, now_ms)
        silent = found.silent if found else {}
        return Lines(seen, oldest_ready_ms(store, waiting), {**silent, **stuck}, now_ms)
