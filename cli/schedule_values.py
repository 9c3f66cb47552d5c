"""A schedule as the command shows it: as JSON, in a list, and on a page of its own."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from callboard.history.schedule_values import firing_values, run_values, runs_of, runs_to_come, schedule_values
from cli.output import Column, Out
from cli.times import ago, brief, local

if TYPE_CHECKING:
    from callboard.history.firings import Firing
    from callboard.history.schedules import ScheduleStatus

__all__ = [
    "COLUMNS",
    "RUN_COLUMNS",
    "firing_values",
    "print_page",
    "run_values",
    "runs_of",
    "runs_to_come",
    "schedule_values",
]

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
    runs = [run_values(run) for run in runs_to_come(status)]
    for rows, columns in ((runs, RUN_COLUMNS), ([firing_values(one) for one in firings], FIRING_COLUMNS)):
        if rows:
            screen.print()
            screen.print(table(rows, columns, screen.width))
