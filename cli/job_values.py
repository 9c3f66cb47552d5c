"""A job as JSON values, and as the words that people read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from callboard.jobs.job_values import job_values
from callboard.jobs.record import Job
from callboard.jobs.states import FINAL
from cli.output import Column, Row
from cli.times import ago, lasted, span


def latest_at(job: Row) -> datetime | None:
    """The time that says most about a job: when it ends, ended, began, or came."""
    moment: datetime | None = job["due_at"] if job["state"] == "delayed" else None
    return moment or (job["finished_at"] if job["state"] in FINAL else None) or job["started_at"] or job["enqueued_at"]


def brief(job: Row) -> str:
    """What people want to know of a job beside its state: how far it is, why it waits, how long it took."""
    if job["state"] == "active":
        return ("cancelling " if job["cancelling"] else "") + progress_in_words(job["progress"])
    if job["state"] == "delayed":
        return str(job["reason"] or "scheduled")
    if job["state"] in FINAL:
        took = span(job["started_at"], job["finished_at"])
        return lasted(took.total_seconds()) if took else ""
    return "retry" if job["attempt"] else ""


def progress_in_words(progress: dict[str, Any] | None) -> str:
    """`40 % pages`, with the time that is left where it is known."""
    if not progress:
        return ""
    parts = [f"{progress.get('percent', 0):.0f} %", str(progress.get("step", ""))]
    eta = progress.get("eta_ms")
    parts += [f"{lasted(eta / 1000)} left"] if eta and progress.get("percent", 0) < 100 else []
    return " ".join(part for part in parts if part)


def state_style(row: Row) -> str:
    """The colour of a job's state."""
    from cli.terminal import STATE_STYLES

    return STATE_STYLES.get(str(row["state"]), "")


JOB_COLUMNS = (
    Column("id", "Job"),
    Column("type", "Type", fold=True),
    Column("queue", "Queue", wide=True),
    Column("state", "State", style=state_style),
    Column("attempt", "Run", show=lambda job: f"{job['attempt']}/{job['attempts']}" if job["attempt"] else "–"),
    Column("progress", "How", show=brief, fold=True),
    Column("at", "When", show=lambda job: ago(latest_at(job)), right=True),
)


def listed(job: Job) -> dict[str, Any]:
    """A job as one row of a listing."""
    values = job_values(job)
    return values | {"at": latest_at(values)}
