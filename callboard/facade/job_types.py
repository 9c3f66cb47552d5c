"""Which of our job types a queue and a job name of a Bull-style system mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from callboard.broker.broker import CallboardBroker
from callboard.broker.errors import UnknownQueue, UnknownType
from callboard.facade.spelling import arguments, snake
from callboard.jobs.errors import InvalidArguments
from callboard.jobs.policy import queue_slug
from callboard.worker.job import JobActor


def find_type(broker: CallboardBroker, queue: str, name: str, data: Mapping[str, Any]) -> JobActor:
    """The type of a queue that a job name means.

    In Bull a name is a label, and the queue's processor takes whatever comes. So a name that is no type means the
    type of the queue that takes this data, where there is exactly one.
    Raises UnknownQueue, or UnknownType with the types of the queue.
    """
    types = types_of(broker, queue)
    wanted = snake(name)
    if wanted in types:
        return types[wanted]
    elsewhere = broker.actors.get(wanted)
    if elsewhere is not None:
        raise UnknownType(f"type {wanted} belongs to queue {elsewhere.queue_name}, not to {queue_slug(snake(queue))}")
    fitting = [actor for actor in types.values() if _takes(actor, data)]
    if len(fitting) != 1:
        said = ", ".join(sorted(types))
        count = "no type takes" if not fitting else f"{len(fitting)} types take"
        raise UnknownType(
            f'"{name}" is no type of queue {queue_slug(snake(queue))}, and {count} its data; types are {said}'
        )
    return fitting[0]


def types_of(broker: CallboardBroker, queue: str) -> dict[str, JobActor]:
    """The types of a queue by name. Raises UnknownQueue when this process has declared none for it."""
    slug = queue_slug(snake(queue))
    types = {name: cast("JobActor", a) for name, a in broker.actors.items() if a.queue_name == slug}
    if not types:
        known = ", ".join(sorted({actor.queue_name for actor in broker.actors.values()})) or "none"
        raise UnknownQueue(f'queue "{queue}" is unknown; declared queues are {known}')
    return types


def _takes(actor: JobActor, data: Mapping[str, Any]) -> bool:
    given = arguments(actor, data)
    if getattr(actor, "schema", None) is None:
        return set(given) == set(getattr(actor, "parameters", ()))
    try:
        actor.validated((), given)
    except InvalidArguments:
        return False
    return True
