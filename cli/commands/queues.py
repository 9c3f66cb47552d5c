"""`callboard queues`: look at queues, pause, resume, drain, clean and limit them."""

from __future__ import annotations

from typing import Any

import click

from callboard.jobs.policy import RateLimit
from callboard.jobs.states import ACTIVE, DELAYED, FAILED, FINAL, WAITING
from cli.asking import confirm
from cli.by_hand import note_by_hand
from cli.commands.act import counted
from cli.completions import queue_names
from cli.output import Column, Out
from cli.server import control, known_queue, remote, store
from cli.times import Duration, brief, lasted
from cli.words import Words, word

EXAMPLES = """
callboard queues                                   all queues
callboard queues pause email-notifications
callboard queues limit ai-analysis --concurrency 4 --rate 50/1m
callboard queues clean data-export --older 7d
"""


class Rate(click.ParamType):
    """`50/1m`: so many starts in any window of that length; `off` lifts it."""

    name = "rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> RateLimit | str:
        """The limit; fails for what is none."""
        if isinstance(value, RateLimit) or value == "off":
            return value
        count, slash, per = str(value).partition("/")
        if not slash or not count.isdigit():
            self.fail(f"expected a rate such as 50/1m, or off, got {value!r}", param, ctx)
        # "50/m" and "50/1m" are the same.
        seconds = Duration().convert(per if per[:1].isdigit() else f"1{per}", param, ctx)
        try:
            return RateLimit(int(count), seconds)
        except ValueError as error:
            self.fail(str(error), param, ctx)


queues_command = Words("queues", default="ls", examples=EXAMPLES, help="Queues and what may be done to them.")
name_argument = click.argument("queue", shell_complete=queue_names)
yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask.")


def values(name: str) -> dict[str, Any]:
    """A queue as JSON values."""
    queue = store().queue(name)
    rate = {"count": queue.rate_count, "per_ms": queue.rate_per_ms} if queue.rate_count else None
    limits = {"concurrency": queue.concurrency, "rate": rate}
    return {"name": name, "paused": queue.paused, **limits, "counts": queue.counts}


def limits_in_words(row: Any) -> str:
    """`4 at a time, 50/1m`, or nothing."""
    parts = [f"{row['concurrency']} at a time"] if row["concurrency"] else []
    if row["rate"]:
        parts.append(f"{row['rate']['count']}/{brief(row['rate']['per_ms'] / 1000)}")
    return ", ".join(parts)


def number_of(state: str, style: str) -> Column:
    """A column with the number of jobs in a state; a zero is not worth a digit."""
    return Column(
        state,
        state.capitalize(),
        show=lambda row: f"{row['counts'][state]:,}" if row["counts"][state] else "·",
        style=lambda row: style if row["counts"][state] else "bright_black",
        right=True,
    )


COLUMNS = (
    Column("name", "Queue", fold=True),
    Column("paused", "", show=lambda row: "paused" if row["paused"] else "", style=lambda _: "yellow"),
    number_of(WAITING, "blue"),
    number_of(ACTIVE, "cyan"),
    number_of(DELAYED, "yellow"),
    number_of(FAILED, "red"),
    Column("limits", "Limits", show=limits_in_words, fold=True),
)


def flat(row: dict[str, Any]) -> dict[str, Any]:
    """A queue with its counts beside its name, for one line."""
    return row | row["counts"] | {"limits": limits_in_words(row)}


@word("ls", "callboard queues ls\ncallboard queues ls --json | jq '.queues[].counts'")
@click.pass_obj
def ls_command(out: Out) -> None:
    """List all queues with the number of jobs in each state."""
    rows = [values(name) for name in store().queues()]
    shown = rows if out.machine else [flat(row) for row in rows]
    out.rows("queues", shown, COLUMNS, "no queues yet; the first job or worker makes some")


@word("show", "callboard queues show email-notifications")
@name_argument
@click.pass_obj
def show_command(out: Out, queue: str) -> None:
    """Show one queue: its limits, and how many jobs are in each state."""
    row = values(known_queue(queue))

    def page() -> None:
        from cli.terminal import console, facts

        counts = [(state.capitalize(), f"{number:,}") for state, number in row["counts"].items()]
        head = [("Queue", row["name"]), ("Paused", "yes" if row["paused"] else "no"), ("Limits", limits_in_words(row))]
        console(out).print(facts([*head, *counts]))

    out.page(row, page)


def changed(out: Out, name: str, words: str, **more: Any) -> None:
    """Say what was done; the queue as it is now, as JSON."""
    out.page(values(name) | more, lambda: out.say(words))


