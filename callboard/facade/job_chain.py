"""S2's chain builder: jobs of any queues that run one after the other, as one durable flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from callboard.broker.broker import CallboardBroker
from callboard.broker.errors import JobMissing
from callboard.broker.policies import call_of
from callboard.facade.errors import EmptyChain, NotInitialized
from callboard.facade.job_types import find_type
from callboard.facade.spelling import arguments, known_ids, snake
from callboard.jobs.flow import Plan, Step, chain, plan
from callboard.jobs.record import Job
from callboard.worker.in_process import broker_of_process


@dataclass(slots=True)
class JobChain:
    """Gathers jobs; nothing is enqueued before `execute`. The broker is that of the process unless one is given."""

    broker: CallboardBroker | None = None
    steps: list[Step] = field(default_factory=list)
    _plan: Plan | None = field(default=None, init=False, repr=False)
    _ids: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    def add(self, queue: str, job_name: str, data: Mapping[str, Any] | None = None, **options: Any) -> Self:
        """Add a job, in any spelling of queue, name and keys; it runs when the one before has completed.

        `options` are those of a message: priority, attempts, timeout (s), tags. An id that a step before was given goes
        along where this type takes it too: so the mail at the end of a chain about a paper is about that paper.
        Raises UnknownQueue, UnknownType, InvalidArguments, or NotInitialized where no job types are loaded.
        """
        self._plan = None
        actor = find_type(self._board(), queue, job_name, data or {})
        given = {**known_ids(actor, self._ids), **arguments(actor, data or {})}
        message = actor.message_with_options(kwargs=given, **options)
        self._ids |= {name: value for name, value in given.items() if name.endswith("_id")}
        self.steps.append(Step(call_of(message, actor), name=snake(job_name)))
        return self

    def execute(self) -> list[Job]:
        """Start all of it or nothing; returns its jobs in order, the first ready to run and the others blocked.

        Raises EmptyChain, and what `Client.start_flow` raises.
        """
        if not self.steps:
            raise EmptyChain("a chain needs at least one job; add one first")
        board = self._board()
        # Kept until it is answered, so that repeating a call whose reply was lost starts nothing twice.
        self._plan = self._plan or plan(chain(*self.steps), name="job_chain")
        board.client.start_flow(self._plan)
        ids = [step.call.id for step in self.steps]
        self.steps, self._plan, self._ids = [], None, {}
        return [_there(job, id) for job, id in zip(board.store.find_many(ids), ids, strict=True)]

    def _board(self) -> CallboardBroker:
        self.broker = self.broker or broker_of_process()
        if self.broker is None:
            raise NotInitialized("no job types are loaded in this process; import `actors` first, or pass a broker")
        return self.broker


def _there(job: Job | None, id: str) -> Job:
    if job is None:
        raise JobMissing(f"job {id} is gone already")
    return job
