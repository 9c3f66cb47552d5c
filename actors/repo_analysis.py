"""Analyse Git repositories: languages, commits, people, licence and care, out of objects that are only read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from actors import services
from callboard.jobs.policy import DEFAULT_RETRY, Queue
from callboard.jobs.states import COMPLETED
from callboard.worker.context import Context
from callboard.worker.job import job

if TYPE_CHECKING:
    from collections.abc import Iterator

    from research.repositories.analysis import Analysis
    from research.repositories.opening import Reach
    from research.repositories.summary import Ended

repo_queue = Queue("repo-analysis", concurrency=5)
MOST: Final = 500
SHOWN_LANGUAGES: Final = 10
repository_field: Final = validate.Length(1, 500)


class RepoAnalysis(Schema):
    """Which repository, and how much of it."""

    repository = fields.String(
        required=True,
        validate=repository_field,
        metadata={
            "description": "https address of a repository that is open to everybody, absolute path below "
            "CALLBOARD_REPOSITORIES, or storage reference of a Git bundle"
        },
    )
    ref = fields.String(
        validate=validate.Length(1, 200),
        metadata={"description": "branch, tag or full name of a ref; left out, the one that HEAD names"},
    )
    commits = fields.Integer(
        strict=True,
        load_default=1000,
        validate=validate.Range(1, 50_000),
        metadata={"description": "commits to look at, from the newest on; no others are fetched"},
    )
    max_mb = fields.Integer(
        strict=True,
        load_default=200,
        validate=validate.Range(1, 1024),
        metadata={"description": "MB that may be fetched; a larger repository is refused"},
    )
    name_authors = fields.Boolean(
        load_default=False,
        metadata={"description": "name the authors of most commits in the report, with their mail addresses"},
    )


class RepoSummary(Schema):
    """The repositories of a batch, in the order of their analyses."""

    repositories = fields.List(
        fields.String(validate=repository_field),
        required=True,
        validate=validate.Length(1, MOST),
        metadata={"description": "what was to be analysed"},
    )
    jobs = fields.List(
        fields.String(validate=validate.Length(1, 100)),
        required=True,
        validate=validate.Length(1, MOST),
        metadata={"description": "ids of the jobs that analysed them, in the same order"},
    )

    @validates_schema
    def _one_job_each(self, data: dict[str, Any], **_: Any) -> None:
        if len(data["repositories"]) != len(data["jobs"]):
            counts = f"{len(data['repositories'])} repositories with {len(data['jobs'])} jobs"
            raise ValidationError(f"expected a job for each repository, got {counts}", "jobs")


@job(
    queue=repo_queue,
    schema=RepoAnalysis,
    retry=DEFAULT_RETRY,
    timeout=600,
    isolated=True,
    memory_mb=1024,
    requires=("dulwich",),
    pipe_ignore=True,
)
def repo_analysis(
    ctx: Context, *, repository: str, commits: int, max_mb: int, name_authors: bool, ref: str | None = None
) -> dict[str, Any]:
    """Read a repository and report on it. Safe to repeat: there is one analysis for each repository, commit and scope,
    which is replaced.
    """
    from datetime import UTC, datetime

    from research.repositories.analysis import Wish, analyse
    from research.repositories.place import place_of

    reach = _reach(commits, max_mb)
    place = place_of(repository, reach.folders, reach.guard.allow)
    analysis = analyse(
        place,
        Wish(ref, name_authors),
        reach,
        datetime.now(UTC),
        lambda percent, step: ctx.progress(min(percent, 99.0), 100, step),
    )
    report = _kept(analysis)
    ctx.progress(100, 100, "stored")
    return _result(analysis, report)


def _reach(commits: int, max_mb: int) -> Reach:
    """What this process may read, and how much of it."""
    from pathlib import Path

    from research.repositories.fetching import Limits
    from research.repositories.opening import Reach

    folders = [Path(folder) for folder in services.settings().repositories or ()]
    limits = Limits(bytes=max_mb << 20, commits=commits)
    return Reach(folders, services.guard(), services.files(), services.temporary_folder(), limits)


def _kept(analysis: Analysis) -> str:
    """Store the report and keep the analysis; the file of the one that it replaces goes last."""
    import orjson

    from callboard.history.database import writing
    from research.repositories.library import keep

    store = services.files()
    content = orjson.dumps(analysis.report, option=orjson.OPT_INDENT_2)
    file = store.put(content, f"{analysis.place.name}-{analysis.commit[:12]}.json").reference
    with writing(services.database()) as session:
        replaced = keep(session, analysis, file)
    if replaced:
        store.delete(replaced)
    return file


def _result(analysis: Analysis, file: str) -> dict[str, Any]:
    """What is asked for most; all else is in the report."""
    report = analysis.report
    shares = {name: one["share"] for name, one in list(report["languages"].items())[:SHOWN_LANGUAGES]}
    names = ("repository", "name", "commit", "ref", "main_language", "licence")
    counts = {"commits": analysis.commits, "authors": analysis.authors, "files": analysis.files}
    return {name: report[name] for name in names} | {
        **counts,
        "languages": shares,
        "bus_factor": report["authors"]["bus_factor"],
        "last_commit_at": report["commits"]["last_at"],
        "health": analysis.health,
        "report_file": file,
    }


@job(queue=repo_queue, schema=RepoSummary, retry=DEFAULT_RETRY, timeout=60, pipe_ignore=True)
def repo_summary(ctx: Context, *, repositories: list[str], jobs: list[str]) -> dict[str, Any]:
    """Sum up a batch: what was found, and which repositories failed why. Safe to repeat: it reads, and writes nothing
    but a file of its own.
    """
    import orjson

    from research.repositories.summary import SHOWN, summary

    ctx.progress(0, 1, "read")
    whole = summary(_ended(ctx, repositories, jobs))
    file = services.files().put(orjson.dumps(whole, option=orjson.OPT_INDENT_2), "repositories.json").reference
    ctx.progress(1, 1, "stored")
    return whole | {"analyses": whole["analyses"][:SHOWN], "report_file": file}


def _ended(ctx: Context, repositories: list[str], jobs: list[str]) -> Iterator[Ended]:
    """How each analysis of a batch has ended."""
    from callboard.broker.store import Store
    from research.repositories.place import shown
    from research.repositories.summary import Ended

    store = Store(ctx.broker.links)
    for repository, id, found in zip(repositories, jobs, store.find_many(jobs), strict=True):
        if found is None:
            yield Ended(shown(repository), id, "forgotten")
        elif found.state == COMPLETED:
            yield Ended(shown(repository), id, found.state, found.result)
        else:
            errors = store.errors(id)
            reason = str(errors[-1].get("failure", {}).get("message", "")) if errors else ""
            yield Ended(shown(repository), id, found.state, None, reason)
