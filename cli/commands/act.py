"""`callboard cancel`, `promote`, `rm`: one verb on jobs named by id or found by a query."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import click

from callboard.jobs.change import TAGS_MOST
from callboard.jobs.identity import kept_id
from callboard.jobs.states import states_for
from cli.asking import confirm_many
from cli.bring_back import bring_back
from cli.bulk import PerSecond
from cli.completions import job_ids
from cli.failures import INTERRUPTED, NOT_FOUND, NOT_POSSIBLE
from cli.in_batches import in_batches
from cli.output import Column, Out, Tally, plain
from cli.server import client, remote
from cli.where import able_states, asked_query, ids_where, text_of
from cli.words import Word, word

# More refusals than this are only counted.
MOST_REFUSALS: Final = 20


ORDERS: Final = {"priority": "change the priority of", "withdraw": "withdraw the cancellation of"}


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb: what the engine calls it, the answers that mean it was done, the states usually meant."""

    name: str
    method: str
    done: tuple[str, ...]
    usually: tuple[str, ...]
    past: str
    asks: bool

    @property
    def possible(self) -> tuple[str, ...]:
        """The states in which it can be done."""
        return states_for(self.method)

    @property
    def order(self) -> str:
        """The verb as a person says it."""
        return ORDERS.get(self.name, self.name)


@dataclass(frozen=True, slots=True)
class Told:
    """What a verb is told beside its jobs: `body` goes to the API, `do` does it where its method alone cannot."""

    body: Mapping[str, Any] = field(default_factory=dict)
    do: Callable[[Sequence[str]], Sequence[str]] | None = None


CANCEL: Final = Verb("cancel", "cancel", ("CANCELLED", "CANCELLING"), ("live",), "cancelled", asks=True)
WITHDRAW: Final = Verb("withdraw", "withdraw", ("WITHDRAWN",), ("active",), "let go on", asks=False)
RETRY: Final = Verb("retry", "rerun", ("WAITING",), ("failed", "cancelled"), "enqueued again", asks=False)
PROMOTE: Final = Verb("promote", "promote", ("waiting", "WAITING"), ("delayed",), "made ready", asks=False)
REMOVE: Final = Verb("remove", "remove", ("REMOVED",), ("finished",), "forgotten", asks=True)
NOTHING: Final = Told()


def act(
    out: Out,
    verb: Verb,
    *,
    ids: Sequence[str],
    where: str | None,
    limit: int | None,
    rate: float | None,
    dry_run: bool,
    yes: bool,
    told: Told = NOTHING,
) -> int:
    """Apply a verb to the jobs that are meant; the exit code."""
    far = remote()
    if far and where is not None and not (ids or dry_run):
        from cli.remote_bulk import act_there

        query = asked_query(where)
        text = text_of(query, able_states(query, verb.order, verb.possible, verb.usually))
        body = {"verb": verb.name, "q": text, "limit": limit, "rate_per_s": rate, **told.body}
        return act_there(out, far.api, body, (verb.order, verb.past), yes=yes)
    chosen = choose(verb, ids, where, limit)
    if dry_run:
        out.rows("jobs", [{"id": id} for id in chosen], [Column("id", "Job")])
        out.say(f"{counted(len(chosen))} would be {verb.past}")
        return 0
    if where and not chosen:
        out.say("no such jobs")
    elif where or (verb.asks and len(chosen) > 1):
        confirm_many(f"{verb.order.capitalize()} {counted(len(chosen))}", len(chosen), yes)
    answers = apply(out, verb, chosen, rate, told)
    code = report(out, verb, answers)
    if len(answers) < len(chosen):
        out.warn(f"stopped before the last {counted(len(chosen) - len(answers))}")
        return INTERRUPTED
    return code


def choose(verb: Verb, ids: Sequence[str], where: str | None, limit: int | None) -> list[str]:
    """The ids that are meant. Raises UsageError unless they are named in one of the two ways."""
    if bool(ids) == (where is not None):
        raise click.UsageError("name jobs by id, or by --where 'state:failed queue:mail'; not both")
    if where is None:
        return list(dict.fromkeys(kept_id(text) for text in ids))
    return ids_where(where, verb.order, verb.possible, verb.usually, limit)


def apply(out: Out, verb: Verb, ids: Sequence[str], rate: float | None, told: Told) -> list[tuple[str, str]]:
    """Each id with what the engine answered."""

    def do(batch: Sequence[str]) -> Sequence[str]:
        replies: list[str] = getattr(client(), verb.method)(*batch)
        return replies

    answers = in_batches(out, ids, told.do or do, rate)
    return _with_those_in_doubt(answers) if verb is RETRY else answers


