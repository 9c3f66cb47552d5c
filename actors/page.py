"""The list of all job types in docs/, made from what they declare: `python -m actors.page > docs/jobs/README.md`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from itertools import groupby
from typing import Final

import actors
from callboard.jobs.policy import Queue, Retry, priority_word
from callboard.worker.job import JobActor

HEAD: Final = """# Job types

One module for each queue in `actors/`, one page for each type here. Every page has an example in Python, for curl and
for the command; `callboard types` prints the same from the running code. A cap is kept over all workers, a rate counts
starts in any such window, and what either holds back spends no attempt. Every type is safe to repeat, and says why.

Made from the code by `make docs`.
"""


def page() -> str:
    """The whole page, in Markdown."""
    return "\n".join([HEAD, *_lines()]) + "\n"


def types() -> list[JobActor]:
    """The types of the platform by queue and name."""
    declared = [actor for actor in actors.broker.actors.values() if isinstance(actor, JobActor) and actor.schema]
    return sorted(declared, key=lambda actor: (actor.queue.name, actor.actor_name))


def _lines() -> Iterator[str]:
    for name, of_queue in groupby(types(), key=lambda actor: actor.queue.name):
        members = list(of_queue)
        yield f"## {name}\n\n{_limits(members[0].queue)}.\n"
        yield "| type | does | attempts | time limit | priority |"
        yield "| --- | --- | --- | --- | --- |"
        yield from (_row(actor) for actor in members)
        yield ""


def _limits(queue: Queue) -> str:
    cap = f"At most {queue.concurrency} at a time" if queue.concurrency else "No cap"
    return f"{cap}, {queue.rate.count} starts in {queue.rate.per:g} s" if queue.rate else cap


def _row(actor: JobActor) -> str:
    name, policy = actor.actor_name, actor.policy
    does = (inspect.getdoc(actor.fn) or "").partition("\n\n")[0].split(". ")[0].rstrip(".").replace("\n", " ")
    apart = f", in a child process with {policy.memory_mb or 1024:,} MB" if policy.isolated else ""
    limit = _seconds(policy.timeout) if policy.timeout else "none"
    return (
        f"| [{name}]({name}.md) | {does}{apart} | {_retry(policy.retry)} | {limit} | {priority_word(policy.priority)} |"
    )


def _retry(retry: Retry) -> str:
    if retry.attempts == 1:
        return "1"
    between = (
        f"{_seconds(retry.first)} apart"
        if retry.factor == 1
        else f"{_seconds(retry.first)} to {_seconds(retry.at_most)}"
    )
    return f"{retry.attempts}, {between}{', jitter' if retry.jitter == 'full' else ''}"


def _seconds(seconds: float) -> str:
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:g} {unit}"
    return f"{seconds:g} s"


if __name__ == "__main__":
    sys.stdout.write(page())
