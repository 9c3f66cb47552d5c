"""--url: the same words over the API, with the same output and the same exit codes, and no way round it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from callboard.history.bulk_acts import list_acts
from callboard.history.database import writing
from callboard.history.schema import HISTORY
from callboard.history.tokens import create_token
from callboard.jobs.clock import wall_ms
from callboard.jobs.settings import Settings
from cli import server
from research.schema import RESEARCH
from tests.cli.conftest import Answer, Board, Command
from tests.jobs import make_call
from tests.web.recorded import record
from web.app import create_app
from web.services import NAME, Services


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with all tables, for the whole module."""
    home = tmp_path_factory.mktemp("served")
    for schema in (HISTORY, RESEARCH):
        schema.upgrade(replace(Settings(), home=home).sql_url)
    return home


@pytest.fixture
def services(valkey_url: str, prefix: str, tables: Path, tmp_path: Path) -> Iterator[Services]:
    """What the API works with."""
    home = tmp_path / "served"
    shutil.copytree(tables, home)
    app = create_app(replace(Settings(), redis_url=valkey_url, prefix=prefix, home=home, embeddings="hashed"))
    found: Services = app.extensions[NAME]
    http = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    found.__dict__["url"] = f"http://127.0.0.1:{http.server_port}"
    yield found
    http.shutdown()
    thread.join()
    found.links.close()
    found.engine.dispose()


