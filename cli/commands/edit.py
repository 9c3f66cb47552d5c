"""`callboard edit`: arguments, priority, queue, time and tags of jobs that do not run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import click

from callboard.broker.client import require
from callboard.jobs.change import TAGS_MOST, Change, priority_fields
from callboard.jobs.clock import from_ms, to_ms
from callboard.jobs.encoding import encode
from callboard.jobs.identity import kept_id
from callboard.jobs.policy import priority_word
from callboard.jobs.record import Job
from cli.commands.act import Told, Verb, act, for_many
from cli.commands.enqueue import Priority, texts_of
from cli.completions import job_ids
from cli.failures import NOT_POSSIBLE, Stop
from cli.output import Out
from cli.server import client, known_queue, known_type, remote, store
from cli.times import Duration, Moment
from cli.values import parse_pairs
from cli.words import word

EXAMPLES = """
callboard edit 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2 --priority high
callboard edit 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2 paper_id=124          the other arguments stay
callboard edit 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2 --at 2031-05-04T09:30 --add-tag later
callboard edit --where 'type:email_send state:waiting' --delay 2h
callboard edit --where 'state:failed error:503' --add-tag outage --yes
"""
DONE: Final = ("EDITED",)
PAST: Final = {"priority": "given another priority", "move": "moved", "delay": "delayed", "tag": "tagged"}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is to change, apart from arguments."""

    priority: int | None = None
    queue: str | None = None
    at: datetime | None = None
    tags: tuple[str, ...] = ()
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()

    @property
    def verbs(self) -> dict[str, dict[str, Any]]:
        """The verbs that they are for many jobs, each with what it is told over the API."""
        found: dict[str, dict[str, Any]] = {
            "priority": {"priority": self.priority and priority_word(self.priority)},
            "move": {"queue": self.queue},
            "delay": {"run_at": self.at and self.at.isoformat()},
            "tag": {"add_tags": list(self.add_tags), "remove_tags": list(self.remove_tags)},
        }
        told = {verb: {name: value for name, value in body.items() if value} for verb, body in found.items()}
        return {verb: body for verb, body in told.items() if body}

    @property
    def change(self) -> Change:
        """The change that they amount to."""
        fields = {} if self.priority is None else priority_fields(self.priority)
        fields |= {"tags": encode(list(self.tags), "tags")} if self.tags else {}
        due_ms = to_ms(self.at) if self.at else None
        return Change(fields, self.add_tags, self.remove_tags, known_queue(self.queue) if self.queue else "", due_ms)


@word("edit", EXAMPLES)
@click.argument("words", nargs=-1, metavar="[ID] [KEY=VALUE]...", shell_complete=job_ids)
@click.option("--priority", type=Priority(), metavar="P", help="critical, high, normal, low, or 1 to 100.")
@click.option("--queue", metavar="QUEUE", help="The queue to move it to.")
@click.option("--at", type=Moment(), metavar="TIME", help="Not before this time.")
@click.option("--delay", type=Duration(), help="Not before so long from now: 30s, 5m, 1h30m.")
@click.option("--tag", "tags", multiple=True, help="In place of all its tags; may be repeated.")
@click.option("--add-tag", "add_tags", multiple=True, help="Beside its tags; may be repeated.")
@click.option("--remove-tag", "remove_tags", multiple=True, help="No more among its tags; may be repeated.")
@for_many
@click.pass_obj
def edit_command(
    out: Out, *, words: tuple[str, ...], delay: float | None, at: datetime | None, where: str | None, **given: Any
) -> int:
    """Change a job that does not run, or many with --where; of those that run or have ended, only the tags."""
    many = {name: given.pop(name) for name in ("limit", "rate", "dry_run", "yes")}
    if delay is not None and at is not None:
        raise click.UsageError("--delay and --at exclude each other")
    wishes = Wishes(at=from_ms(store().now_ms() + round(delay * 1000)) if delay is not None else at, **given)
    if where is not None:
        return edit_many(out, words, wishes, where=where, **many)
    if not words or not (words[1:] or wishes != Wishes()):
        raise click.UsageError("name a job and what to change: KEY=VALUE, --priority, --queue, --at, --delay or tags")
    if many["limit"] or many["rate"] or many["dry_run"]:
        raise click.UsageError("--limit, --rate and --dry-run belong to --where")
    chosen = kept_id(words[0])
    if remote():
        edit_there(chosen, words[1:], wishes)
    else:
        edit_here(store().get(chosen), words[1:], wishes)
    out.page({"id": chosen, "edited": True}, lambda: out.line(f"{chosen}\tedited"))
    return 0


def edit_many(out: Out, words: tuple[str, ...], wishes: Wishes, **many: Any) -> int:
    """Change all jobs that a search finds in one way; the exit code."""
    if words or wishes.tags:
        raise click.UsageError("with --where, arguments and --tag are not changed; --add-tag and --remove-tag are")
    if len(wishes.verbs) != 1:
        raise click.UsageError("with --where, change one thing: --priority, --queue, --at or --delay, or tags")
    ((name, body),) = wishes.verbs.items()
    verb = Verb(name, name, DONE, ("all",), PAST[name], asks=True)
    change = wishes.change
    return act(out, verb, ids=(), told=Told(body, lambda batch: client().edit(change, *batch)), **many)


def edit_there(id: str, arguments: tuple[str, ...], wishes: Wishes) -> None:
    """Change a job over the API, which knows the secrets among the arguments that it has told us hidden."""
    far = remote()
    assert far is not None
    body: dict[str, Any] = {"tags": list(wishes.tags)} if wishes.tags else {}
    for told in wishes.verbs.values():
        body |= told
    if arguments:
        job = store().get(id)
        if job.args:
            raise Stop(NOT_POSSIBLE, f"job {id} has arguments without a name")
        body["args"] = job.kwargs | parse_pairs(arguments, texts_of(known_type(job.type)))
    far.api.send("PATCH", f"/jobs/{id}", json=body)


def edit_here(job: Job, arguments: tuple[str, ...], wishes: Wishes) -> None:
    """Change a job at the version just read. Raises JobMissing, NotPossible, InvalidArguments, Stop."""
    change = wishes.change
    if arguments:
        change = replace(change, fields={**change.fields, **fields_of(job, arguments)})
    (reply,) = client().edit(change, job.id, version=job.version)
    if reply == "CHANGED":
        raise Stop(NOT_POSSIBLE, f"job {job.id} has changed in this moment; look at it and try again")
    if reply == "CROWDED":
        raise Stop(NOT_POSSIBLE, f"job {job.id} would have more than {TAGS_MOST} tags")
    require("edit", job.id, reply, *DONE)


def fields_of(job: Job, arguments: tuple[str, ...]) -> dict[str, str]:
    """The fields of the record that follow from the arguments: themselves, and the limits that go by them."""
    from callboard.broker.policies import call_of
    from callboard.jobs.call import record_fields

    if job.args:
        raise Stop(NOT_POSSIBLE, f"job {job.id} has arguments without a name")
    actor = known_type(job.type)
    message = actor.message_with_options(kwargs=job.kwargs | parse_pairs(arguments, texts_of(actor)))
    flat = record_fields(call_of(message, actor))
    fresh = {str(name): str(value) for name, value in zip(flat[::2], flat[1::2], strict=True)}
    ties = {"ties": "1"} if "ties" in fresh else {}
    return {"kwargs": fresh.get("kwargs", ""), "limits": fresh.get("limits", "")} | ties
