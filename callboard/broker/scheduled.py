"""The call that a schedule makes, checked against the type as it is declared now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dramatiq.actor import Actor

from callboard.broker.policies import call_of
from callboard.jobs.call import Call, record_fields
from callboard.jobs.clock import from_ms
from callboard.jobs.encoding import NotJson, TooLarge
from callboard.jobs.errors import InvalidArguments
from callboard.jobs.identity import new_id
from callboard.jobs.schedule import Schedule

Types = Mapping[str, Actor[Any, Any]]
# What a type says to a call that does not fit it.
UNFIT: Final = (InvalidArguments, NotJson, TooLarge, ValueError, TypeError)


def scheduled_call(
    actor: Actor[Any, Any],
    schedule: Schedule,
    *,
    id: str,
    planned_ms: int,
    late_ms: int = 0,
    asked_by: str | None = None,
) -> Call:
    """The call for one time of a schedule; its meta says which, how late if it is, and who asked for it by hand.

    Raises InvalidArguments, NotJson, TooLarge or ValueError when the type cannot be called like this (any more).
    """
    options = dict(schedule.options)
    message = actor.message_with_options(args=schedule.args, kwargs=schedule.kwargs, **options)
    call = call_of(message, actor)
    planned_at = from_ms(planned_ms)
    assert planned_at is not None
    told: dict[str, Any] = {"schedule": schedule.name, "planned_at": planned_at.isoformat()}
    if late_ms:
        told["late_by_ms"] = late_ms
    if asked_by:
        told["asked_by"] = asked_by
    call = call.named(id=id, queue=schedule.queue or call.queue, meta={**call.meta, **told})
    record_fields(call)
    return call


def objection(actor: Actor[Any, Any] | None, schedule: Schedule) -> str | None:
    """Why no job can be made of a schedule, None when one can."""
    if actor is None:
        return unknown_type(schedule.type)
    try:
        scheduled_call(actor, schedule, id=new_id(), planned_ms=0)
    except UNFIT as error:
        return str(error)
    return None


def unknown_type(type: str) -> str:
    """Why a schedule of this type is disabled."""
    return f'type "{type}" is not declared by the job modules of this release'