@pytest.fixture
def over(
    services: Services, callboard: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Callable[..., Answer]]:
    """The command over the API; neither server nor database can be had in another way."""
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    monkeypatch.setenv("CALLBOARD_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("CALLBOARD_URL", services.__dict__["url"])

    def command(*words: str, role: str = "admin") -> Answer:
        monkeypatch.setenv("CALLBOARD_TOKEN", token(services, role))
        return callboard(*words)

    yield command
    server.reach(None, None)


def token(services: Services, role: str) -> str:
    """A new token of a role."""
    with writing(services.engine) as session:
        return create_token(session, f"the {role}", role, wall_ms())[1]


def failed(board: Board, name: str = "default") -> str:
    """A job that has failed for good."""
    id = board.client.enqueue(make_call(name, attempts=1))
    board.worker.fail(board.worker.take())
    return id


def test_a_job_is_enqueued_shown_listed_and_its_result_printed(
    board: Board, over: Callable[..., Answer], services: Services
) -> None:
    id = over("enqueue", "generate_embeddings", "paper_id=123", "--priority", "high", "--tag", "mine").out.strip()
    job = board.store.get(id)
    assert (job.kwargs, job.priority, job.tags) == ({"paper_id": "123"}, 2, ["mine"])
    done = board.client.enqueue(make_call())
    board.worker.complete(board.worker.take(), result={"pages": 7})
    record(services)
    shown = over("show", id, "--json").json()
    assert (shown["state"], shown["kwargs"], shown["priority"]) == ("waiting", {"paper_id": "123"}, "high")
    assert over("show", done).code == 0
    assert over("result", done).out == '{"pages":7}\n'
    assert {line[0] for line in over("ls").lines()} >= {id, done}
    (row,) = over("ls", f"id:{done}", "--json").json()["jobs"]
    assert (row["result"], row["state"]) == ({"pages": 7}, "completed")
    assert over("ls", "state:completed", "queue:default").lines()[0][:4] == [done, "add", "default", "completed"]


def test_the_output_is_that_of_the_server_itself(
    board: Board, over: Callable[..., Answer], services: Services, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed(board)
    board.client.enqueue(make_call("mail", delay=60.0))
    record(services)
    words = (["ls"], ["queues"], ["queues", "show", "mail", "--json"], ["workers", "--json"])
    far = [over(*given) for given in words]
    monkeypatch.delenv("CALLBOARD_URL")
    monkeypatch.setenv("REDIS_URL", valkey_url)
    monkeypatch.setenv("CALLBOARD_HOME", str(services.settings.home))
    for cached in (server.settings, server.store, server.client, server.control, server.links):
        cached.cache_clear()
    for given, answer in zip(words, far, strict=True):
        near = over(*given)
        assert (answer.code, answer.out) == (near.code, near.out), given


def test_verbs_answer_with_the_exit_codes_of_the_engine(
    board: Board, over: Callable[..., Answer], services: Services
) -> None:
    lost, waiting = failed(board), board.client.enqueue(make_call())
    delayed = board.client.enqueue(make_call("mail", delay=600.0))
    unknown = "01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2"
    assert over("retry", lost).code == 0
    assert over("retry", waiting).code == 4
    assert over("retry", unknown).code == over("show", unknown).code == over("result", unknown).code == 3
    assert over("promote", delayed).code == 0
    assert board.store.get(delayed).state == "waiting"
    assert over("cancel", waiting, unknown, "--yes").code == 8
    record(services)
    assert over("rm", "--where", "state:cancelled", "--yes").code == 0
    assert board.store.find(waiting) is None
    assert over("result", lost).code == 4


def test_many_are_chosen_over_there_with_progress_and_some_that_are_refused_have_an_exit_code_of_their_own(
    board: Board, over: Callable[..., Answer], services: Services
) -> None:
    for _ in range(2):
        failed(board)
    board.client.enqueue(make_call(attempts=1, unique="key"))
    board.worker.fail(board.worker.take())
    board.client.enqueue(make_call("mail", unique="key"))
    record(services)
    assert over("retry", "--where", "queue:default", "--dry-run").lines() != []
    assert over("retry", "--where", "queue:default").code == 2  # it asks, and nobody is there
    answer = over("retry", "--where", "queue:default", "--rate", "1000/s", "--yes", "--json")
    told = answer.json()
    assert (answer.code, told["done"], told["failed"], told["answers"]) == (8, 2, 1, {"HELD": 1})
    (act,) = list_acts(services.engine, wall_ms())
    assert (act.id, act.query, act.options["rate_per_s"]) == (
        told["bulk"],
        "queue:default state:failed,cancelled",
        1000,
    )
    nothing = over("retry", "--where", "queue:nowhere", "--yes")
    assert (nothing.code, "no such jobs" in nothing.err) == (0, True)
    assert over("retry", "--where", "state:waiting", "--yes").code == 4
    assert over("retry", "--where", " ", "--yes").code == 2
    assert over("cancel", "--where", "queue:mail", "--yes", role="viewer").code == 7


def test_jobs_are_edited_one_or_many_and_run_again_with_other_arguments(
    board: Board, over: Callable[..., Answer], services: Services
) -> None:
    ids = [over("enqueue", "generate_embeddings", f"paper_id={n}").out.strip() for n in (1, 2)]
    assert over("edit", ids[0], "--queue", "data-export", "--add-tag", "x", "--priority", "high").code == 0
    job = board.store.get(ids[0])
    assert (job.queue, job.tags, job.priority) == ("data-export", ["x"], 2)
    record(services)
    assert over("edit", "--where", "type:generate_embeddings", "--delay", "1h", "--yes").code == 0
    assert {board.store.get(id).state for id in ids} == {"delayed"}
    assert over("edit", "--where", "state:all", "--priority", "high", "--queue", "mail", "--yes").code == 2
    assert over("edit", ids[0], "--queue", "nowhere").code == 2
    over("cancel", ids[0])
    assert over("retry", ids[0], "--arg", "paper_id=3", "--from-start").code == 0
    assert board.store.get(ids[0]).kwargs == {"paper_id": "3"}
    over("cancel", ids[0])
    assert over("retry", ids[0], "--arg", "colour=red").code == 2
    assert over("retry", *ids, "--arg", "paper_id=3").code == 2


def test_queues_are_paused_limited_drained_and_cleaned(board: Board, over: Callable[..., Answer]) -> None:
    failed(board)
    board.client.enqueue(make_call("mail"))
    assert over("queues", "pause", "mail").code == 0
    assert over("queues", "limit", "mail", "--concurrency", "3", "--rate", "50/m").code == 0
    queue = board.store.queue("mail")
    assert (queue.paused, queue.concurrency, queue.rate_count, queue.rate_per_ms) == (True, 3, 50, 60_000)
    assert over("queues", "limit", "mail", "--rate", "off", "--concurrency", "0").code == 0
    assert (board.store.queue("mail").concurrency, board.store.queue("mail").rate_count) == (None, None)
    assert over("queues", "resume", "mail").code == 0
    assert over("queues", "drain", "mail", "--yes", "--json").json()["cancelled"] == 1
    assert over("queues", "clean", "default", "--yes", "--json").json()["forgotten"] == 1
    assert over("queues", "pause", "male").code == 3


def test_who_may_not_is_told_so_with_a_code_of_its_own(board: Board, over: Callable[..., Answer]) -> None:
    id = board.client.enqueue(make_call())
    refused = over("cancel", id, role="viewer")
    assert refused.code == 7
    assert "operator" in refused.err
    assert over("ls", role="viewer").code == 0
    assert over("ls", "--token", "nonsense").code == 7


def test_what_is_not_understood_there_is_a_matter_of_usage(over: Callable[..., Answer]) -> None:
    assert over("enqueue", "email_send", "template=nonsense").code == 2
    assert over("ls", "state:nonsense").code == 2
    assert over("ls", "--url", "nonsense").code == 2


def test_a_board_that_is_away_cannot_be_reached(over: Callable[..., Answer]) -> None:
    answer = over("ls", "--url", "http://127.0.0.1:9")
    assert answer.code == 5
    assert "127.0.0.1:9" in answer.err


def test_a_word_that_cannot_go_over_the_api_says_so(over: Callable[..., Answer]) -> None:
    for words in (["doctor", "--invariants"], ["search", "power"], ["schedules", "init"], ["export", "papers"]):
        answer = over(*words)
        assert (answer.code, answer.out) == (2, "")
        assert "cannot go over the API" in answer.err


def test_health_and_numbers_are_told(board: Board, over: Callable[..., Answer]) -> None:
    board.client.enqueue(make_call())
    board.worker.take()
    assert over("health", "--no-worker").code == 0
    assert over("stats", "--json").json()["counts"]["active"] == 1


def test_waiting_hears_the_end_and_its_exit_code(board: Board, over: Callable[..., Answer]) -> None:
    id = board.client.enqueue(make_call(attempts=1))
    taken = board.worker.take()
    ender = threading.Timer(0.3, lambda: board.worker.fail(taken))
    ender.start()
    answer = over("wait", id, "--timeout", "20s")
    ender.join()
    assert answer.code == 1
    late = board.client.enqueue(make_call())
    assert over("wait", late, "--timeout", "0.5s").code == 6


def test_events_are_followed(board: Board, over: Callable[..., Answer]) -> None:
    made, heard = list[str](), threading.Event()

    def now_and_then() -> None:
        while not heard.wait(0.2):
            made.append(board.client.enqueue(make_call("mail")))

    maker = threading.Thread(target=now_and_then)
    maker.start()
    try:
        answer = over("events", "-f", "--since", "0s", "--limit", "1", "queue:mail", "--ndjson")
    finally:
        heard.set()
        maker.join()
    assert answer.json()["event"] == "job:added"
    assert answer.json()["job"] in made


def test_a_clone_is_made_there_with_what_is_secret(board: Board, over: Callable[..., Answer]) -> None:
    id = over("enqueue", "generate_embeddings", "paper_id=1", "--priority", "low", "--tag", "mine").out.strip()
    made = board.store.get(over("clone", id, 'paper_id="2"').out.strip())
    assert made.id != id
    assert (made.kwargs, made.priority, made.tags) == ({"paper_id": "2"}, 4, ["mine"])


def test_groups_of_failures_are_listed_shown_decided_and_retried(
    board: Board, over: Callable[..., Answer], services: Services
) -> None:
    id = failed(board)
    record(services)
    (group,) = over("errors", "--json").json()["errors"]
    digits = group["fingerprint"][:6]
    shown = over("errors", "show", digits, "--json").json()
    assert ([failure["job"] for failure in shown["newest"]], shown["failed_jobs"]) == ([id], 1)
    assert over("errors", "show", digits).code == 0
    assert over("errors", "ignore", digits, "--for", "7d").code == over("errors", "assign", digits, "ann").code == 0
    (ignored,) = over("errors", "--status", "ignored", "--json").json()["errors"]
    assert ignored["assignee"] == "ann"
    assert over("errors", "retry", digits, "--dry-run").out == f"{id}\n"
    assert over("errors", "retry", digits, "--json").json()["done"] == 1
    assert board.store.get(id).state == "waiting"
    assert over("errors", "show", "ffff").code == 3
    assert over("errors", "resolve", digits, role="viewer").code == 7


def test_a_job_is_edited_there(board: Board, over: Callable[..., Answer]) -> None:
    id = board.client.enqueue(make_call("paper-processing", "generate_embeddings", kwargs={"paper_id": "1"}))
    assert over("edit", id, "--priority", "low", "--tag", "later").code == 0
    assert (board.store.get(id).priority, board.store.get(id).tags) == (4, ["later"])
    assert over("edit", id, "paper_id=2").code == 0
    assert board.store.get(id).kwargs == {"paper_id": "2"}
    assert over("edit", id, "colour=red").code == 2
