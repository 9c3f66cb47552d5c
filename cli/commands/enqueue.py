"""`callboard enqueue`: one job, checked against the schema of its type before it is accepted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from callboard.jobs.job_values import job_values
from callboard.jobs.policy import priority_number
from callboard.jobs.states import REASONS
from cli.completions import type_names
from cli.follow import follow as follow_jobs
from cli.outcomes import report_failures
from cli.output import Out, as_json
from cli.progress import Display, Silence, display, log_line
from cli.server import client, known_type, remote, store
from cli.times import Duration, Moment
from cli.values import parse_pairs, read_values
from cli.words import word

if TYPE_CHECKING:
    from callboard.broker.stream import Event
    from callboard.jobs.call import Call
    from callboard.jobs.record import Job

EXAMPLES = """
callboard enqueue extract_pdf paper_id=123 file=file:3f2a... --follow
callboard enqueue email_send to='["me@example.org"]' template=welcome
callboard enqueue email_send --args-file mail.json --at 2031-05-04T09:30
callboard enqueue generate_embeddings paper_id=123 --delay 5m --priority high
"""


class Priority(click.ParamType):
    """A word or a number from 1 to 100; the lower, the sooner."""

    name = "priority"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; fails for what is none."""
        try:
            return priority_number(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@word("enqueue", EXAMPLES)
@click.argument("type", shell_complete=type_names)
@click.argument("arguments", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--args-file", metavar="FILE", help="Read the arguments from a JSON object; - is standard input.")
@click.option("--delay", type=Duration(), help="Run it after so long: 30s, 5m, 1h30m.")
@click.option("--at", type=Moment(), metavar="TIME", help="Run it at this time, ISO 8601; local time without a zone.")
@click.option("--priority", type=Priority(), metavar="P", help="critical, high, normal, low, or 1 to 100.")
@click.option("--key", metavar="KEY", help="Unique key: while a job with it is live, that one is the answer.")
@click.option("--fairness", metavar="KEY", help="Jobs with different keys take turns in a queue.")
@click.option("--tag", "tags", multiple=True, help="A word to find it by; may be repeated.")
@click.option("--wait", is_flag=True, help="Wait until it is finished; the exit code says how it ended.")
@click.option("--follow", is_flag=True, help="Wait, and show progress and log.")
@click.option("--timeout", type=Duration(), help="Give up waiting after so long; the job goes on.")
@click.pass_obj
def enqueue_command(
    out: Out,
    *,
    type: str,
    arguments: tuple[str, ...],
    args_file: str | None,
    wait: bool,
    follow: bool,
    timeout: float | None,
    tags: tuple[str, ...],
    **wishes: Any,
) -> int:
    """Enqueue a job of TYPE and print its id.

    Values that are JSON are taken as JSON, all others as text. With --wait or --follow, the result is printed after
    the id, as JSON.
    """
    actor = known_type(type)
    given = read_values(args_file) | parse_pairs(arguments, texts_of(actor))
    message = actor.message_with_options(kwargs=given)
    id = client().enqueue(with_wishes(actor.policy, message, tags, **wishes))
    if id != message.message_id and not remote():  # over the API every job gets its id there
        out.say(f"the key is held by a live job: {id}")
    if not (wait or follow):
        out.page({"id": id}, lambda: out.line(id))
        return 0
    if not out.machine:
        out.line(id)
    return finish(out, id, follow, timeout)


def texts_of(actor: Any) -> set[str]:
    """The arguments of a type that are text, so that `paper_id=123` need not be quoted twice."""
    from marshmallow import fields

    declared = actor.schema.fields if getattr(actor, "schema", None) else {}
    return {name for name, field in declared.items() if isinstance(field, fields.String)}


def with_wishes(
    policy: Any,
    message: Any,
    tags: tuple[str, ...],
    *,
    delay: float | None,
    at: datetime | None,
    priority: int | None,
    key: str | None,
    fairness: str | None,
) -> Call:
    """The call of a message with what the command line asks for."""
    from callboard.jobs.call import Call

    changes = {"priority": priority, "unique": key, "fairness": fairness}
    chosen = replace(policy, **{name: value for name, value in changes.items() if value is not None})
    call = Call(message.actor_name, message.queue_name, message.args, message.kwargs, chosen, message.message_id)
    return call.named(delay=delay or 0.0, run_at=at, tags=tags)


class Hint:
    """Says once why a job that is waited for does not start."""

    def __init__(self, shown: Display, id: str) -> None:
        self.shown, self.id = shown, id
        self.given = False

    def give(self) -> None:
        """Say it if there is something that only a person can mend."""
        why = None if self.given else store().why(store().get(self.id))
        helps = {"no_worker": "start one with `callboard worker`", "paused": "resume it with `callboard queues resume`"}
        if why and why[0] in helps:
            self.given = True
            self.shown.note(f"waits: {REASONS[why[0]]}; {helps[why[0]]}")


def finish(out: Out, id: str, follow: bool, timeout: float | None) -> int:
    """Wait for a job and print what it returned; the exit code."""
    job: Job = store().get(id)
    with display(out) if follow else Silence() as shown:

        def hear(event: Event) -> None:
            if words := log_line(event):
                shown.note(words)

        for jobs in follow_jobs([id], timeout, hear, Hint(shown, id).give):
            job = jobs[id]
            shown.show(jobs)
    code = report_failures([job], out)
    if out.machine:
        out.value(job_values(job) | {"errors": store().errors(id)})
    elif not code:
        out.line(as_json(job.result, indent=out.terminal))
    return code