@word("pause", 'callboard queues pause email-notifications --note "the mail server moves"')
@name_argument
@click.option("--note", help="Why, for those who wonder.")
@click.pass_obj
def pause_command(out: Out, queue: str, note: str | None) -> None:
    """Start no job of a queue any more; those that run go on."""
    name = known_queue(queue)
    if far := remote():
        from cli.remote import RemoteControl

        RemoteControl(far.api).pause(name, note)
    else:
        control().pause(name)
        note_by_hand("queue.pause", name, note=note)
    changed(out, name, f"{name} is paused")


@word("resume", "callboard queues resume email-notifications")
@name_argument
@click.pass_obj
def resume_command(out: Out, queue: str) -> None:
    """Start jobs of a queue again."""
    name = known_queue(queue)
    control().resume(name)
    note_by_hand("queue.resume", name)
    changed(out, name, f"{name} goes on")


@word("drain", "callboard queues drain email-notifications --delayed --yes")
@name_argument
@click.option("--delayed", is_flag=True, help="Delayed jobs too.")
@yes_option
@click.pass_obj
def drain_command(out: Out, queue: str, delayed: bool, yes: bool) -> None:
    """Cancel all jobs that wait in a queue."""
    name = known_queue(queue)
    counts = store().counts(name)
    number = counts[WAITING] + (counts[DELAYED] if delayed else 0)
    confirm(f"Cancel {counted(number)} of {name}", yes or not number)
    done = control().drain(name, delayed=delayed)
    note_by_hand("queue.drain", name, done, delayed=delayed)
    changed(out, name, f"{counted(done)} of {name} cancelled", cancelled=done)


@word(
    "clean",
    "callboard queues clean data-export --older 7d\ncallboard queues clean data-export --keep 100 --yes",
)
@name_argument
@click.option(
    "--state", "states", multiple=True, type=click.Choice(FINAL), help="Of these states; all finished ones if left out."
)
@click.option("--older", type=Duration(), help="Those that finished longer ago than this.")
@click.option("--keep", type=click.IntRange(0), metavar="N", help="Those beyond the newest so many.")
@yes_option
@click.pass_obj
def clean_command(
    out: Out, *, queue: str, states: tuple[str, ...], older: float | None, keep: int | None, yes: bool
) -> None:
    """Forget finished jobs of a queue: all, or those too old or too many."""
    from datetime import timedelta

    name, chosen = known_queue(queue), states or FINAL
    which = [f"older than {lasted(older)}"] if older is not None else []
    which += [f"beyond the newest {keep:,}"] if keep is not None else []
    confirm(f"Forget {', '.join(chosen)} jobs of {name} {' and '.join(which)}".rstrip(), yes)
    grace = timedelta(seconds=older or 0.0) if older is not None or keep is None else timedelta.max / 1000
    done = sum(control().clean(name, state, grace, keep=keep) for state in chosen)
    note_by_hand("queue.clean", name, done, states=list(chosen), grace_ms=older and round(older * 1000), keep=keep)
    changed(out, name, f"{counted(done)} of {name} forgotten", forgotten=done)


@word(
    "limit",
    "callboard queues limit ai-analysis --concurrency 4 --rate 50/1m\ncallboard queues limit ai-analysis --rate off",
)
@name_argument
@click.option(
    "--concurrency",
    metavar="N",
    type=click.IntRange(0),
    help="Run so many at a time over all workers; 0: no cap.",
)
@click.option("--rate", type=Rate(), metavar="N/TIME", help="Start so many in any window of that length; off: no rate.")
@click.pass_obj
def limit_command(out: Out, queue: str, concurrency: int | None, rate: RateLimit | str | None) -> None:
    """Limit a queue over all workers, from now on; no attempt is spent by waiting."""
    name = known_queue(queue)
    if concurrency is None and rate is None:
        raise click.UsageError("say what to limit: --concurrency N, --rate 50/1m, or both")
    if rate == "off":
        control().unlimit_rate(name)
    limit = rate if isinstance(rate, RateLimit) else None
    if concurrency is not None or limit:
        control().limit(name, concurrency=concurrency, rate=limit)
    per = {"count": limit.count, "per_ms": round(limit.per * 1000)} if limit else rate
    note_by_hand("queue.limit", name, concurrency=concurrency, rate=per)
    changed(out, name, f"{name}: {limits_in_words(values(name)) or 'no limits'}")


for further in (ls_command, show_command, pause_command, resume_command, drain_command, clean_command, limit_command):
    queues_command.add_command(further)
