"""What a repository tells, wherever it lies; limits and refusals."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dulwich.bundle import create_bundle_from_repo, write_bundle
from dulwich.objects import Blob, Tree
from dulwich.repo import Repo

from research.outbound.client import Guard
from research.outbound.errors import OutboundRefused
from research.repositories import files
from research.repositories.analysis import Analysis, Wish, analyse
from research.repositories.errors import NoRepository, RepositoryRefused, RepositoryTooLarge, RepositoryUnreachable
from research.repositories.opening import Reach
from research.repositories.place import place_of
from tests.research.repositories.conftest import ANN, NOW, STORY, GitServer, build

WISH = Wish(None, False)


def run(repository: str, reach: Reach, wish: Wish = WISH, say: Any = lambda percent, step: None) -> Analysis:
    return analyse(place_of(repository, reach.folders, reach.guard.allow), wish, reach, NOW, say)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository in a folder that may be read."""
    (tmp_path / "repositories").mkdir()
    build(tmp_path / "repositories" / "lab.git").close()
    return tmp_path / "repositories" / "lab.git"


# S4.29
def test_the_report_says_what_is_in_the_repository(folder: Path, reach: Reach) -> None:
    analysis = run(str(folder), reach)
    report = analysis.report
    assert (analysis.commits, analysis.authors, analysis.files) == (5, 3, 9)
    assert (report["name"], report["ref"]) == ("lab", "HEAD")
    assert (report["main_language"], report["licence"]) == ("Python", "MIT")
    commits = report["commits"]
    assert (commits["age_days"], commits["last_365_days"], commits["last_90_days"]) == (400, 4, 3)
    assert commits["last_at"] == "2026-11-12T12:00:00+00:00"
    assert sum(commits["by_month"].values()) == 5
    assert report["authors"] == {"count": 3, "active_90_days": 2, "bus_factor": 1}
    assert report["languages"]["Python"] == {"files": 2, "bytes": 61, "lines": 4, "share": 0.6421}
    assert "JavaScript" not in report["languages"]
    assert report["signs"]["tests"] == "tests/test_cell.py"
    assert report["signs"]["ci"] == ".github/workflows/ci.yml"
    assert report["signs"]["changelog"] is None
    assert report["manifests"] == [{"path": "pyproject.toml", "kind": "Python"}]
    assert report["files"]["largest"][0] == {"path": "node_modules/x/x.js", "bytes": 6300}
    assert report["files"]["binary"] == 1


def test_the_score_is_the_sum_of_its_formula(folder: Path, reach: Reach) -> None:
    health = run(str(folder), reach).report["health"]
    # 4 months of the last 12 have a commit: 2026-05, -09, -10 and -11
    by_hand = 30 * 0.5 ** (10 / 180) + 10 * 4 / 12 + 20 * 1 / 3 + 40
    assert health["score"] == pytest.approx(by_hand, abs=0.1)


def test_authors_are_named_only_where_that_was_asked_for(folder: Path, reach: Reach) -> None:
    assert "lab.example" not in str(run(str(folder), reach).report)
    named = run(str(folder), reach, Wish(None, True))
    assert named.report["authors"]["most"][0] == {"author": "ann <ANN@lab.example>", "commits": 3}
    assert named.scope == "all commits, authors named"


def test_a_repository_is_read_over_https(secure_server: GitServer, reach: Reach, tmp_path: Path) -> None:
    secure_server.repos["/lab.git"] = build(tmp_path / "served.git")
    seen: list[str] = []
    analysis = run(f"{secure_server.url}/lab.git", reach, say=lambda percent, step: seen.append(step))
    assert (analysis.commits, analysis.place.name, analysis.scope) == (5, "lab", "all commits")
    assert {step.split(",")[0].split(" ")[0] for step in seen} == {"open", "fetch", "commit", "file"}
    assert list(reach.scratch.iterdir()) == []


def test_only_the_newest_commits_are_fetched(server: GitServer, reach: Reach, tmp_path: Path) -> None:
    server.repos["/lab.git"] = build(tmp_path / "served.git")
    few = replace(reach, limits=replace(reach.limits, commits=2))
    analysis = run(f"{server.url}/lab.git", few)
    assert (analysis.commits, analysis.authors, analysis.scope) == (2, 2, "newest 2 commits")
    assert analysis.report["commits"]["complete"] is False


def test_a_branch_and_a_tag_can_be_named(folder: Path, reach: Reach) -> None:
    repo: Any = Repo(str(folder))
    newest = repo.refs[b"refs/heads/main"]
    old = repo[newest].parents[0]
    repo.refs[b"refs/heads/old"] = old
    repo.refs[b"refs/tags/v1"] = old
    repo.close()
    assert [run(str(folder), reach, Wish(ref, False)).commit for ref in ("old", "v1", "refs/heads/old")] == [
        old.decode()
    ] * 3
    with pytest.raises(NoRepository, match="no branch or tag 'nowhere'; it has HEAD, main, old"):
        run(str(folder), reach, Wish("nowhere", False))


