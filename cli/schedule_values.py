"""A schedule as the command shows it: as JSON, in a list, and on a page of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from callboard.history.schedule_values import firing_values, run_values, runs_of, runs_to_come, schedule_values
from cli.output import Column, Out
from cli.times import ago, brief, local

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


def print_page(out: Out, values: dict[str, Any]) -> None:
    """A schedule with its next times and its latest firings."""
    from cli.terminal import console, facts, table

    screen = console(out)
    held = values["disabled"] or (
        f"by {values['paused_by']}: {values['pause_note'] or 'no reason given'}" if values["paused_at"] else ""
    )
    head = [
        ("Schedule", values["name"]),
        ("State", f"{values['state']} {held}".strip()),
        ("When", values["when"]),
        ("Cron", values["cron"]),
        ("Type", values["type"] + (f" in {values['queue']}" if values["queue"] else "")),
        ("Arguments", str(values["kwargs"] or values["args"] or "")),
        ("Missed times", f"{values['on_missed']}, {values['passed']:,} so far"),
        ("Overlap", values["overlap"]),
        ("Source", values["source"]),
    ]
    screen.print(facts(head))
    for rows, columns in ((values["runs"], RUN_COLUMNS), (values["firings"], FIRING_COLUMNS)):
        if rows:
            screen.print()
            screen.print(table(rows, columns, screen.width))
