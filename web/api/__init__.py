"""The native API, one module for each kind of thing."""

from web.strict_blueprint import StrictBlueprint


def blueprints() -> list[StrictBlueprint]:
    """All of them, in the order of the documentation."""
    from web.api import (
        about,
        alerts,
        audit_lines,
        bulk,
        charts,
        errors,
        event_log,
        events,
        files,
        flows,
        job_again,
        job_counts,
        job_edit,
        job_export,
        job_list,
        job_more,
        job_parts,
        job_share,
        jobs,
        me,
        models,
        pulse,
        queue_stats,
        queues,
        root,
        schedules,
        stats,
        tokens,
        types,
        views,
        watches,
        webhooks,
        workers,
    )

    lists = (root, job_list, job_counts, job_export)
    work = (jobs, job_parts, job_more, job_edit, job_again, job_share, bulk, errors, queues)
    places = (workers, types, flows, schedules, stats, pulse, queue_stats, charts, alerts, watches, webhooks)
    rest = (views, files, models, tokens, audit_lines, about, me, events, event_log)
    return [module.blueprint for module in (*lists, *work, *places, *rest)]