def _with_those_in_doubt(answers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """A job that only the history knows as live comes back when somebody retries it."""
    missing = [id for id, reply in answers if reply == "MISSING"]
    back = bring_back(missing) if missing else set()
    return [(id, "WAITING" if id in back else reply) for id, reply in answers]


def report(out: Out, verb: Verb, answers: Sequence[tuple[str, str]]) -> int:
    """Print how it went, what was refused with its reason; the exit code."""
    tally, refused = Tally(), 0
    for id, reply in answers:
        code = 0 if reply in verb.done else NOT_FOUND if reply == "MISSING" else NOT_POSSIBLE
        tally.note(id, reply.lower(), code)
        refused += bool(code)
        if code and refused <= MOST_REFUSALS:
            out.warn(refusal(verb, id, reply))
    if refused > MOST_REFUSALS:
        out.warn(f"and so for {refused - MOST_REFUSALS:,} more")
    done = sum(answer["ok"] for answer in tally.answers)
    if out.machine:
        out.rows("jobs", tally.answers, [], done=done, failed=len(answers) - done)
    elif not out.terminal:
        for answer in tally.answers:
            out.line(f"{answer['id']}\t{plain(answer['result'])}")
    if done:
        out.say(f"{counted(done)} {asked(answers) if verb is CANCEL else verb.past}")
    return tally.code


def asked(answers: Sequence[tuple[str, str]]) -> str:
    """That running jobs are only asked to stop."""
    running = sum(reply == "CANCELLING" for _, reply in answers)
    if not running:
        return "cancelled"
    return "asked to stop" if running == len(answers) else f"cancelled, {running} of them running and asked to stop"


def refusal(verb: Verb, id: str, reply: str) -> str:
    """Why a verb was not applied to a job."""
    if reply == "MISSING":
        return f"job {id} is unknown; it may have been forgotten after its retention time"
    if reply == "HELD":
        return f"cannot {verb.order} job {id}: another live job has its unique key"
    if reply == "CROWDED":
        return f"cannot {verb.order} job {id}: it would have more than {TAGS_MOST} tags"
    return f"cannot {verb.order} job {id}: it is {reply.lower()}"


def counted(number: int) -> str:
    """`1 job`, `12 jobs`."""
    return f"{number:,} job{'' if number == 1 else 's'}"


MANY: Final[list[Callable[[Any], Any]]] = [
    click.option("--where", metavar="QUERY", help="All jobs that fit a search, such as 'state:failed error:503'."),
    click.option("--limit", metavar="N", type=click.IntRange(1), help="Of those, the first so many."),
    click.option("--rate", metavar="N/s", type=PerSecond(), help="So many a second at most."),
    click.option("--dry-run", is_flag=True, help="Only say which jobs it would be."),
    click.option("-y", "--yes", is_flag=True, help="Do not ask."),
]


def for_many(command: Any) -> Any:
    """Give a word the flags of those that may be done to many jobs."""
    for flag in reversed(MANY):
        command = flag(command)
    return command


def verb_word(name: str, verb: Verb, examples: str, what: str) -> Word:
    """The word of a verb."""

    def callback(out: Out, **wishes: Any) -> int:
        return act(out, verb, **wishes)

    taking_ids = click.argument("ids", nargs=-1, shell_complete=job_ids)
    return word(name, examples, help=what)(taking_ids(for_many(click.pass_obj(callback))))


@word(
    "cancel",
    """
    callboard cancel 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2
    callboard cancel 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2 --withdraw
    callboard cancel --where 'queue:mail state:waiting' --dry-run
    """,
)
@click.argument("ids", nargs=-1, shell_complete=job_ids)
@click.option("--withdraw", is_flag=True, help="Let those go on that were asked to stop and have not yet.")
@for_many
@click.pass_obj
def cancel_command(out: Out, *, withdraw: bool, **wishes: Any) -> int:
    """Cancel jobs. One that runs is asked to stop, and is cancelled once it does."""
    return act(out, WITHDRAW if withdraw else CANCEL, **wishes)


promote_command = verb_word(
    "promote",
    PROMOTE,
    """
    callboard promote 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2
    callboard promote --where queue:mail
    """,
    "Run delayed jobs now instead of when they are due.",
)
rm_command = verb_word(
    "rm",
    REMOVE,
    """
    callboard rm 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2
    callboard rm --where 'state:completed queue:mail' --yes
    """,
    "Forget finished jobs.",
)
