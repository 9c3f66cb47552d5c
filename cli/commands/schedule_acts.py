"""What may be done to a schedule by hand: run, pause, resume, skip its next time, fill a range."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

import click

from cli.asking import confirm
from cli.output import Column, Out
from cli.schedule_change import change, name_argument, show, who
from cli.schedule_values import firing_values
from cli.server import client, database, links, platform, remote, store
from cli.times import Moment, local
from cli.words import word


@word("run", "callboard schedules run daily_report")
@name_argument
@click.pass_obj
def run_command(out: Out, name: str) -> None:
    """Make a job of a schedule now and print its id; its next time stays."""
    firing = fired(name)
    out.page(firing, lambda: out.line(firing["job"]))


def fired(name: str) -> dict[str, Any]:
    """Make a job of a schedule now; the firing. Raises ScheduleMissing, ScheduleHeld, Refused."""
    if far := remote():
        from cli import remote_schedules

        return remote_schedules.run(far.api, name)
    from callboard.history.database import reading
    from callboard.history.firings import get_firing
    from callboard.history.schedules_ask import run_now
    from callboard.history.schedules_push import push_one

    key = change("run schedule", name, lambda session, at: run_now(session, name, at, by=who()))
    push_one(database(), client(), platform().actors, key, store().now_ms())
    with reading(database()) as session:
        return firing_values(get_firing(session, key))


@word("pause", 'callboard schedules pause nightly --note "until the disk is bigger"')
@name_argument
@click.option("--note", help="Why, for those who wonder.")
@click.pass_obj
def pause_command(out: Out, name: str, note: str | None) -> None:
    """Make no more jobs of a schedule; times that pass meanwhile are left out."""
    if far := remote():
        from cli import remote_schedules

        remote_schedules.pause(far.api, name, note)
    else:
        from callboard.history.schedules_hold import pause_schedule

        hold = partial(pause_schedule, by=who(), note=note)
        change("pause schedule", name, lambda session, at: hold(session, name, at), note=note)
        tell_pause(name, True, note)
    show(out, name, f"{name} is paused")


@word("resume", "callboard schedules resume nightly")
@name_argument
@click.pass_obj
def resume_command(out: Out, name: str) -> None:
    """Go on with the next time to come."""
    if far := remote():
        from cli import remote_schedules

        remote_schedules.resume(far.api, name)
    else:
        from callboard.history.schedules_hold import resume_schedule

        change("resume schedule", name, lambda session, at: resume_schedule(session, name, at))
        tell_pause(name, False, None)
    show(out, name, f"{name} goes on")


def tell_pause(name: str, paused: bool, note: str | None) -> None:
    """Tell those who watch."""
    from callboard.broker.announce import announce

    announce(links(), "schedule:paused", name, {"paused": paused, "by": who(), "note": note})


@word("skip", "callboard schedules skip nightly")
@name_argument
@click.pass_obj
def skip_command(out: Out, name: str) -> None:
    """Leave out the next time."""
    skipped_at = skipped(name)
    show(out, name, f"{name} leaves out {local(skipped_at)}", skipped_at=skipped_at)


def skipped(name: str) -> datetime | None:
    """Leave out the next time of a schedule; which that was. Raises ScheduleMissing, SchedulePassed, Refused."""
    if far := remote():
        from cli import remote_schedules

        return remote_schedules.skip(far.api, name)
    from callboard.history.schedules_hold import skip_next
    from callboard.jobs.clock import from_ms

    return from_ms(change("skip schedule", name, lambda session, _: skip_next(session, name)))


@word(
    "backfill",
    "callboard schedules backfill nightly --from 2026-11-01 --to 2026-11-15 --dry-run\n"
    "callboard schedules backfill nightly --from 2026-11-01T00:00Z --to 2026-11-02T00:00Z --yes",
)
@name_argument
@click.option("--from", "start", type=Moment(), metavar="TIME", required=True, help="First time, local without a zone.")
@click.option("--to", "end", type=Moment(), metavar="TIME", required=True, help="Last time; it must be over.")
@click.option("--dry-run", is_flag=True, help="Only list the times.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def backfill_command(out: Out, *, name: str, start: datetime, end: datetime, dry_run: bool, yes: bool) -> None:
    """Make the jobs of all times of a range that had none; at most 1,000."""
    times = open_times(name, start, end)
    if times and not dry_run:
        confirm(f"Make {len(times)} jobs of {name}", yes)
        times = filled(name, start, end)
    rows = [{"planned_at": planned_at} for planned_at in times]
    out.rows("times", rows, (Column("planned_at", "Planned", show=lambda row: local(row["planned_at"])),))


def open_times(name: str, start: datetime, end: datetime) -> list[datetime | None]:
    """The times of a range that had no job. Raises ScheduleMissing, SchedulePassed, ValueError, Refused."""
    if far := remote():
        from cli import remote_schedules

        return remote_schedules.backfill(far.api, name, start, end, dry_run=True)
    from callboard.history.database import writing
    from callboard.history.schedules_ask import backfill
    from callboard.jobs.clock import from_ms

    with writing(database()) as session:
        times = backfill(session, name, start, end, store().now_ms(), by=who(), dry_run=True)
    return [from_ms(planned_ms) for planned_ms in times]


def filled(name: str, start: datetime, end: datetime) -> list[datetime | None]:
    """Make the jobs of these times; the times. Raises the same, and ScheduleHeld."""
    if far := remote():
        from cli import remote_schedules

        return remote_schedules.backfill(far.api, name, start, end, dry_run=False)
    from callboard.history.schedules_ask import backfill
    from callboard.history.schedules_push import push_one
    from callboard.jobs.clock import from_ms

    asked = {"from": start.isoformat(), "to": end.isoformat()}
    fill = partial(backfill, by=who())
    times = change("backfill schedule", name, lambda session, at: fill(session, name, start, end, at), **asked)
    for planned_ms in times:
        push_one(database(), client(), platform().actors, (name, planned_ms), store().now_ms())
    return [from_ms(planned_ms) for planned_ms in times]


ACTS = (run_command, pause_command, resume_command, skip_command, backfill_command)
