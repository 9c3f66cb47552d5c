"""The native API, one module for each kind of thing."""

from web.strict_blueprint import StrictBlueprint


def blueprints() -> list[StrictBlueprint]:
    """All of them, in the order of the documentation."""
    from web.api import (
        alerts,
        bulk,
        errors,
        events,
        files,
        flows,
        job_list,
        job_more,
        job_parts,
        jobs,
        me,
        models,
        queues,
        root,
        schedules,
        stats,
        tokens,
        types,
        views,
        webhooks,
        workers,
    )

    return [
        root.blueprint,
        job_list.blueprint,
        jobs.blueprint,
        job_parts.blueprint,
        job_more.blueprint,
        bulk.blueprint,
        errors.blueprint,
        queues.blueprint,
        workers.blueprint,
        types.blueprint,
        flows.blueprint,
        schedules.blueprint,
        stats.blueprint,
        alerts.blueprint,
        webhooks.blueprint,
        views.blueprint,
        files.blueprint,
        models.blueprint,
        tokens.blueprint,
        me.blueprint,
        events.blueprint,
    ]
