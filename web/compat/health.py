"""Health as S1 and S3 ask for it: 503 where jobs cannot run."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from callboard.facade.background_jobs import BackgroundJobsHealth, health_of
from web.compat.door import blueprint, successor
from web.compat.words import in_words
from web.services import here

QUEUE = "ai-analysis"


@blueprint.get("/jobs/health")
def jobs_health() -> tuple[dict[str, Any], int]:
    """S1: whether Redis answers and workers run; in the words of S3 too."""
    found = health_of(here().store)
    details = {"workers": found.details.workers, "redis": found.details.redis, "error": error(found)}
    shown = in_s3(found)
    return {"healthy": found.healthy, "details": {"queueStatus": shown["stats"], **details}, **shown}, code(found)


@blueprint.get("/ai-analysis/health")
def analysis_health() -> tuple[dict[str, Any], int]:
    """S3: whether analyses can run, and how many are where."""
    found = health_of(here().store, QUEUE)
    return in_s3(found), code(found)


def in_s3(found: BackgroundJobsHealth) -> dict[str, Any]:
    """S3's two fields."""
    status = found.details.queue_status
    stats = None if status is None else in_words(asdict(status))
    return {"queue": "healthy" if found.healthy else "unhealthy", "stats": stats}


def error(found: BackgroundJobsHealth) -> str | None:
    """Why it is known to be unwell, secrets masked."""
    return here().mask(found.details.error) if found.details.error else None


def code(found: BackgroundJobsHealth) -> int:
    """The status for monitors that look at nothing else."""
    successor("/readyz")
    return 200 if found.healthy else 503