def test_a_stored_bundle_is_read(folder: Path, reach: Reach, tmp_path: Path) -> None:
    path = tmp_path / "lab.bundle"
    with Repo(str(folder)) as repo, create_bundle_from_repo(repo) as bundle, path.open("wb") as file:
        write_bundle(file, bundle)
    reference = reach.store.put_path(path).reference
    assert run(reference, reach, Wish("main", False)).commits == 5
    with pytest.raises(NoRepository, match="the stored file is no Git bundle"):
        run(reach.store.put(b"no bundle at all", "x").reference, reach)
    broken = path.read_bytes()[:-200]
    with pytest.raises(NoRepository, match="no sound repository"):
        run(reach.store.put(broken, "x").reference, reach, Wish("main", False))


def test_links_and_submodules_are_counted_and_not_followed(tmp_path: Path, reach: Reach) -> None:
    (tmp_path / "repositories").mkdir()
    link = Blob.from_string(b"/etc/passwd")
    extra = (("passwd", 0o120000, link.id), ("sub", 0o160000, b"a" * 40))
    repo = build(tmp_path / "repositories" / "odd.git", STORY, extra)
    repo.object_store.add_object(link)
    repo.close()
    seen = run(str(tmp_path / "repositories" / "odd.git"), reach).report["files"]
    assert (seen["count"], seen["links"], seen["submodules"]) == (9, 1, 1)


# X6
@pytest.mark.parametrize(
    "path", ["/etc", "{tmp}/elsewhere.git", "{tmp}/repositories/../elsewhere.git", "{tmp}/repositories/link"]
)
def test_folders_outside_the_allowed_ones_are_refused(tmp_path: Path, reach: Reach, path: str) -> None:
    (tmp_path / "repositories").mkdir()
    build(tmp_path / "elsewhere.git").close()
    (tmp_path / "repositories" / "link").symlink_to(tmp_path / "elsewhere.git")
    with pytest.raises(RepositoryRefused, match="CALLBOARD_REPOSITORIES"):
        run(path.format(tmp=tmp_path), reach)


# X6
def test_a_repository_that_leads_outside_is_refused(tmp_path: Path, reach: Reach) -> None:
    build(tmp_path / "elsewhere.git").close()
    (tmp_path / "repositories" / "inside").mkdir(parents=True)
    (tmp_path / "repositories" / "inside" / ".git").write_text(f"gitdir: {tmp_path / 'elsewhere.git'}\n")
    with pytest.raises(RepositoryRefused, match="keeps parts of itself in"):
        run(str(tmp_path / "repositories" / "inside"), reach)


# X5
@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://127.0.0.1/lab.git", "loopback"),
        ("https://169.254.169.254/latest", "link-local"),
        ("https://10.0.0.7/lab.git", "private"),
        ("https://[::ffff:127.0.0.1]/lab.git", "loopback"),
        ("https://localhost/lab.git", "loopback"),
        ("https://2130706433/lab.git", "loopback"),
    ],
)
def test_addresses_of_our_own_network_are_refused(reach: Reach, address: str, words: str) -> None:
    with pytest.raises(OutboundRefused, match=words):
        run(address, replace(reach, guard=Guard()))


# X5
@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://ann:s3cret@git.example/lab.git", "has no login"),
        ("https://git.example/lab.git?token=s3cret", "no query"),
        ("http://git.example/lab.git", "over https"),
        ("ssh://git@git.example/lab.git", "over https, got ssh://"),
        ("file:///etc", "over https, got file://"),
        ("ext::sh -c touch% /tmp/x", "got 'ext::sh"),
        ("git@git.example:lab.git", "give its https address"),
        ("--upload-pack=touch", "absolute path"),
    ],
)
def test_what_is_no_open_https_address_is_refused_without_its_secret(reach: Reach, address: str, words: str) -> None:
    with pytest.raises(RepositoryRefused, match=words) as raised:
        run(address, reach)
    assert "s3cret" not in str(raised.value)


# X5
def test_a_redirect_into_our_own_network_is_refused(server: GitServer, reach: Reach) -> None:
    server.instead = _redirecting("https://10.0.0.7/lab.git/info/refs?service=git-upload-pack")
    with pytest.raises((OutboundRefused, RepositoryRefused), match=r"private|query"):
        run(f"{server.url}/lab.git", reach)
    assert len(server.requests) == 1


