"""A schedule as the command shows it: as JSON, in a list, and on a page of its own."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from callboard.jobs.cron import BadCron, BadZone
from callboard.jobs.preview import Run, next_runs
from cli.output import Column, Out
from cli.times import ago, brief, local, now

if TYPE_CHECKING:
    from callboard.history.firings import Firing
    from callboard.history.schedules import ScheduleStatus
    from callboard.jobs.schedule import Schedule


def schedule_values(status: ScheduleStatus) -> dict[str, Any]:
    """A schedule as JSON values."""
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
        "kwargs": schedule.kwargs,
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
    return {"at": run.at.isoformat(), "local": run.at.astimezone().isoformat(), "note": run.note}


def runs_of(schedule: Schedule, after: datetime | None, count: int = 5) -> list[Run]:
    """The next times of a schedule, none where it cannot be read or has none."""
    try:
        cron = schedule.parsed
        return next_runs(cron, schedule.zone, after or now(), count) if cron else []
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


STYLES: Final = {"on": "green", "paused": "yellow", "disabled": "red", "over": "bright_black"}
COLUMNS: Final = (
    Column("name", "Schedule"),
    Column("state", "", style=lambda row: STYLES[row["state"]]),
    Column("next_at", "Next", show=lambda row: ago(row["next_at"]), right=True),
    Column("when", "When", fold=True),
    Column("type", "Type", fold=True),
    Column("last_at", "Last", show=lambda row: ago(row["last_at"]), right=True),
    Column("fired", "Fired", right=True),
    Column("passed", "Missed", show=lambda row: f"{row['passed']:,}" if row["passed"] else "·", right=True),
)
RUN_COLUMNS: Final = (
    Column("at", "There", show=lambda row: wall(row["at"])),
    Column("local", "Here", show=lambda row: wall(row["local"])),
    Column("note", "", fold=True, style=lambda _: "yellow"),
)
FIRING_COLUMNS: Final = (
    Column("planned_at", "Planned", show=lambda row: local(row["planned_at"])),
    Column("state", "State"),
    Column("outcome", "Job", show=lambda row: row["outcome"] or ""),
    Column("job", "", wide=True),
    Column(
        "late_ms", "Late", show=lambda row: brief(row["late_ms"] / 1000) if row["late_ms"] >= 1000 else "", right=True
    ),
    Column("reason", "", fold=True),
)


def wall(moment: str) -> str:
    """A time with the offset of its zone, as a clock on a wall there shows it."""
    return datetime.fromisoformat(moment).strftime("%a %Y-%m-%d %H:%M:%S %z")


def print_page(out: Out, status: ScheduleStatus, firings: list[Firing]) -> None:
    """A schedule with its next times and its latest firings."""
    from cli.terminal import console, facts, table

    values, schedule, screen = schedule_values(status), status.schedule, console(out)
    held = status.disabled or (
        f"by {status.paused_by}: {status.pause_note or 'no reason given'}" if status.paused_at else ""
    )
    head = [
        ("Schedule", schedule.name),
        ("State", f"{values['state']} {held}".strip()),
        ("When", schedule.words),
        ("Cron", schedule.cron),
        ("Type", schedule.type + (f" in {schedule.queue}" if schedule.queue else "")),
        ("Arguments", str(schedule.kwargs or list(schedule.args) or "")),
        ("Missed times", f"{schedule.on_missed}, {status.passed:,} so far"),
        ("Overlap", schedule.overlap),
        ("Source", schedule.source),
    ]
    screen.print(facts(head))
    runs = [] if status.rests else [run_values(run) for run in runs_of(schedule, None)]
    for rows, columns in ((runs, RUN_COLUMNS), ([firing_values(one) for one in firings], FIRING_COLUMNS)):
        if rows:
            screen.print()
            screen.print(table(rows, columns, screen.width))
