"""A job as everybody is shown it, by the command and the API alike."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final

from callboard.jobs.masking import hide
from callboard.jobs.policy import priority_word
from callboard.jobs.record import Job

GIVEN: Final = ("args", "kwargs", "meta", "checkpoint", "progress")


def job_values(job: Job) -> dict[str, Any]:
    """All fields of a job, secrets among what was given hidden; times stay datetimes."""
    values = {field.name: getattr(job, field.name) for field in fields(job)}
    return values | {name: hide(values[name]) for name in GIVEN} | {"priority": priority_word(job.priority)}
