import threading
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest

from callboard.broker.errors import ConnectionLost
from callboard.broker.invariants import check
from callboard.history.bulk import CANCEL, PROMOTE, REMOVE, RETRY, VERBS, BulkProgress, act_of, run_bulk
from callboard.history.bulk_changes import change_of
from callboard.jobs.identity import new_id
from tests.jobs import Board, make_call


@pytest.fixture
def board(valkey_url: str, prefix: str) -> Iterator[Board]:
    board = Board(valkey_url, prefix)
    yield board
    board.close()


def last(progress: Iterator[BulkProgress]) -> BulkProgress:
    *_, end = progress
    return end


def answer(word: str) -> object:
    return lambda ids: [word] * len(ids)


def batches(count: int, size: int = 1_000) -> list[list[str]]:
    ids = [f"job-{n}" for n in range(count)]
    return [ids[start : start + size] for start in range(0, count, size)]


def test_failed_jobs_are_retried_once_however_often_the_bulk_is_run(board: Board) -> None:
    ids = board.enqueue_many(600)
    while jobs := board.worker.fetch(100):
        board.worker.fail(*jobs)
    request = new_id()
    for _ in range(2):
        end = last(run_bulk(RETRY, [ids], act_of(board.client, RETRY, request)))
        assert (end.done, end.seen, end.finished, end.stopped) == (600, 600, True, False)
    assert board.store.counts("default")["waiting"] == 600
    assert sum(event.event == "job:rerun" for event in board.events()) == 600


def test_jobs_are_changed_once_however_often_the_bulk_is_run(board: Board) -> None:
    ids = [*board.enqueue_many(300), board.job_in("completed", "other"), new_id()]
    change = change_of("move", {"queue": "elsewhere", "limit": None})
    for _ in range(2):
        end = last(run_bulk(VERBS["move"], [ids], act_of(board.client, VERBS["move"], new_id(), change)))
        assert (end.done, end.skipped, end.forgotten, end.answers) == (300, 1, 1, {"completed": 1, "MISSING": 1})
    assert (board.store.counts("elsewhere")["waiting"], check(board.links)) == (300, [])
    assert sum(event.event == "job:edited" for event in board.events()) == 300


def test_running_jobs_are_let_go_on_together(board: Board) -> None:
    ids = board.enqueue_many(3)
    board.worker.fetch(2)
    board.client.cancel(*ids[:2])
    end = last(run_bulk(VERBS["withdraw"], [ids], act_of(board.client, VERBS["withdraw"], new_id())))
    assert (end.done, end.skipped) == (2, 1)


@pytest.mark.parametrize(
    ("verb", "missing"), [("move", "queue"), ("delay", "due_ms"), ("tag", "add_tags or remove_tags")]
)
def test_a_change_needs_what_belongs_to_it(verb: str, missing: str) -> None:
    with pytest.raises(ValueError, match=f"verb {verb} needs {missing}"):
        change_of(verb, {"limit": 5, "add_tags": []})
    assert change_of("retry", {}) is None


def test_each_verb_tells_done_from_skipped_refused_and_forgotten(board: Board) -> None:
    waiting, delayed = board.job_in("waiting", "a"), board.job_in("delayed", "b")
    completed, failed = board.job_in("completed", "c"), board.job_in("failed", "d")
    first = board.job_in("failed", "e", unique="key")
    board.enqueue("f", unique="key")
    ids = [waiting, delayed, completed, failed, first, new_id()]
    ends = {
        name: last(run_bulk(VERBS[name], [ids], act_of(board.client, VERBS[name], new_id())))
        for name in ("promote", "retry", "remove", "cancel")
    }
    counts = {name: (end.done, end.skipped, end.failed, end.forgotten) for name, end in ends.items()}
    assert counts == {"promote": (2, 3, 0, 1), "retry": (2, 2, 1, 1), "remove": (1, 4, 0, 1), "cancel": (4, 0, 0, 2)}
    assert ends["retry"].answers == {"waiting": 2, "HELD": 1, "MISSING": 1}


def test_a_step_of_a_flow_that_runs_is_not_removed(board: Board) -> None:
    from callboard.jobs.flow import group

    first, second = make_call("a"), make_call("b")
    board.start(group(first, second))
    board.client.cancel(first.id)
    end = last(run_bulk(REMOVE, [[first.id, second.id]], act_of(board.client, REMOVE, new_id())))
    assert (end.failed, end.skipped, end.answers) == (1, 1, {"IN_FLOW": 1, "waiting": 1})


