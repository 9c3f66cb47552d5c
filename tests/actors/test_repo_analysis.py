"""Repositories as jobs: one analysis for each commit, batches that a bad one does not stop, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from actors import services
from actors.repo_analysis import repo_analysis, repo_queue, repo_summary
from callboard.broker.client import Client
from callboard.broker.store import Store
from callboard.history.database import reading
from callboard.jobs.errors import InvalidArguments
from callboard.jobs.settings import Settings
from callboard.testing.board import Board
from callboard.worker.context import Context
from pipelines.repo_batch import page_of, repo_batch
from research.repositories.errors import RepositoryRefused
from research.repositories.library import analyses
from tests.platform_worker import Platform
from tests.research.repositories.conftest import GitServer, build, server

__all__ = ["server"]


def test_the_queue_and_the_policy_are_those_of_the_design() -> None:
    assert (repo_queue.name, repo_queue.concurrency) == ("repo-analysis", 5)
    for actor in (repo_analysis, repo_summary):
        assert actor.policy.retry.attempts == 3
    assert (repo_analysis.policy.timeout, repo_analysis.policy.priority) == (600, 3)
    assert repo_analysis.policy.isolated


# S4.29
def test_an_analysis_is_kept_once_for_each_commit(board: Board, server: GitServer, tmp_path: Path) -> None:
    repo = server.repos["/lab.git"] = build(tmp_path / "lab.git")
    address = f"{server.url}/lab.git"
    first, again = board.run(repo_analysis, repository=address), board.run(repo_analysis, repository=address)
    assert (first["commits"], first["main_language"], first["licence"]) == (5, "Python", "MIT")
    repo.refs[b"refs/heads/main"] = repo[repo.refs[b"refs/heads/main"]].parents[0]
    other = board.run(repo_analysis, repository=address)
    with reading(services.database()) as session:
        kept = analyses(session, address)
    assert [one.commit for one in kept] == [other["commit"], first["commit"]]
    assert set(services.files().references()) == {again["report_file"], other["report_file"]}
    report = json.loads(services.files().path(again["report_file"]).read_bytes())
    assert report["health"]["score"] == again["health"]


# S4.33
def test_a_server_that_is_busy_is_asked_again(board: Board, server: GitServer, tmp_path: Path) -> None:
    server.repos["/lab.git"] = build(tmp_path / "lab.git")

    def busy(environ: dict[str, Any], start: Any) -> list[bytes]:
        server.instead = None
        start("503 Service Unavailable", [("Content-Type", "text/plain")])
        return [b"busy"]

    server.instead = busy
    sent = repo_analysis.send(repository=f"{server.url}/lab.git")
    assert board.drain(with_delayed=True, fail_fast=False).completed == 1
    job = board.job(sent)
    assert (job.state, job.attempt, job.attempts) == ("completed", 2, 3)


# S4.43
def test_a_batch_names_the_repositories_that_failed(board: Board, server: GitServer, tmp_path: Path) -> None:
    for name in ("one", "two"):
        server.repos[f"/{name}.git"] = build(tmp_path / f"{name}.git")
    wanted = [f"{server.url}/one.git", f"{server.url}/gone.git", f"{server.url}/two.git", "/etc"]
    listed = services.files().put("\n".join(["# ours", *wanted, wanted[0], ""]).encode(), "list.txt").reference
    flow = repo_batch(listed)
    Client(board.broker.links).start_flow(flow)
    board.drain(fail_fast=False)
    result = Store(board.broker.links).result(flow.meta["summary"])
    assert (result["repositories"], result["completed"], result["failures"]) == (4, 2, 2)
    assert [bad["repository"] for bad in result["failed"]] == [wanted[1], "/etc"]
    assert "no repository at this address" in result["failed"][0]["reason"]
    assert "CALLBOARD_REPOSITORIES" in result["failed"][1]["reason"]
    assert [one["name"] for one in result["analyses"]] == ["one", "two"]
    page = page_of(result)
    assert "# 2 of 4 repositories analysed" in page
    assert "gone.git" in page


# S4.30 S4.46
def test_a_batch_tells_of_its_end_as_any_job_does() -> None:
    flow = repo_batch(["https://git.example/a.git"], notify=["ann@lab.example"], webhook="https://hooks.example/x")
    summing = next(call for call in flow.calls() if call.id == flow.meta["summary"])
    assert summing.meta == {"notify": ["ann@lab.example"], "webhook": "https://hooks.example/x"}


@pytest.mark.parametrize("given", [[], [f"https://git.example/{n}.git" for n in range(501)]])
def test_a_batch_of_none_or_too_many_is_refused(given: list[str]) -> None:
    with pytest.raises(InvalidArguments, match="1 to 500 repositories"):
        repo_batch(given)


def test_a_list_that_is_no_text_is_refused(settings: Settings) -> None:
    with pytest.raises(InvalidArguments, match="one repository a line"):
        repo_batch(services.files().put(b"\xff\x00\x00", "list.xlsx").reference)


# S4.32
def test_progress_goes_up_and_names_each_step(board: Board, server: GitServer, tmp_path: Path) -> None:
    server.repos["/lab.git"] = build(tmp_path / "lab.git")
    told: list[tuple[float, str]] = []

    def progress(self: Context, done: float, total: float = 100, step: str = "") -> None:
        told.append((done / total, step))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Context, "progress", progress)
        board.run(repo_analysis, repository=f"{server.url}/lab.git")
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert {step.split()[0].rstrip(",") for _, step in told} == {"open", "fetch", "commit", "file", "stored"}


@pytest.mark.parametrize("fields", [{"commits": 0}, {"max_mb": 5000}, {"repository": ""}, {"depth": 3}])
def test_arguments_that_do_not_fit_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidArguments, match=next(iter(fields))):
        repo_analysis.call(**{"repository": "https://git.example/lab.git", **fields})


def test_a_login_in_an_address_is_refused_and_not_repeated(board: Board) -> None:
    with pytest.raises(RepositoryRefused) as raised:
        board.run(repo_analysis, repository="https://ann:s3cret@git.example/lab.git")
    assert "s3cret" not in str(raised.value)


# S4.29
def test_a_real_worker_analyses_a_repository_that_a_git_server_gives_out(
    platform: Platform, server: GitServer, tmp_path: Path
) -> None:
    server.repos["/lab.git"] = build(tmp_path / "lab.git")
    job = platform.run(repo_analysis, repository=f"{server.url}/lab.git", name_authors=True)
    assert (job.state, job.attempt) == ("completed", 1)
    assert job.result["main_language"] == "Python"
    report = json.loads(platform.files.path(job.result["report_file"]).read_bytes())
    assert [one["commits"] for one in report["authors"]["most"]] == [3, 1, 1]
    assert list((platform.settings.home / "tmp").glob("repository-*")) == []


def test_a_repository_that_is_not_there_fails_for_good_after_one_attempt(platform: Platform, server: GitServer) -> None:
    job = platform.run(repo_analysis, repository=f"{server.url}/gone.git")
    failure = platform.failure(job)
    assert (job.state, job.attempt, failure["class"]) == ("failed", 1, "permanent")
    assert failure["message"] == "there is no repository at this address that is open to everybody (404)"


# S4.29 S4.31 S4.43
def test_a_real_worker_sums_a_batch_up_although_one_has_failed(
    platform: Platform, server: GitServer, tmp_path: Path
) -> None:
    server.repos["/lab.git"] = build(tmp_path / "lab.git")
    flow = repo_batch([f"{server.url}/lab.git", f"{server.url}/gone.git"])
    assert platform.flow(flow).state == "completed"
    result = platform.store.result(flow.meta["summary"])
    assert (result["completed"], [bad["repository"] for bad in result["failed"]]) == (1, [f"{server.url}/gone.git"])


def test_a_summary_of_jobs_that_do_not_fit_its_repositories_is_refused(platform: Platform) -> None:
    call = repo_summary.call(repositories=["/a"], jobs=["1"]).named(kwargs={"repositories": ["/a"], "jobs": []})
    job = platform.ended(platform.client.enqueue(call))
    assert (job.state, job.attempt, platform.failure(job)["class"]) == ("failed", 1, "invalid")
    assert "jobs" in platform.failure(job)["message"]
