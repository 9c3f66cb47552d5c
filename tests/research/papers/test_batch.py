"""What became of the papers of a batch."""

from callboard.jobs.record import Job, job_from_record
from research.papers.batch import MOST_LISTED, Batch, batch_of


def job(paper: str, step: str, state: str, blocked_by: str = "") -> Job:
    fields = {"type": step, "step": step, "state": state, "kwargs": f'{{"paper_id": "{paper}", "file": "{paper}.pdf"}}'}
    return job_from_record(f"{paper}-{step}", fields | ({"blocked_by": blocked_by} if blocked_by else {}))


def outcome(*jobs: Job) -> Batch:
    return batch_of(jobs, lambda job: job.kwargs["file"], lambda job: f"{job.kwargs['file']}: {job.id} broke")


def test_a_paper_is_done_when_all_its_steps_are_and_the_first_failure_is_the_reason() -> None:
    found = outcome(
        *(job("a", step, "completed") for step in ("extract", "analyse")),
        *(job("b", "extract", "failed"), job("b", "analyse", "failed", blocked_by="b-extract")),
        *(job("c", "extract", "completed"), job("c", "analyse", "cancelled")),
        *(job("d", "extract", "completed"), job("d", "analyse", "active")),
    )
    assert (found.papers, found.done, found.failures) == (4, 1, 2)
    assert [(bad.file, bad.step, bad.reason) for bad in found.failed] == [
        ("b.pdf", "extract", "b-extract broke"),
        ("c.pdf", "analyse", "c-analyse broke"),
    ]


def test_of_very_many_bad_papers_the_first_are_listed_and_all_are_counted() -> None:
    found = outcome(*(job(str(n), "extract", "failed") for n in range(MOST_LISTED + 10)))
    assert (found.failures, len(found.failed)) == (MOST_LISTED + 10, MOST_LISTED)
