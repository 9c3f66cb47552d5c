"""Redis, SQL, recorder, schedules and flows as they are now, as families."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import Metric as Family

from callboard.broker.gauges import Behind, Server
from callboard.history.gauges import Standing
from callboard.history.meters import SCHEDULE_SUCCESS, Readings
from web.metrics.closed import Closed
from web.metrics.families import family, single, summed


def redis(server: Server | None) -> Iterator[Family]:
    """How Redis is, None where it does not answer."""
    yield single("redis_up", float(server is not None))
    yield single("redis_memory_bytes", server.memory if server else None)
    yield single("redis_noeviction", float(server.noeviction) if server else None)


def recorder(behind: Behind | None) -> Iterator[Family]:
    """How far the recorder is, None where nobody can tell."""
    yield single("recorder_lag_seconds", behind.seconds if behind else None)
    yield single("recorder_lag_events", behind.events if behind else None)
    yield single("event_stream_length", behind.length if behind else None)


def history(standing: Standing, readings: Readings, closed: Closed) -> Iterator[Family]:
    """Flows, schedules and whether a scheduler runs."""
    yield family("flows_active", summed(((closed.of("pipeline", name),), n) for name, n in standing.flows.items()))
    known = {one.name for one in standing.schedules}
    done = {name: at for (name,), at in readings[SCHEDULE_SUCCESS].items() if name in known}
    due = {one.name: one.next_ms for one in standing.schedules if one.next_ms}
    yield family("schedule_last_success_timestamp_seconds", {(name,): at / 1000 for name, at in done.items()})
    yield family("schedule_next_run_timestamp_seconds", {(name,): at / 1000 for name, at in due.items()})
    yield family("schedule_missed", {(one.name,): float(one.passed) for one in standing.schedules})
    yield single("scheduler_is_leader", float(standing.led))
