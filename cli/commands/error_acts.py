"""What `callboard errors` does to groups of failures: resolve, ignore, open again, assign, note."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import click

from cli.completions import error_groups
from cli.output import Out
from cli.server import database, store
from cli.times import Duration, Moment, local, now
from cli.words import Word, word

if TYPE_CHECKING:
    from callboard.history.failures import FailureGroup

DECIDED: Final = ("fingerprint", "status", "status_at", "ignored_until", "assignee", "note")
group_argument = click.argument("group", shell_complete=error_groups)
groups_argument = click.argument("groups", nargs=-1, required=True, shell_complete=error_groups)


def find(text: str) -> FailureGroup:
    """The group that is meant. Raises UnknownGroup."""
    from callboard.history.failures import find_group

    return find_group(database(), text)


def decide(out: Out, texts: tuple[str, ...], past: str, act: Callable[[Any, str], None]) -> None:
    """Do something to each group, all found before the first is touched."""
    found = [find(text) for text in texts]
    for group in found:
        act(database(), group.fingerprint)
    if out.machine:
        after = [find(group.fingerprint) for group in found]
        out.rows("errors", [{name: getattr(group, name) for name in DECIDED} for group in after], [])
    for group in found:
        out.say(f"{group.fingerprint[:8]} {past}: {group.error_type}: {group.message}")


@word("resolve", "callboard errors resolve 3f9a")
@groups_argument
@click.pass_obj
def resolve_command(out: Out, groups: tuple[str, ...]) -> None:
    """Say that the fault is mended. The group opens again with the next failure."""
    from callboard.history.failure_decisions import resolve

    moment = store().now_ms()
    decide(out, groups, "is resolved", lambda engine, id: resolve(engine, id, moment))


@word("ignore", "callboard errors ignore 3f9a --for 7d\ncallboard errors ignore 3f9a --until 2031-05-04")
@groups_argument
@click.option("--for", "seconds", metavar="TIME", type=Duration(), help="For so long.")
@click.option("--until", metavar="TIME", type=Moment(), help="Until this time; for good if neither is given.")
@click.pass_obj
def ignore_command(out: Out, groups: tuple[str, ...], seconds: float | None, until: datetime | None) -> None:
    """Leave groups out of the open ones, for good or for a time."""
    from callboard.history.failure_decisions import ignore

    if seconds is not None and until is not None:
        raise click.UsageError("--for and --until exclude each other")
    end = until if seconds is None else now() + timedelta(seconds=seconds)
    past = f"is ignored until {local(end)}" if end else "is ignored"
    decide(out, groups, past, lambda engine, id: ignore(engine, id, end))


@word("reopen", "callboard errors reopen 3f9a")
@groups_argument
@click.pass_obj
def reopen_command(out: Out, groups: tuple[str, ...]) -> None:
    """Take back that groups are resolved or ignored."""
    from callboard.history.failure_decisions import reopen

    decide(out, groups, "is open", reopen)


@word("assign", "callboard errors assign 3f9a ann\ncallboard errors assign 3f9a")
@group_argument
@click.argument("who", required=False)
@click.pass_obj
def assign_command(out: Out, group: str, who: str | None) -> None:
    """Say who looks after a group; nobody, if left out."""
    from callboard.history.failure_decisions import assign

    decide(out, (group,), f"is for {who}" if who else "is nobody's", lambda engine, id: assign(engine, id, who))


@word("note", 'callboard errors note 3f9a "the hoster is at it"\ncallboard errors note 3f9a ""')
@group_argument
@click.argument("text")
@click.pass_obj
def note_command(out: Out, group: str, text: str) -> None:
    """Write a note to a group, in place of the one before."""
    from callboard.history.failure_decisions import annotate

    decide(out, (group,), "is noted", lambda engine, id: annotate(engine, id, text))


ACTS: Final[tuple[Word, ...]] = (resolve_command, ignore_command, reopen_command, assign_command, note_command)