def test_batches_are_at_most_250_jobs_and_each_is_told() -> None:
    sizes: list[int] = []

    def act(ids: Sequence[str]) -> list[str]:
        sizes.append(len(ids))
        return ["WAITING"] * len(ids)

    told = list(run_bulk(RETRY, batches(1_100), act))
    assert sizes == [250, 250, 250, 250, 100]
    assert [one.done for one in told] == [250, 500, 750, 1_000, 1_100, 1_100]
    assert [one.finished for one in told] == 5 * [False] + [True]


def test_no_more_than_the_limit_are_tried() -> None:
    tried: list[str] = []

    def act(ids: Sequence[str]) -> list[str]:
        tried.extend(ids)
        return ["WAITING"] * len(ids)

    assert last(run_bulk(RETRY, batches(1_000), act, limit=3)).seen == 3
    assert tried == ["job-0", "job-1", "job-2"]
    assert last(run_bulk(RETRY, [], act)) == BulkProgress("retry", finished=True)


def test_a_rate_is_kept_over_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("callboard.history.bulk.time.monotonic", lambda: clock[0])
    stop = Waits(clock)
    told = list(run_bulk(PROMOTE, batches(40), answer("waiting"), rate_per_s=4, stopped=stop))  # type: ignore[arg-type]
    assert (told[-1].done, clock[0] - 100) == (40, pytest.approx(38 / 4))
    assert max(later - earlier for earlier, later in pairwise(one.done for one in told)) == 2
    slow = Waits(clock)
    told = list(run_bulk(PROMOTE, batches(2), answer("waiting"), rate_per_s=0.25, stopped=slow))  # type: ignore[arg-type]
    assert max(slow.waited) <= 1.0
    assert [one.done for one in told] == [1, 1, 1, 1, 1, 2, 2]


class Waits(threading.Event):
    """An event that nobody sets; to wait for it moves the clock on."""

    def __init__(self, clock: list[float]) -> None:
        super().__init__()
        self.clock = clock
        self.waited: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout or 0.0)
        self.clock[0] += timeout or 0.0
        return False


@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="a rate is more than 0 jobs a second"):
        last(run_bulk(RETRY, [["a"]], answer("WAITING"), rate_per_s=rate))  # type: ignore[arg-type]


def test_it_stops_between_batches_and_says_so() -> None:
    stop = threading.Event()
    told = []
    for progress in run_bulk(CANCEL, batches(1_000), answer("CANCELLED"), stopped=stop):  # type: ignore[arg-type]
        told.append(progress)
        stop.set()
    assert [(one.done, one.finished, one.stopped) for one in told] == [(250, False, False), (250, True, True)]


def test_what_redis_has_forgotten_is_restored_where_that_can_be_done() -> None:
    restored: list[str] = []

    def act(ids: Sequence[str]) -> list[str]:
        return ["MISSING" if id.endswith("7") else "WAITING" for id in ids]

    def restore(ids: Sequence[str]) -> list[str]:
        restored.extend(ids)
        return ["MISSING" if id == "job-7" else "WAITING" for id in ids]

    assert last(run_bulk(RETRY, batches(100), act)).forgotten == 10
    end = last(run_bulk(RETRY, batches(100), act, restore=restore))
    assert (end.done, end.forgotten, len(restored)) == (99, 1, 10)


def test_a_server_that_is_away_for_a_while_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    fails = iter((True, True, False, False))

    def act(ids: Sequence[str]) -> list[str]:
        if next(fails):
            raise ConnectionLost("no answer")
        return ["WAITING"] * len(ids)

    waits = Waits([0.0])
    assert last(run_bulk(RETRY, batches(300), act, stopped=waits)).done == 300
    assert waits.waited == [0.1, 0.2]


def test_a_server_that_stays_away_is_an_error_and_so_is_a_stop_meanwhile() -> None:
    def act(ids: Sequence[str]) -> list[str]:
        raise ConnectionLost("no answer")

    with pytest.raises(ConnectionLost):
        last(run_bulk(RETRY, [["a"]], act, stopped=Waits([0.0])))
    stop = threading.Event()
    threading.Timer(0.05, stop.set).start()
    with pytest.raises(ConnectionLost):
        last(run_bulk(RETRY, [["a"]], act, stopped=stop))
