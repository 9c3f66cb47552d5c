"""A job that waits in Bull as a call of ours: its type, its arguments, its time, and an id that a repeat has too."""

from __future__ import annotations

from dataclasses import replace

from callboard.broker.broker import CallboardBroker
from callboard.broker.bull import BullJob
from callboard.broker.errors import UnknownQueue, UnknownType
from callboard.broker.policies import call_of
from callboard.facade.job_types import find_type
from callboard.facade.spelling import arguments
from callboard.jobs.call import Call
from callboard.jobs.clock import from_ms
from callboard.jobs.encoding import NotJson, TooLarge
from callboard.jobs.errors import CallboardError, InvalidArguments
from callboard.jobs.identity import id_for
from callboard.jobs.policy import Policy


class NotMapped(CallboardError):
    """Raised for a job of Bull that no call of ours stands for; says why."""


def id_of(job: BullJob) -> str:
    """The id under which a job of Bull is enqueued here: always the same one."""
    return id_for(job.at_ms, "bull", job.queue, job.id)


def call_from_bull(broker: CallboardBroker, job: BullJob) -> Call:
    """The call that a job of Bull stands for, with the attempts that it has left. Raises NotMapped."""
    if reason := unfit(job):
        raise NotMapped(reason)
    try:
        actor = find_type(broker, job.queue, job.name, job.data)
        message = actor.message_with_options(kwargs=arguments(actor, job.data))
        call = call_of(message, actor)
        due = from_ms(job.due_ms) if job.due_ms else None
        return call.named(id=id_of(job), run_at=due, policy=policy_of(call.policy, job), meta=meta_of(job))
    except (UnknownQueue, UnknownType, InvalidArguments, NotJson, TooLarge, ValueError) as error:
        raise NotMapped(str(error)) from None


def unfit(job: BullJob) -> str:
    """Why a job cannot stand by itself, empty where it can."""
    if job.damaged:
        return job.damaged
    if job.step:
        return "it is a step of a flow, whose other steps are not read; start the flow here"
    if job.repeated:
        return "it comes from a repeatable job; make a schedule of it: callboard schedules set"
    return "" if isinstance(job.data, dict) else "its data is no JSON object, which arguments by name need"


def policy_of(policy: Policy, job: BullJob) -> Policy:
    """The policy of a type with what the job asks for: 1 is the first priority in both, 0 in Bull is none."""
    attempts, priority, timeout = (job.opts.get(name) for name in ("attempts", "priority", "timeout"))
    if isinstance(attempts, int) and attempts > 0:
        policy = replace(policy, retry=replace(policy.retry, attempts=max(1, min(100, attempts - job.made))))
    if isinstance(priority, int) and priority > 0:
        policy = replace(policy, priority=min(100, priority))
    if isinstance(timeout, int) and timeout > 0:
        policy = replace(policy, timeout=timeout / 1000)
    return policy


def meta_of(job: BullJob) -> dict[str, str]:
    """Where a job comes from, to be found by."""
    return {"bull_queue": job.queue, "bull_id": job.id}
