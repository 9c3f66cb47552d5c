"""What the names in old paths mean. Below /api/jobs/ a word that is reserved comes first, then a queue, then a job."""

from __future__ import annotations

import re
from typing import Final

from callboard.broker.errors import JobMissing, UnknownQueue
from callboard.history.past import job_and_errors
from callboard.jobs.identity import kept_id
from callboard.jobs.policy import queue_slug, type_slug
from callboard.jobs.record import Job
from web.compat.words import Errors
from web.services import here

# No queue may be called so. One is: what is posted to `ai-content` says by its body whether it is meant for the queue.
RESERVED: Final = ("health", "queues", "ai-content", "cache-warm", "events", "ws")
ID: Final = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}\Z")


def declared_queues() -> set[str]:
    """The queues of the job types."""
    return {actor.queue_name for actor in here().types.values()}


def queue_names() -> list[str]:
    """All queues: those that were ever used or set, and those of the job types."""
    return sorted({*here().store.queues(), *declared_queues()})


def find_queue(name: str) -> str | None:
    """The queue of a name, however it is spelt; None where there is none."""
    try:
        slug = queue_slug(name)
    except ValueError:
        return None
    # What has the form of an id is asked for again and again, and no queue is called so: it costs no look.
    known = slug in declared_queues() or (not ID.match(name.upper()) and slug in queue_names())
    return slug if known else None


def known_queue(name: str) -> str:
    """The queue of a name, or that of the job type of that name. Raises UnknownQueue."""
    queue = find_queue(name)
    if queue is not None:
        return queue
    try:
        return str(here().types[type_slug(name)].queue_name)
    except (KeyError, ValueError):
        raise UnknownQueue(f'queue "{name[:80]}" is unknown; queues are {", ".join(queue_names())}') from None


def found_job(id: str) -> tuple[Job, Errors]:
    """A job with what went wrong in its attempts. Raises JobMissing."""
    services = here()
    return job_and_errors(services.store, services.engine, kept_id(id))


def found_under(name: str, id: str) -> tuple[Job, Errors]:
    """A job under the name of its type or of its queue. Raises JobMissing where it is of another."""
    job, errors = found_job(id)
    try:
        slug = type_slug(name)
    except ValueError:
        slug = ""
    if slug not in (job.type, job.queue.replace("-", "_")):
        raise JobMissing(f'job {job.id} is no "{name[:80]}": it is of type {job.type} in queue {job.queue}')
    return job, errors
