"""up, run and worker as real processes: what they start, and that nothing is left of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from callboard.jobs.settings import environment_for_child
from tests.waiting import wait_until

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]  # a machine with much else to do starts slowly
PAPER = Path(__file__).parents[2] / "research" / "samples" / "mfc-shewanella-flow-2024.pdf"
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home that nobody has used."""
    return tmp_path / "home"


@pytest.fixture
def start() -> Iterator[Start]:
    """Start the command in a home; what is left of it is killed when the test is over."""
    started: list[subprocess.Popen[str]] = []

    def begin(home: Path, *words: str, **variables: str) -> subprocess.Popen[str]:
        environ = environment_for_child(CALLBOARD_HOME=str(home), **{"SHUTDOWN_TIMEOUT": "3"} | variables)
        command = [sys.executable, "-m", "cli", *words]
        pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        started.append(subprocess.Popen(command, env=environ, text=True, start_new_session=True, **pipes))
        return started[-1]

    yield begin
    for process in started:
        for one in family(process):
            one.kill()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe:
                pipe.close()


def ask(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Another command in the same home."""
    environ = environment_for_child(CALLBOARD_HOME=str(home))
    return subprocess.run([sys.executable, "-m", "cli", *words], env=environ, capture_output=True, text=True)


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The processes that a command has started, the command included."""
    try:
        parent = psutil.Process(process.pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def ready(home: Path, workers: int) -> bool:
    answer = ask(home, "health", "--json")
    return answer.returncode == 0 and json.loads(answer.stdout)["workers"] >= workers


def gone(processes: list[psutil.Process]) -> bool:
    return not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes)


def up(start: Start, home: Path, workers: int = 1) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    """A running `up`, and all its processes."""
    process = start(home, "up", "--workers", str(workers))
    wait_until(lambda: ready(home, workers), seconds=120, every=0.2, what="up is ready")
    return process, family(process)


# S2.9 S3.9
def test_up_starts_server_tables_and_workers_and_a_term_leaves_nothing_behind(start: Start, home: Path) -> None:
    process, processes = up(start, home, 2)
    assert len(processes) >= 6, "up, server, cleaner, and two workers of two processes each"
    assert ask(home, "doctor").returncode == 0
    process.send_signal(signal.SIGTERM)
    _, words = process.communicate(timeout=60)
    assert process.returncode == 0
    assert gone(processes)
    assert words.splitlines()[1].startswith("  callboard ")
    assert "2 workers" in words


def test_a_second_up_in_the_same_home_is_refused_and_one_in_another_home_is_not(start: Start, home: Path) -> None:
    first, _ = up(start, home)
    second = start(home, "up")
    _, words = second.communicate(timeout=60)
    assert second.returncode == 4
    assert f"runs already in {home} (process {first.pid})" in words
    up(start, home.with_name("other"))


def test_two_interrupts_stop_it_at_once(start: Start, home: Path) -> None:
    process, processes = up(start, home)
    process.send_signal(signal.SIGINT)
    assert process.stderr
    wait_until(lambda: process.stderr and "stopping" in process.stderr.readline())  # two signals at once are only one
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert time.monotonic() - began < 10
    assert gone(processes)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux binds a process to its parent")
def test_a_kill_leaves_nothing_behind_and_no_data_is_lost(start: Start, home: Path) -> None:
    process, processes = up(start, home)
    id = ask(home, "enqueue", "generate_embeddings", "paper_id=1", "--delay", "1h").stdout.strip()
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    wait_until(lambda: gone(processes), what="nothing is left")
    up(start, home)
    assert json.loads(ask(home, "show", id, "--json").stdout)["state"] == "delayed"


def test_a_server_that_dies_is_started_again(start: Start, home: Path) -> None:
    up(start, home)
    id = ask(home, "enqueue", "generate_embeddings", "paper_id=1", "--delay", "1h").stdout.strip()
    pid = int((home / "valkey" / "valkey.pid").read_text())
    time_written = home / "valkey" / "appendonlydir"
    wait_until(lambda: any(id in file.read_text(errors="replace") for file in time_written.glob("*.aof")))
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: ask(home, "show", id).returncode == 0, every=0.2)
    assert int((home / "valkey" / "valkey.pid").read_text()) != pid


def test_run_prints_the_report_alone_and_leaves_nothing_behind(start: Start, home: Path) -> None:
    process = start(home, "run", "paper_intake", str(PAPER), "--json")
    wait_until((home / "valkey" / "valkey.pid").exists)
    processes = family(process)
    out, words = process.communicate(timeout=200)
    assert (process.returncode, words) == (0, "")
    report = json.loads(out)
    assert report["pages"] == 11
    assert report["embedding"]["chunks"] > 0
    assert gone(processes)


