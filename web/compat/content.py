"""S5: jobs that write on terms and that warm caches."""

from __future__ import annotations

from typing import Any

from pipelines.job_types import JobType, meant
from web.compat.door import blueprint, body, create_status, enqueue, place_of
from web.compat.one_job import Answer
from web.compat.options import priority_from
from web.compat.queues import control

CONTENT_QUEUE = "ai-content"


@blueprint.post("/jobs/ai-content")
def ai_content() -> Any:
    """Write sections on a term; or what S2 asks of the queue of this name, where the body says `action`."""
    values = body()
    return control(CONTENT_QUEUE) if "action" in values else created(JobType.AI_CONTENT_GENERATION, values)


@blueprint.post("/jobs/cache-warm")
def cache_warm() -> Answer:
    """Compute answers before somebody asks for them."""
    return created(JobType.CACHE_WARM, body())


def created(type: JobType, values: dict[str, Any]) -> Answer:
    """A job of a type from its arguments and its priority."""
    options = priority_from(values)
    actor, arguments = meant(type, values)
    id = enqueue(actor.actor_name, arguments, options)
    return {"success": True, "data": {"jobId": id}}, create_status(), place_of(id)
