"""Hand a job of a flow the results of the steps it comes after, as Dramatiq's pipelines do: as its last argument."""

from __future__ import annotations

import logging
from typing import Any

from callboard.broker.attempt import Attempt
from callboard.broker.errors import ConnectionLost, JobMissing, ScriptFault
from callboard.broker.keys import JOB, PARENTS
from callboard.broker.link import Link
from callboard.jobs.encoding import NotJson, decode
from callboard.jobs.outcome import Fail, Failure, Release

log = logging.getLogger("callboard.inputs")


def hand_on(link: Link, prefix: str, attempt: Attempt) -> None:
    """Hand an attempt the results that it needs, or decide at once what becomes of it without them."""
    try:
        add_results(link, prefix, attempt)
    except JobMissing as error:
        attempt.outcome = Fail(Failure("permanent", type(error).__name__, str(error)))
    except (ConnectionLost, ScriptFault, NotJson) as error:
        log.warning("job %s is handed back, the results it needs cannot be read: %s", attempt.message_id, error)
        attempt.outcome = Release(1.0, "retry")


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
