import json
from datetime import UTC, datetime
from typing import Any

import pytest

from callboard.broker.errors import NotPossible
from callboard.facade import Job, JobStatus
from callboard.facade.job_words import STATES_OF, STATUS_OF
from callboard.jobs.identity import is_id
from callboard.jobs.record import Job as Record
from callboard.jobs.states import STATES


def started(**fields: object) -> Job[dict[str, str]]:
    job = Job("send-email", {"to": "user@example.com"}, **fields)  # type: ignore[arg-type]
    job.mark_processing()
    return job


# S4.27
def test_a_new_job_is_queued_with_three_attempts_none_of_them_begun() -> None:
    job = Job("send-email", {"to": "user@example.com"})  # S4.6
    assert is_id(job.id)
    assert (job.type, job.data, job.status, job.progress) == ("send-email", {"to": "user@example.com"}, "queued", 0)
    assert (job.attempts, job.max_attempts, job.result, job.error) == (0, 3, None, None)
    assert job.created_at is not None
    assert (job.started_at, job.completed_at) == (None, None)  # S4.4


def test_a_job_takes_what_it_is_given() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    job = Job("x", 1, id="abc", max_attempts=5, created_at=at)
    assert (job.id, job.max_attempts, job.maxAttempts, job.createdAt) == ("abc", 5, 5, at)


# S3.14
def test_every_state_of_the_engine_has_one_of_the_five_statuses() -> None:
    assert [str(status) for status in JobStatus] == ["queued", "processing", "completed", "failed", "cancelled"]  # S4.1
    assert set(STATUS_OF) == set(STATES)
    assert all(STATUS_OF[state] is status for status in JobStatus for state in STATES_OF[status])
    expected = {"waiting": "queued", "delayed": "queued", "blocked": "queued", "active": "processing"}
    assert {state: str(STATUS_OF[state]) for state in expected} == expected


@pytest.mark.parametrize("progress", [0, 0.5, 33, 100])
def test_progress_is_a_percentage(progress: float) -> None:
    job = started()
    job.updateProgress(progress)  # S4.2 S4.8
    assert job.progress == progress


@pytest.mark.parametrize("progress", [-1, 100.1, float("nan"), float("inf"), True, "50"])
def test_progress_that_is_no_percentage_is_refused(progress: float) -> None:
    job = started()
    with pytest.raises(ValueError, match="progress must be a number from 0 to 100"):
        job.update_progress(progress)  # S4.2
    assert job.progress == 0


def test_an_attempt_that_begins_is_counted_and_timed() -> None:
    job = started()  # S4.8
    assert (job.status, job.attempts) == ("processing", 1)
    assert job.started_at is not None


def test_a_complete_job_has_its_result_and_all_of_its_progress() -> None:
    job = started()
    job.markComplete({"sent": True})  # S4.5 S4.8
    assert (job.status, job.result, job.progress, job.error) == ("completed", {"sent": True}, 100, None)
    assert job.completedAt is not None


def test_a_failed_job_has_the_words_of_its_error() -> None:
    job = started()
    job.markFailed(ValueError("no such host"))  # S4.5 S4.8
    assert (job.status, job.error) == ("failed", "no such host")
    assert job.completed_at is not None


def test_an_error_without_words_is_named() -> None:
    job = started()
    job.mark_failed(KeyError())
    assert job.error == "KeyError"


def test_a_queued_job_can_be_cancelled() -> None:
    job = Job("x", None)
    job.markCancelled()  # S4.8
    assert job.status is JobStatus.CANCELLED


def test_a_job_that_is_over_stays_as_it_is() -> None:
    job = started()
    job.mark_complete()
    for move in (job.mark_processing, job.mark_complete, job.mark_cancelled, lambda: job.mark_failed("late")):
        with pytest.raises(NotPossible, match="is completed already"):
            move()
    assert job.status == "completed"


@pytest.mark.parametrize(("attempts", "left"), [(0, True), (2, True), (3, False)])
def test_a_job_can_be_retried_while_an_attempt_is_left(attempts: int, left: bool) -> None:
    job = Job("x", None, max_attempts=3, attempts=attempts)
    assert job.can_retry() is job.canRetry() is left  # S4.3


def test_json_has_the_names_of_the_document_and_times_in_iso_8601() -> None:
    job = started(created_at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    written = job.toJSON()  # S4.7
    names = "id type data status progress result error attempts maxAttempts createdAt startedAt completedAt"
    assert " ".join(written) == names
    assert (written["status"], written["createdAt"]) == ("processing", "2026-03-01T12:00:00+00:00")


@pytest.mark.parametrize("status", list(JobStatus))
def test_json_read_again_is_the_same_job(status: JobStatus) -> None:
    job = Job("x", {"nested": [1, {"a": None}]}, state=STATES_OF[status][0], attempts=2, error="e", result=[1])
    again: Job[Any] = Job.from_json(json.dumps(job.to_json()))  # S4.7
    once_more: Job[Any] = Job.fromJSON(job.to_json())
    assert again == once_more == job


def test_json_with_an_unknown_status_is_refused() -> None:
    with pytest.raises(ValueError, match="paused"):
        Job.from_json({"type": "x", "data": 1, "status": "paused"})


def test_a_record_becomes_the_job_that_its_users_know() -> None:
    progress = {"done": 1, "total": 4, "percent": 25.0, "eta_ms": 900}
    record = Record("1", "t", "q", "active", attempt=2, attempts=3, kwargs={"data": [7]}, progress=progress)
    job: Job[Any] = Job.of(record, "first try")
    assert (job.data, job.status, job.progress, job.attempts, job.error) == ([7], "processing", 25.0, 2, "first try")
    assert job.eta_ms == 900  # S4.32
