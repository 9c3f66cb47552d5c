"""The native API, one module for each kind of thing."""

from web.strict_blueprint import StrictBlueprint


def blueprints() -> list[StrictBlueprint]:
    """All of them, in the order of the documentation."""
    from web.api import (
        bulk,
        errors,
        events,
        flows,
        job_list,
        job_parts,
        jobs,
        me,
        queues,
        schedules,
        stats,
        types,
        workers,
    )

    return [
        job_list.blueprint,
        jobs.blueprint,
        job_parts.blueprint,
        bulk.blueprint,
        errors.blueprint,
        queues.blueprint,
        workers.blueprint,
        types.blueprint,
        flows.blueprint,
        schedules.blueprint,
        stats.blueprint,
        me.blueprint,
        events.blueprint,
    ]
