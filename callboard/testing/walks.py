"""Jobs in any state, brought there by the verbs that lead to it, for tests of what shows or handles jobs."""

from __future__ import annotations

from typing import Any, Final

from callboard.broker.attempt import Attempt
from callboard.broker.policies import call_of
from callboard.jobs.call import Call
from callboard.jobs.flow import chain, plan
from callboard.jobs.identity import new_id
from callboard.jobs.outcome import Complete, Fail, Failure, Outcome, Release
from callboard.jobs.states import STATES
from callboard.testing.errors import BoardError
from callboard.testing.runner import Runner

MINUTE: Final = 60.0
FAILURE: Final = Failure("permanent", "Permanent", "made to fail by a test")
OUTCOMES: Final[dict[str, Outcome]] = {"completed": Complete("null"), "failed": Fail(FAILURE)}


def put(runner: Runner, state: str, actor: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """Bring a new job of a type into a state and return its id; its body does not run.

    Raises ValueError for a state that is none, BoardError where its queue is paused or its limits are reached.
    """
    if state not in STATES:
        raise ValueError(f'state must be one of {", ".join(STATES)}, got "{state}"')
    call = call_of(actor.message_with_options(args=args, kwargs=kwargs), actor)
    client = runner.broker.client
    if state == "blocked":
        # Any other job will do to come after; one that has no result to hand on leaves the arguments alone.
        first = call.named(id=new_id(), delay=MINUTE)
        client.start_flow(plan(chain(first, call.named(takes_results=False))))
        return call.id
    id = client.enqueue(call.named(delay=MINUTE) if state == "delayed" else call)
    if state == "cancelled":
        client.cancel(id)
    if state in ("active", *OUTCOMES):
        attempt = _taken(runner, call)
        if state in OUTCOMES:
            attempt.outcome = OUTCOMES[state]
            runner.write(attempt)
    return id


def _taken(runner: Runner, call: Call) -> Attempt:
    """The attempt of one job; those that were before it in its line are handed back."""
    before: list[Attempt] = []
    attempt, _ = runner.fetch([call.queue])
    while attempt is not None and attempt.message_id != call.id:
        before.append(attempt)
        attempt, _ = runner.fetch([call.queue])
    for other in before:
        other.outcome = Release()
        runner.write(other)
    if attempt is None:
        raise BoardError(f"queue {call.queue} does not hand out job {call.id}: it is paused or its limits are reached")
    return attempt
