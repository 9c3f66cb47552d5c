"""What became of a batch of papers, from the jobs that worked on them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from callboard.jobs.record import Job
from callboard.jobs.states import COMPLETED, FINAL

LONGEST_REASON = 300
MOST_LISTED = 500


@dataclass(frozen=True)
class BadPaper:
    """A paper that is not done: its file, the step that failed, and why."""

    paper_id: str
    file: str
    step: str
    reason: str


@dataclass(frozen=True)
class Batch:
    """How many papers there were, how many are done, and those that are not; of many only the first are listed."""

    papers: int
    done: int
    failures: int
    failed: tuple[BadPaper, ...]


def batch_of(jobs: Iterable[Job], name: Callable[[Job], str], reason: Callable[[Job], str]) -> Batch:
    """The outcome of the papers that some jobs worked on; steps skipped because of another one do not count.

    `name` tells the file that a paper's first job was given, `reason` why a job ended as it did.
    """
    papers: dict[str, list[Job]] = {}
    for job in jobs:
        papers.setdefault(job.kwargs["paper_id"], []).append(job)
    failed = []
    for paper, steps in papers.items():
        ended = [job for job in steps if job.state in FINAL and job.state != COMPLETED and not job.blocked_by]
        if ended:
            file = name(steps[0])
            why = reason(ended[0]).removeprefix(f"{file}: ")[:LONGEST_REASON]
            failed.append(BadPaper(paper, file, ended[0].step or ended[0].type, why))
    done = sum(all(job.state == COMPLETED for job in steps) for steps in papers.values())
    return Batch(len(papers), done, len(failed), tuple(failed[:MOST_LISTED]))