def test_run_uses_what_runs_already_and_follows_each_step(start: Start, home: Path) -> None:
    up(start, home)
    process = start(home, "run", "paper_intake", str(PAPER), "--follow", 'notify=["me@example.org"]')
    out, words = process.communicate(timeout=200)
    assert process.returncode == 0
    assert out.startswith("# High power density")
    steps = ("extract", "analyse", "embed", "parameters", "mail")
    assert all(f"{step}: completed" in words for step in steps)
    assert ask(home, "health").returncode == 0
    found = json.loads(ask(home, "search", "power density of microbial fuel cells", "--json").stdout)
    assert (
        found["papers"][0]["title"]
        == json.loads(ask(home, "run", "paper_intake", str(PAPER), "--json").stdout)["title"]
    )


def test_run_of_what_is_no_paper_fails_and_says_why(start: Start, home: Path, tmp_path: Path) -> None:
    (tmp_path / "no.pdf").write_text("this is no PDF")
    process = start(home, "run", "paper_intake", str(tmp_path / "no.pdf"), "--json")
    out, words = process.communicate(timeout=200)
    assert (process.returncode, out) == (1, "")
    assert "extract (extract_pdf) failed: " in words
    assert len([line for line in words.splitlines() if "failed" in line]) == 1, "steps that were skipped are no causes"


def test_two_runs_at_once_share_a_server_and_the_last_one_stops_it(start: Start, home: Path) -> None:
    both = [start(home, "run", "paper_intake", str(PAPER), "--json") for _ in range(2)]
    wait_until((home / "valkey" / "valkey.pid").exists)
    processes = [one for run in both for one in family(run)]
    assert [json.loads(run.communicate(timeout=200)[0])["pages"] for run in both] == [11, 11]
    assert gone(processes)
    assert ask(home, "ls").returncode == 5


def test_demo_without_a_terminal_ends_by_itself_and_finds_its_data_again(start: Start, home: Path) -> None:
    first = start(home, "demo")
    out, _ = first.communicate(timeout=200)
    assert (first.returncode, out[:2]) == (0, "# ")
    second = start(home, "demo", str(PAPER))
    out, words = second.communicate(timeout=200)
    assert (second.returncode, out[:2]) == (0, "# ")
    assert f"found the data of an earlier run in {home}/: 5 jobs" in words


# S1.23
def test_worker_starts_again_when_the_code_has_changed(
    start: Start, home: Path, tmp_path: Path, valkey_url: str, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    module = tmp_path / "my_jobs.py"
    module.write_text("from callboard.worker.setup import set_up\nfrom callboard.worker.job import job\n\nset_up()\n")
    with module.open("a") as file:
        file.write("@job\ndef first(): pass\n")
    variables = {"REDIS_URL": valkey_url, "CALLBOARD_PREFIX": prefix}
    start(home, "worker", "my_jobs", "-p", "1", "--reload", **variables)
    environ = environment_for_child(**variables)
    listing = [sys.executable, "-m", "cli", "workers", "--json"]

    def types() -> list[str]:
        found = subprocess.run(listing, env=environ, capture_output=True, text=True)
        return sorted({type for row in json.loads(found.stdout)["workers"] for type in row["types"]})

    wait_until(lambda: types() == ["first"], every=0.2)
    with module.open("a") as file:
        file.write("@job\ndef second(): pass\n")
    wait_until(lambda: types() == ["first", "second"], every=0.2)


# S3.10
def test_worker_serves_a_queue_until_a_term(start: Start, home: Path, valkey_url: str, prefix: str) -> None:
    variables = {"REDIS_URL": valkey_url, "CALLBOARD_PREFIX": prefix}
    process = start(home, "worker", "-q", "email_notifications", "-p", "1", "-t", "2", **variables)
    environ = environment_for_child(CALLBOARD_HOME=str(home), **variables)
    listing = [sys.executable, "-m", "cli", "workers", "--json"]

    def workers() -> list[dict[str, Any]]:
        found = subprocess.run(listing, env=environ, capture_output=True, text=True)
        rows: list[dict[str, Any]] = json.loads(found.stdout)["workers"]
        return rows

    (worker,) = wait_until(workers, every=0.2)
    assert (worker["queues"], worker["threads"]) == (["email-notifications"], 2)
    processes = family(process)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert gone(processes)


def test_run_on_a_folder_prints_its_report_though_a_paper_is_bad(start: Start, home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / "bad.pdf").write_text("this is no PDF")
    process = start(home, "run", "paper_batch", str(folder))
    out, words = process.communicate(timeout=200)
    assert process.returncode == 0
    assert out.startswith("# 0 of 1 papers processed\n")
    assert "| bad.pdf | extract | " in out
    assert "extract (extract_pdf) failed: " in words
    assert len(list((home / "mail").glob("*.eml"))) == 1
