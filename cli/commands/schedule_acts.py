"""What may be done to a schedule by hand: run, pause, resume, skip its next time, fill a range."""

from __future__ import annotations

from datetime import datetime

import click

from cli.asking import confirm
from cli.output import Column, Out
from cli.schedule_change import change, name_argument, show, who
from cli.schedule_values import firing_values
from cli.server import client, database, links, platform, store
from cli.times import Moment, local
from cli.words import word


@word("run", "callboard schedules run daily_report")
@name_argument
@click.pass_obj
def run_command(out: Out, name: str) -> None:
    """Make a job of a schedule now and print its id; its next time stays."""
    from callboard.history.database import reading
    from callboard.history.firings import get_firing
    from callboard.history.schedules_ask import run_now
    from callboard.history.schedules_push import push_one

    key = change("run schedule", name, lambda session, at: run_now(session, name, at, by=who()))
    push_one(database(), client(), platform().actors, key, store().now_ms())
    with reading(database()) as session:
        firing = get_firing(session, key)
    out.page(firing_values(firing), lambda: out.line(firing.job))


@word("pause", 'callboard schedules pause nightly --note "until the disk is bigger"')
@name_argument
@click.option("--note", help="Why, for those who wonder.")
@click.pass_obj
def pause_command(out: Out, name: str, note: str | None) -> None:
    """Make no more jobs of a schedule; times that pass meanwhile are left out."""
    from callboard.history.schedules_hold import pause_schedule

    change(
        "pause schedule", name, lambda session, at: pause_schedule(session, name, at, by=who(), note=note), note=note
    )
    tell_pause(name, True, note)
    show(out, name, f"{name} is paused")


@word("resume", "callboard schedules resume nightly")
@name_argument
@click.pass_obj
def resume_command(out: Out, name: str) -> None:
    """Go on with the next time to come."""
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
    from callboard.history.schedules_hold import skip_next
    from callboard.jobs.clock import from_ms

    skipped_at = from_ms(change("skip schedule", name, lambda session, _: skip_next(session, name)))
    show(out, name, f"{name} leaves out {local(skipped_at)}", skipped_at=skipped_at)


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
    from callboard.history.database import writing
    from callboard.history.schedules_ask import backfill
    from callboard.history.schedules_push import push_one
    from callboard.jobs.clock import from_ms

    now_ms = store().now_ms()
    with writing(database()) as session:
        times = backfill(session, name, start, end, now_ms, by=who(), dry_run=True)
    if times and not dry_run:
        confirm(f"Make {len(times)} jobs of {name}", yes)
        asked = {"from": start.isoformat(), "to": end.isoformat()}
        times = change(
            "backfill schedule", name, lambda session, at: backfill(session, name, start, end, at, by=who()), **asked
        )
        for planned_ms in times:
            push_one(database(), client(), platform().actors, (name, planned_ms), now_ms)
    rows = [{"planned_at": from_ms(planned_ms)} for planned_ms in times]
    out.rows("times", rows, (Column("planned_at", "Planned", show=lambda row: local(row["planned_at"])),))


ACTS = (run_command, pause_command, resume_command, skip_command, backfill_command)
