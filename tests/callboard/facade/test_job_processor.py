from typing import Any

import pytest

from callboard.facade import BaseJobProcessor, Job


class Hearing(BaseJobProcessor[dict[str, Any]]):
    """Notes what it is told."""

    def __init__(self) -> None:
        self.heard: list[object] = []

    def process(self, job: Job[dict[str, Any]]) -> object:
        self.updateProgress(job, 25)
        self.update_progress(job, 75)
        if job.data.get("bad"):
            self.handleError(job, ValueError("bad data"))
            return None
        self.handleComplete(job, {"sent": True})
        return job.result

    def on_progress(self, progress: float) -> None:
        self.heard.append(progress)

    def on_complete(self, result: Any) -> None:
        self.heard.append(result)

    def on_error(self, error: BaseException) -> None:
        self.heard.append(str(error))


def a_job(**data: Any) -> Job[dict[str, Any]]:
    return Job("x", data)


def test_a_processor_moves_the_progress_of_its_job_and_is_told_of_it() -> None:
    job, processor = a_job(), Hearing()
    processor.process(job)  # S4.9 S4.10
    assert processor.heard[:2] == [25, 75]


def test_a_processor_completes_its_job() -> None:
    job, processor = a_job(), Hearing()
    assert processor.process(job) == {"sent": True}
    assert (job.status, processor.heard[-1]) == ("completed", {"sent": True})  # S4.10


def test_a_processor_says_that_its_job_has_failed() -> None:
    job, processor = a_job(bad=True), Hearing()
    processor.process(job)
    assert (job.status, job.error, processor.heard[-1]) == ("failed", "bad data", "bad data")  # S4.10


def test_progress_is_checked_before_anybody_is_told() -> None:
    job, processor = a_job(), Hearing()
    with pytest.raises(ValueError, match="from 0 to 100"):
        processor.update_progress(job, 101)
    assert processor.heard == []


def test_a_processor_without_process_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="process"):
        BaseJobProcessor()  # type: ignore[abstract]  # S4.10