def test_a_redirect_within_what_is_allowed_is_followed(server: GitServer, reach: Reach, tmp_path: Path) -> None:
    server.repos["/new.git"] = build(tmp_path / "served.git")

    def moved(environ: dict[str, Any], start: Any) -> list[bytes]:
        server.instead = None
        start("301 Moved", [("Location", "/new.git/info/refs?service=git-upload-pack")])
        return []

    server.instead = moved
    assert run(f"{server.url}/old.git", reach).commits == 5


def test_a_repository_over_the_limits_is_refused(server: GitServer, reach: Reach, tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(3 << 20)
    server.repos["/big.git"] = build(tmp_path / "big.git", ((ANN, 1, {"noise.bin": noise}),))
    with pytest.raises(RepositoryTooLarge, match="larger than the limit of 1 MB"):
        run(f"{server.url}/big.git", reach)
    wide = replace(reach, limits=replace(reach.limits, bytes=1 << 30, objects=2))
    with pytest.raises(RepositoryTooLarge, match="3 objects, the limit is 2"):
        run(f"{server.url}/big.git", wide)
    assert list(reach.scratch.iterdir()) == []


def test_files_that_unpack_to_far_more_than_was_fetched_are_refused(tmp_path: Path, reach: Reach) -> None:
    (tmp_path / "repositories").mkdir()
    zeros = {f"{n}.py": b"0" * (1 << 20) for n in range(25)}  # one object, 25 times
    build(tmp_path / "repositories" / "zeros.git", ((ANN, 1, zeros),)).close()
    with pytest.raises(RepositoryTooLarge, match="the files of the commit have more than 20 MB; raise max_mb"):
        run(str(tmp_path / "repositories" / "zeros.git"), reach)


@pytest.mark.parametrize("mode", [0o100644, 0o120000])
def test_folders_that_hold_each_other_again_and_again_are_refused(
    tmp_path: Path, reach: Reach, mode: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_FILES", 2_000)
    (tmp_path / "repositories").mkdir()
    repo = build(tmp_path / "repositories" / "bomb.git", STORY[:1])
    blob = Blob.from_string(b"x")
    repo.object_store.add_object(blob)
    entries = [(mode, blob.id)] * 10
    for _ in range(9):  # ten billion files in ten folders
        tree = Tree()
        for n, (kind, id) in enumerate(entries):
            tree.add(b"%d" % n, kind, id)
        repo.object_store.add_object(tree)
        entries = [(0o040000, tree.id)] * 10
    commit = repo[repo.refs[b"refs/heads/main"]]
    commit.tree = tree.id
    repo.object_store.add_object(commit)
    repo.refs[b"refs/heads/main"] = commit.id
    repo.close()
    with pytest.raises(RepositoryTooLarge, match="more than 2,000 files"):
        run(str(tmp_path / "repositories" / "bomb.git"), reach)


@pytest.mark.parametrize(
    ("status", "type", "error", "words"),
    [
        ("404 Not Found", "text/html", NoRepository, "no repository at this address"),
        ("401 Unauthorized", "text/html", NoRepository, "open to everybody"),
        ("200 OK", "text/html", NoRepository, "does not speak Git's smart protocol"),
        ("503 Busy", "text/html", RepositoryUnreachable, "the server answered 503"),
        ("200 OK", "application/x-git-upload-pack-advertisement", RepositoryUnreachable, "broke Git's protocol"),
    ],
)
def test_a_server_that_is_no_git_server_is_told_apart(
    server: GitServer, reach: Reach, status: str, type: str, error: type[Exception], words: str
) -> None:
    def answer(environ: dict[str, Any], start: Any) -> list[bytes]:
        start(status, [("Content-Type", type)])
        return [b"<html>hello</html>"]

    server.instead = answer
    with pytest.raises(error, match=words):
        run(f"{server.url}/lab.git", reach)


def test_an_empty_repository_is_told_so(server: GitServer, reach: Reach, tmp_path: Path) -> None:
    server.repos["/empty.git"] = Repo.init_bare(str(tmp_path / "empty.git"), mkdir=True)
    with pytest.raises(NoRepository, match="empty: it has no commit"):
        run(f"{server.url}/empty.git", reach)


def test_progress_can_stop_the_work_anywhere(folder: Path, reach: Reach) -> None:
    class Stop(BaseException):
        pass

    def stop(percent: float, step: str) -> None:
        if step.startswith("commit"):
            raise Stop

    with pytest.raises(Stop):
        run(str(folder), reach, say=stop)


def _redirecting(to: str) -> Any:
    def answer(environ: dict[str, Any], start: Any) -> list[bytes]:
        start("302 Found", [("Location", to)])
        return []

    return answer
