"""Which schedules there are: set one, remove one or all, create those of the platform."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from typing import Any

import click
import orjson

from callboard.jobs.schedule import ON_MISSED, OVERLAPS, Schedule
from callboard.jobs.settings import environment_for_child
from cli.asking import confirm
from cli.commands.enqueue import Priority, texts_of
from cli.completions import type_names
from cli.failures import NOT_POSSIBLE, Stop
from cli.output import Column, Out
from cli.schedule_change import change, name_argument, show, tz_option
from cli.server import database, known_type, remote, settings
from cli.times import Moment
from cli.values import parse_pairs, read_values
from cli.words import word


@word("set", 'callboard schedules set nightly data_export --cron "0 2 * * *" --tz Europe/Berlin format=csv')
@name_argument
@click.argument("type", shell_complete=type_names)
@click.argument("arguments", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--cron", help="Five fields, or a word such as @hourly.")
@click.option("--at", "run_at", type=Moment(), metavar="TIME", help="Once, at this time, instead of --cron.")
@tz_option
@click.option("--queue", metavar="NAME", help="Another queue than that of the type.")
@click.option("--priority", type=Priority(), metavar="P", help="critical, high, normal, low, or 1 to 100.")
@click.option("--on-missed", type=click.Choice([*ON_MISSED]), default="latest", help="What becomes of missed times.")
@click.option("--cap", type=click.IntRange(1), default=100, help="Missed times to make up at most, with `all`.")
@click.option("--overlap", type=click.Choice([*OVERLAPS]), default="allow", help="While its last job runs.")
@click.option("--args-file", metavar="FILE", help="Read the arguments from a JSON object; - is standard input.")
@click.pass_obj
def set_command(
    out: Out,
    *,
    name: str,
    type: str,
    arguments: tuple[str, ...],
    args_file: str | None,
    priority: int | None,
    **given: Any,
) -> None:
    """Create a schedule or change the one of this name; its arguments are checked by its type."""
    from callboard.broker.scheduled import scheduled_call
    from callboard.jobs.identity import new_id
    from callboard.jobs.schedule import checked

    actor = known_type(type)
    kwargs = read_values(args_file) | parse_pairs(arguments, texts_of(actor))
    options = {"priority": priority} if priority is not None else {}
    schedule = checked(Schedule(name, actor.actor_name, kwargs=kwargs, options=options, source="command", **given))
    scheduled_call(actor, schedule, id=new_id(), planned_ms=0)
    result = put(schedule)
    show(out, name, f"{name} is {result}: {schedule.words}", result=result)


def put(schedule: Schedule) -> str:
    """Create a schedule or change the one of its name; which of it was done. Raises BadSchedule, Refused."""
    if far := remote():
        from cli import remote_schedules

        return remote_schedules.put(far.api, schedule)
    from callboard.history.schedules import put_schedule

    keep = partial(put_schedule, seconds=settings().schedule_seconds)
    return str(change("set schedule", schedule.name, lambda session, at: keep(session, schedule, at)))


@word("init", "callboard schedules init\ncallboard migrate && callboard schedules init")
@click.pass_obj
def init_command(out: Out) -> None:
    """Create the schedules of the platform, or bring them to what the code says; those changed by hand are kept."""
    database()
    # The timetable lies beside the command and not below it, hence its own program is asked.
    program = [sys.executable, "-m", "scheduler", "--init"]
    done = subprocess.run(program, capture_output=True, check=False, env=environment_for_child())
    if done.returncode:
        raise Stop(NOT_POSSIBLE, done.stderr.decode().strip() or "the timetable could not be made")
    columns = (Column("name", "Schedule"), Column("result", "Result"), Column("disabled", "Disabled", fold=True))
    out.rows("schedules", orjson.loads(done.stdout), columns)


@word("rm", "callboard schedules rm nightly --yes")
@name_argument
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def rm_command(out: Out, name: str, yes: bool) -> None:
    """Remove a schedule with the list of its firings; its jobs stay."""
    confirm(f"Remove the schedule {name}", yes)
    if far := remote():
        from cli import remote_schedules

        remote_schedules.remove(far.api, name)
    else:
        from callboard.history.schedules import remove_schedule

        change("remove schedule", name, lambda session, _: remove_schedule(session, name))
    out.page({"name": name, "result": "removed"}, lambda: out.say(f"{name} is removed"))


@word("clear", "callboard schedules clear --yes")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def clear_command(out: Out, yes: bool) -> None:
    """Remove all schedules, those of the platform too."""
    confirm("Remove all schedules", yes)
    removed = cleared()
    out.page({"removed": removed}, lambda: out.say(f"{removed} schedules removed"))


def cleared() -> int:
    """Remove all schedules; how many there were."""
    if far := remote():
        from cli import remote_schedules

        return remote_schedules.clear(far.api)
    from callboard.history.schedules import clear_schedules

    return int(change("clear schedules", "*", lambda session, _: clear_schedules(session)))


SETS = (set_command, init_command, rm_command, clear_command)
