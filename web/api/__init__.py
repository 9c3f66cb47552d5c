"""The native API, one module for each kind of thing."""

from web.strict_blueprint import StrictBlueprint


def blueprints() -> list[StrictBlueprint]:
    """All of them, in the order of the documentation."""
    return [*_of_jobs(), *_of_places(), *_of_the_rest()]


def _of_jobs() -> list[StrictBlueprint]:
    from web.api import (
        bulk,
        errors,
        job_again,
        job_counts,
        job_edit,
        job_export,
        job_list,
        job_more,
        job_parts,
        job_share,
        jobs,
        root,
    )

    lists = (root, job_list, job_counts, job_export)
    work = (jobs, job_parts, job_more, job_edit, job_again, job_share, bulk, errors)
    return [module.blueprint for module in (*lists, *work)]


def _of_places() -> list[StrictBlueprint]:
    from web.api import (
        alerts,
        charts,
        deliveries,
        flows,
        pulse,
        queue_stats,
        queues,
        schedules,
        stats,
        types,
        watches,
        webhooks,
        workers,
    )

    places = (queues, workers, types, flows, schedules)
    numbers = (stats, pulse, queue_stats, charts, alerts, watches, webhooks, deliveries)
    return [module.blueprint for module in (*places, *numbers)]


def _of_the_rest() -> list[StrictBlueprint]:
    from web.api import about, audit_lines, event_log, events, files, me, models, tokens, views

    rest = (views, files, models, tokens, audit_lines, about, me, events, event_log)
    return [module.blueprint for module in rest]
