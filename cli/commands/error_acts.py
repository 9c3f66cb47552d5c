"""What `callboard errors` does to groups of failures: resolve, ignore, open again, assign, note."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import click

from cli.completions import error_groups
from cli.output import Out
from cli.schedule_change import who
from cli.server import database, remote, store
from cli.times import Duration, Moment, local, now
from cli.words import Word, word

if TYPE_CHECKING:
    from callboard.history.database import Session
    from callboard.history.failures import FailureGroup

    Decision = Callable[[Session, str, int], object]

DECIDED: Final = ("fingerprint", "status", "status_at", "ignored_until", "assignee", "note")
group_argument = click.argument("group", shell_complete=error_groups)
groups_argument = click.argument("groups", nargs=-1, required=True, shell_complete=error_groups)


def find(text: str) -> FailureGroup:
    """The group that is meant. Raises UnknownGroup, or Refused over the API."""
    if far := remote():
        from cli.remote_errors import group

        return group(far.api, text)
    from callboard.history.failures import find_group

    return find_group(database(), text)


def by_hand(verb: str, fingerprint: str, act: Decision, count: int = 1) -> None:
    """Do something to a group, and write down in the same transaction who did it."""
    from callboard.history.audit import note_act
    from callboard.history.database import writing

    now_ms = store().now_ms()
    with writing(database()) as session:
        act(session, fingerprint, now_ms)
        note_act(session, now_ms, who(), f"error.{verb}", fingerprint, count=count, origin="command line")


def decide(
    out: Out, verb: str, texts: tuple[str, ...], past: str, act: Decision, *, change: dict[str, str | None]
) -> None:
    """Do something to each group, all found before the first is touched; `change` is the same for the API."""
    found = [find(text) for text in texts]
    for group in found:
        if far := remote():
            from cli.remote_errors import decide as decide_there

            decide_there(far.api, group.fingerprint, change)
        else:
            by_hand(verb, group.fingerprint, act)
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

    decide(out, "resolve", groups, "is resolved", resolve, change={"status": "resolved"})


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
    change = {"status": "ignored", "ignored_until": end.isoformat() if end else None}
    decide(out, "ignore", groups, past, lambda session, id, now_ms: ignore(session, id, end, now_ms), change=change)


@word("reopen", "callboard errors reopen 3f9a")
@groups_argument
@click.pass_obj
def reopen_command(out: Out, groups: tuple[str, ...]) -> None:
    """Take back that groups are resolved or ignored."""
    from callboard.history.failure_decisions import reopen

    decide(out, "reopen", groups, "is open", reopen, change={"status": "open"})


@word("assign", "callboard errors assign 3f9a ann\ncallboard errors assign 3f9a")
@group_argument
@click.argument("assignee", metavar="WHO", required=False)
@click.pass_obj
def assign_command(out: Out, group: str, assignee: str | None) -> None:
    """Say who looks after a group; nobody, if left out."""
    from callboard.history.failure_decisions import assign

    past = f"is for {assignee}" if assignee else "is nobody's"
    decide(
        out,
        "assign",
        (group,),
        past,
        lambda session, id, _: assign(session, id, assignee),
        change={"assignee": assignee},
    )


@word("note", 'callboard errors note 3f9a "the hoster is at it"\ncallboard errors note 3f9a ""')
@group_argument
@click.argument("text")
@click.pass_obj
def note_command(out: Out, group: str, text: str) -> None:
    """Write a note to a group, in place of the one before."""
    from callboard.history.failure_decisions import annotate

    decide(out, "note", (group,), "is noted", lambda session, id, _: annotate(session, id, text), change={"note": text})


ACTS: Final[tuple[Word, ...]] = (resolve_command, ignore_command, reopen_command, assign_command, note_command)
