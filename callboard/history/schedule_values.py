"""A schedule as everybody is shown it, by the command and the API alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from callboard.jobs.cron import BadCron, BadZone
from callboard.jobs.masking import hide
from callboard.jobs.preview import Run, next_runs

if TYPE_CHECKING:
    from callboard.history.firings import Firing
    from callboard.history.schedules import ScheduleStatus
    from callboard.jobs.schedule import Schedule


def schedule_values(status: ScheduleStatus) -> dict[str, Any]:
    """A schedule as JSON values, secrets among its arguments hidden."""
    schedule = status.schedule
    return {
        "name": schedule.name,
        "type": schedule.type,
        "when": schedule.words,
        "cron": schedule.cron,
        "run_at": schedule.run_at,
        "zone": schedule.zone,
        "queue": schedule.queue,
        "args": list(schedule.args),
        "kwargs": hide(schedule.kwargs),
        "options": schedule.options,
        "on_missed": schedule.on_missed,
        "cap": schedule.cap,
        "overlap": schedule.overlap,
        "source": schedule.source,
        "state": state_of(status),
        "next_at": None if status.rests else status.next_at,
        "paused_at": status.paused_at,
        "paused_by": status.paused_by,
        "pause_note": status.pause_note,
        "disabled": status.disabled,
        "last_at": status.last_at,
        "last_job": status.last_job,
        "fired": status.fired,
        "passed": status.passed,
    }


def state_of(status: ScheduleStatus) -> str:
    """`on`, or what keeps it from making jobs: paused, disabled, over."""
    if status.disabled is not None:
        return "disabled"
    if status.paused_at is not None:
        return "paused"
    return "on" if status.next_at else "over"


def run_values(run: Run) -> dict[str, Any]:
    """A time to come as JSON values: in the zone of the schedule, and on this machine."""
    utc = run.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {"at": run.at.isoformat(), "utc": utc, "local": run.at.astimezone().isoformat(), "note": run.note}


def runs_to_come(status: ScheduleStatus) -> list[Run]:
    """The next times of a schedule as it stands: none while it rests, and none that was left out by hand."""
    if status.rests or status.next_at is None:
        return []
    return runs_of(status.schedule, max(datetime.now(UTC), status.next_at - timedelta(milliseconds=1)))


def runs_of(schedule: Schedule, after: datetime | None, count: int = 5) -> list[Run]:
    """The next times of a schedule, none where it cannot be read or has none."""
    try:
        cron = schedule.parsed
        return next_runs(cron, schedule.zone, after or datetime.now(UTC), count) if cron else []
    except (BadCron, BadZone):
        return []


def firing_values(firing: Firing) -> dict[str, Any]:
    """A firing as JSON values."""
    return {
        "planned_at": firing.planned_at,
        "state": firing.state,
        "job": firing.job,
        "outcome": firing.outcome,
        "late_ms": firing.late_ms,
        "passed": firing.passed,
        "asked_by": firing.asked_by,
        "reason": firing.reason,
    }
