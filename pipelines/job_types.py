"""The job types by the names that other systems gave them, and one way of making a job from a name and its data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from callboard.broker.errors import UnknownQueue, UnknownType
from callboard.facade.job_types import find_type, types_of
from callboard.facade.spelling import arguments, snake
from callboard.jobs.errors import InvalidArguments
from callboard.jobs.record import Job
from callboard.worker.job import JobActor


class JobType(StrEnum):
    """Every job type of the platform; the value is what the engine calls it."""

    EXTRACT_PDF = "extract_pdf"
    ANALYZE_CONTENT = "analyze_content"
    GENERATE_EMBEDDINGS = "generate_embeddings"
    EXTRACT_PARAMETERS = "extract_parameters"
    PAPER_BATCH_SUMMARY = "paper_batch_summary"
    AI_ANALYSIS = "ai_analysis"
    AI_CONTENT_GENERATION = "ai_content_generation"
    AI_BATCH_PROCESSING = "ai_batch_processing"
    PROCESS_RESULTS = "process_results"
    CALCULATE_METRICS = "calculate_metrics"
    GENERATE_REPORT = "generate_report"
    EMAIL_SEND = "email_send"
    EMAIL_BATCH = "email_batch"
    DATA_EXPORT = "data_export"
    EXCEL_IMPORT = "excel_import"
    IMPORT_SUMMARY = "import_summary"
    DB_BATCH_INSERT = "db_batch_insert"
    TRAIN_MODEL = "train_model"
    CACHE_WARM = "cache_warm"
    CACHE_PRECOMPUTE = "cache_precompute"
    ANALYTICS_AGGREGATE = "analytics_aggregate"
    REMOVE_ORPHANED_FILES = "remove_orphaned_files"
    CLEAN_TEMP_DATA = "clean_temp_data"
    ARCHIVE_OLD_DATA = "archive_old_data"
    OPTIMIZE_INDEXES = "optimize_indexes"
    DAILY_REPORT = "daily_report"
    WEEKLY_DIGEST = "weekly_digest"
    MONTHLY_ANALYTICS = "monthly_analytics"
    SYSTEM_HEALTH_CHECK = "system_health_check"
    REPO_ANALYSIS = "repo_analysis"
    REPO_SUMMARY = "repo_summary"
    WEBHOOK_DELIVER = "webhook_deliver"


# Of one job, as Bull has them. When a finished job is forgotten is a matter of its queue here: the last two are taken,
# so that old calls work, and change nothing.
OPTIONS: Final = ("priority", "attempts", "timeout", "delay", "tags", "meta", "unique_key", "fairness_key")
WITHOUT_EFFECT: Final = ("remove_on_complete", "remove_on_fail")


def create(type: str, data: Mapping[str, Any] | None = None, **options: Any) -> Job:
    """Enqueue a job and return its record; names of types and keys may be spelled `EXCEL_IMPORT` or `fileName`.

    `delay` is in milliseconds, `timeout` in seconds. A queue is taken for the type that `data["action"]` names.
    Raises UnknownType, InvalidArguments naming the field, and what `Client.enqueue` raises.
    """
    import actors

    actor, given = meant(type, data or {})
    chosen = checked_options(options)
    delay = chosen.pop("delay", None)
    message = actor.message_with_options(kwargs=given, **chosen)
    actors.broker.enqueue(message, delay=delay)
    return actors.broker.store.get(message.message_id)


def action_type(queue: str, action: str) -> str:
    """The type of a queue that an action names. Raises UnknownType with the actions that there are."""
    import actors

    types = types_of(actors.broker, queue)
    if snake(action) not in types:
        raise UnknownType(f'action "{action}" is unknown; actions of {queue} are {", ".join(sorted(types))}')
    return snake(action)


def checked_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a call in our spelling, without those that change nothing. Raises InvalidArguments."""
    known = {snake(name): value for name, value in options.items()}
    for name in known:
        if name not in (*OPTIONS, *WITHOUT_EFFECT):
            raise InvalidArguments(f'option "{name}" is unknown; options are {", ".join(OPTIONS)}', {name: "unknown"})
    return {name: value for name, value in known.items() if name in OPTIONS and value is not None}


def meant(type: str, data: Mapping[str, Any]) -> tuple[JobActor, dict[str, Any]]:
    """The actor that a name means, and the data of a call under the names of its arguments.

    A queue means the type that `data["action"]` names, or without an action the one that takes the data.
    Raises UnknownType.
    """
    import actors

    found = actors.broker.actors.get(snake(type))
    if isinstance(found, JobActor):
        return found, arguments(found, data)
    rest = {key: value for key, value in data.items() if key != "action"}
    try:
        of_queue = types_of(actors.broker, type)
    except (UnknownQueue, ValueError):
        known = ", ".join(sorted(actors.broker.actors))
        raise UnknownType(f'job type "{type}" is unknown; types are {known}') from None
    if "action" in data:
        found = of_queue[action_type(type, str(data["action"]))]
    elif len(of_queue) == 1:
        (found,) = of_queue.values()
    else:
        found = find_type(actors.broker, type, type, rest)
    return found, arguments(found, rest)
