"""Change a schedule by hand: by whom is written down, and what came of it is said."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from cli.completions import schedule_names
from cli.output import Out
from cli.schedule_values import schedule_values
from cli.server import database, remote, store

if TYPE_CHECKING:
    from callboard.history.database import Session

name_argument = click.argument("name", shell_complete=schedule_names)
tz_option = click.option(
    "--tz", "zone", metavar="ZONE", default="UTC", show_default=True, help="Such as Europe/Berlin."
)


def who() -> str:
    """The person at this keyboard, for the record."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"


def change(verb: str, name: str, act: Callable[[Session, int], Any], **detail: Any) -> Any:
    """Change a schedule by hand, and write down in the same transaction who did it."""
    from callboard.history.audit import note_act
    from callboard.history.database import writing

    now_ms = store().now_ms()
    with writing(database()) as session:
        answer = act(session, now_ms)
        note_act(session, now_ms, who(), verb, name, origin="command line", detail=detail or None)
    return answer


def show(out: Out, name: str, words: str, **more: Any) -> None:
    """Say what was done; the schedule as it is now, as JSON."""
    out.page(found(name) | more, lambda: out.say(words))


def found(name: str) -> dict[str, Any]:
    """A schedule as it is now. Raises ScheduleMissing, Refused."""
    if far := remote():
        from cli import remote_schedules

        return remote_schedules.found(far.api, name)
    from callboard.history.database import reading
    from callboard.history.schedules import get_schedule

    with reading(database()) as session:
        return schedule_values(get_schedule(session, name))
