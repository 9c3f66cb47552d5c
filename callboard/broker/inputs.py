"""Hand a job of a flow the results of the steps it comes after, as Dramatiq's pipelines do: as its last argument."""

from __future__ import annotations

from typing import Any

from callboard.broker.attempt import Attempt
from callboard.broker.errors import JobMissing
from callboard.broker.keys import JOB, PARENTS
from callboard.broker.link import Link
from callboard.jobs.encoding import decode


def add_results(link: Link, prefix: str, attempt: Attempt) -> None:
    """Append the result of its parent, or the list of the results of its parents, to the arguments of an attempt.

    Raises ConnectionLost when they cannot be read, JobMissing where a parent was forgotten, as before a late rerun.
    """
    assert attempt.results_of is not None
    node, many = attempt.results_of.removesuffix("*"), attempt.results_of.endswith("*")
    parents = link.run([("LRANGE", PARENTS(prefix, node), 0, -1)])[0]
    if not parents:
        raise JobMissing(f"the steps before job {attempt.message_id} were forgotten; start its flow anew")
    results: list[Any] = []
    for start in range(0, len(parents), 500):
        reads = [("HMGET", JOB(prefix, id), "state", "result", "tolerated") for id in parents[start : start + 500]]
        for id, (state, result, tolerated) in zip(parents[start : start + 500], link.run(reads), strict=True):
            if state is None:
                raise JobMissing(f"job {id} was forgotten with the result that is needed here; start the flow anew")
            if state == "completed":
                results.append(decode(result, "result") if result else None)
            elif tolerated != "ignore":
                results.append(None)
    attempt.args = (*attempt.args, results if many else results[0] if results else None)
