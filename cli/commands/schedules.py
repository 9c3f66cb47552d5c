"""`callboard schedules`: what is due when, and what became of it; see schedule_set and schedule_acts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from callboard.jobs.cron import find_zone, parse_cron
from callboard.jobs.preview import RUNS
from callboard.jobs.schedule import Schedule
from cli.commands.schedule_acts import ACTS
from cli.commands.schedule_set import SETS
from cli.output import Out
from cli.schedule_change import name_argument, tz_option
from cli.schedule_values import (
    COLUMNS,
    RUN_COLUMNS,
    firing_values,
    print_page,
    run_values,
    runs_of,
    runs_to_come,
    schedule_values,
)
from cli.server import database, remote
from cli.times import Moment, now
from cli.words import Words, word

EXAMPLES = """
callboard schedules                                      all of them, with their next time
callboard schedules preview "30 2 * * *" --tz Europe/Berlin
callboard schedules set nightly data_export --cron @daily format=csv
callboard schedules pause nightly --note "until the disk is bigger"
"""
schedules_command = Words("schedules", default="ls", examples=EXAMPLES, help="What is due when.")


@word("ls", "callboard schedules ls\ncallboard schedules ls --json | jq '.schedules[].next_at'")
@click.pass_obj
def ls_command(out: Out) -> None:
    """List all schedules with their next time."""
    out.rows("schedules", listed(), COLUMNS, "no schedules; `callboard schedules init` makes those of the platform")


def listed() -> list[dict[str, Any]]:
    """All schedules by name, each as one row."""
    if far := remote():
        from cli import remote_schedules

        return remote_schedules.listed(far.api)
    from callboard.history.database import reading
    from callboard.history.schedules import list_schedules

    with reading(database()) as session:
        return [schedule_values(status) for status in list_schedules(session)]


@word("show", "callboard schedules show daily_report")
@name_argument
@click.option("--limit", metavar="N", type=click.IntRange(0, 1000), default=10, help="Firings to show at most.")
@click.pass_obj
def show_command(out: Out, name: str, limit: int) -> None:
    """Show one schedule: its next times, and what became of the last ones."""
    values = whole(name, limit)
    out.page(values, lambda: print_page(out, values))


def whole(name: str, limit: int) -> dict[str, Any]:
    """A schedule with its next times and so many of its last firings. Raises ScheduleMissing, Refused."""
    if far := remote():
        from cli import remote_schedules

        return remote_schedules.whole(far.api, name, limit)
    from callboard.history.database import reading
    from callboard.history.firings import list_firings
    from callboard.history.schedules import get_schedule

    with reading(database()) as session:
        status, firings = get_schedule(session, name), list_firings(session, name, limit)
    runs = [run_values(run) for run in runs_to_come(status)]
    return schedule_values(status) | {"runs": runs, "firings": [firing_values(firing) for firing in firings]}


@word("preview", 'callboard schedules preview "30 2 * * *" --tz Europe/Berlin\ncallboard schedules preview @hourly')
@click.argument("cron")
@tz_option
@click.option("--count", metavar="N", type=click.IntRange(1, 1000), default=RUNS, show_default=True, help="So many.")
@click.option("--after", type=Moment(), metavar="TIME", help="After this time instead of now.")
@click.pass_obj
def preview_command(out: Out, cron: str, zone: str, count: int, after: datetime | None) -> None:
    """Say in words when a cron expression is due, and the next times, there and here; changes of the clock marked."""
    words = f"{parse_cron(cron).words}, {find_zone(zone).key}"
    runs = [run_values(run) for run in runs_of(Schedule("", "", cron, zone=zone), after or now(), count)]
    if not out.machine:
        out.say(words)
    out.rows("runs", runs, RUN_COLUMNS, cron=cron, zone=zone, words=words)


for further in (ls_command, show_command, preview_command, *SETS, *ACTS):
    schedules_command.add_command(further)
