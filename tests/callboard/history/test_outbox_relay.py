"""The relay: every committed row becomes one job, whatever happens in between."""

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, update

from callboard.broker.client import Client
from callboard.broker.embedded import start_embedded
from callboard.broker.errors import ConnectionLost, StoreFull
from callboard.broker.keys import RELAYED
from callboard.broker.link import Links
from callboard.broker.relay import Relay
from callboard.history.database import connect, writing
from callboard.history.models import FlowRow, JobRow, table_of
from callboard.history.outbox import enqueue_in, start_flow_in
from callboard.history.outbox_models import OutboxRow
from callboard.history.outbox_relay import BATCH, RETRY_MOST_MS, relay
from callboard.jobs.call import Call
from callboard.jobs.failpoints import InjectedFault, armed
from callboard.jobs.flow import Plan, chain, plan
from tests.callboard.history.outboxes import added, board, no_broker, outbox
from tests.jobs import Board, held_scripts, make_call

__all__ = ["board", "no_broker"]
pytestmark = pytest.mark.usefixtures("no_broker")
AFTER_THE_PUSH = ["outbox.pushed", "outbox.deleting", "outbox.deleted"]


def put(engine: Engine, *calls: Call) -> list[str]:
    """Calls, committed in the outbox."""
    with writing(engine) as session:
        return [enqueue_in(session, call) for call in calls]


def put_flow(engine: Engine, planned: Plan) -> str:
    """A flow, committed in the outbox."""
    with writing(engine) as session:
        return start_flow_in(session, planned)


def spoil(engine: Engine, id: str, body: str) -> None:
    """Write something else into a row."""
    with writing(engine) as session:
        session.execute(update(OutboxRow).where(OutboxRow.id == id).values(body=body))


def retry_now(engine: Engine) -> None:
    """Let the time pass until failed rows are tried again."""
    with writing(engine) as session:
        session.execute(update(OutboxRow).values(retry_ms=0))


def test_an_empty_outbox_asks_no_redis(database: Engine) -> None:
    nowhere = Client(Links("redis://127.0.0.1:1", held_scripts()))
    assert relay(database, nowhere) == 0


def test_calls_become_jobs_in_the_order_in_which_they_were_written(database: Engine, board: Board) -> None:
    ids = put(database, *(make_call() for _ in range(BATCH + 7)))
    assert relay(database, board.client) == BATCH + 7
    assert board.worker.run_all() == ids
    assert relay(database, board.client) == 0


def test_no_more_rows_are_pushed_than_asked_for_and_only_those_named(database: Engine, board: Board) -> None:
    first, *rest, last = put(database, *(make_call() for _ in range(5)))
    assert relay(database, board.client, limit=1) == 1
    assert board.states(first, last) == ["waiting", "gone"]
    assert relay(database, board.client, only=[outbox(database)[-1].seq]) == 1
    assert [row.id for row in outbox(database)] == rest


def test_the_mark_of_a_call_goes_soon_after_its_row(database: Engine, board: Board) -> None:
    (id,) = put(database, make_call())
    relay(database, board.client)
    assert 0 < board.links.call("PTTL", board.key(RELAYED, id)) <= 60_000


@pytest.mark.parametrize("place", ["outbox.read", *AFTER_THE_PUSH])
def test_a_relay_that_fails_anywhere_gives_one_job_that_runs_once(place: str, database: Engine, board: Board) -> None:
    ids = put(database, *(make_call() for _ in range(3)))
    with armed(f"{place}:error"), pytest.raises(InjectedFault):
        relay(database, board.client)
    ran = board.worker.run_all()
    board.client.remove(*ran)  # as retention does in a busy queue, long before the next relay comes
    relay(database, board.client)
    ran += board.worker.run_all()
    assert sorted(ran) == sorted(ids)
    assert [added(board, id) for id in ids] == [1, 1, 1]
    assert outbox(database) == []


@pytest.mark.parametrize("place", ["outbox.read", *AFTER_THE_PUSH])
def test_a_relay_that_fails_anywhere_starts_a_flow_once(place: str, database: Engine, board: Board) -> None:
    planned = plan(chain(make_call(), make_call()))
    put_flow(database, planned)
    with armed(f"{place}:error"), pytest.raises(InjectedFault):
        relay(database, board.client)
    relay(database, board.client)
    assert [added(board, call.id) for call in planned.calls()] == [1, 1]
    assert [event.event for event in board.events()].count("flow:started") == 1
    assert outbox(database) == []


def test_many_relays_at_once_push_each_row_once(database: Engine, board: Board) -> None:
    ids = put(database, *(make_call() for _ in range(3 * BATCH)))
    finished: list[int] = []
    relays = [threading.Thread(target=lambda: finished.append(relay(database, board.client))) for _ in range(4)]
    for thread in relays:
        thread.start()
    for thread in relays:
        thread.join()
    finished.append(relay(database, board.client))
    assert sum(finished) == len(ids)
    assert sorted(board.worker.run_all()) == sorted(ids)
    assert outbox(database) == []


def test_one_that_stood_still_since_it_read_the_rows_pushes_nothing(
    database: Engine, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    (id,) = put(database, make_call())
    with monkeypatch.context() as still:
        still.setattr(Relay, "deadline_ms", lambda *_: board.now - 1)
        assert relay(database, board.client) == 0
    assert board.state(id) == "gone"
    assert relay(database, board.client) == 1
    assert board.state(id) == "waiting"


def test_what_the_history_knows_is_not_pushed_again_by_an_empty_redis(database: Engine, board: Board) -> None:
    (id,) = put(database, make_call())
    flow = put_flow(database, plan(make_call()))
    job = {"id": id, "type": "add", "queue": "default", "state": "completed", "priority": 3, "enqueued_ms": 1}
    numbers = dict.fromkeys(("version", "attempt", "attempts", "crashes", "fence"), 1)
    with writing(database) as session:
        session.execute(insert(table_of(JobRow)).values({**job, **numbers}))
        graph = {"id": flow, "name": "f", "state": "completed", "jobs": 1, "started_ms": 1, "graph": "[]"}
        session.execute(insert(table_of(FlowRow)).values(graph))
    assert relay(database, board.client) == 2
    assert board.store.queues() == []


@pytest.mark.parametrize("body", ["", "{", "[]", '{"type":"add"}', '{"type":"a","queue":"q","run_at":"x"}'])
def test_a_row_that_cannot_be_read_stays_with_the_reason_and_holds_nobody_up(
    body: str, database: Engine, board: Board
) -> None:
    before, broken, after = put(database, make_call(), make_call(), make_call())
    flow = put_flow(database, plan(make_call()))
    spoil(database, broken, body)
    spoil(database, flow, body)
    assert relay(database, board.client) == 2
    assert board.states(before, broken, after) == ["waiting", "gone", "waiting"]
    assert [(row.id, row.tries) for row in outbox(database)] == [(broken, 1), (flow, 1)]
    assert all("NotJson: the kept" in (row.error or "") for row in outbox(database))


def test_a_row_that_the_engine_cannot_take_is_found_among_its_neighbours(database: Engine, board: Board) -> None:
    before, broken, after = put(database, make_call(), make_call(), make_call())
    spoil(database, broken, '{"type":"add","queue":"sums","run_at":"2026-01-01T00:00:00"}')
    assert relay(database, board.client) == 2
    assert board.states(before, after) == ["waiting", "waiting"]
    (left,) = outbox(database)
    assert (left.id, left.error) == (
        broken,
        "ValueError: a time needs a time zone, got 2026-01-01T00:00:00 without one",
    )


def test_a_flow_with_a_job_that_exists_stays_with_the_reason(database: Engine, board: Board) -> None:
    call = make_call()
    board.client.enqueue(call)
    put_flow(database, plan(chain(call, make_call())))
    assert relay(database, board.client) == 0
    assert f"BadFlow: a flow starts with jobs of its own, job {call.id} exists" in (outbox(database)[0].error or "")


def test_a_failing_row_is_tried_again_ever_more_rarely_and_pushed_when_it_is_mended(
    database: Engine, board: Board
) -> None:
    (id,) = put(database, make_call())
    good = outbox(database)[0].body
    spoil(database, id, "{")
    waits = []
    for _ in range(12):
        relay(database, board.client)
        assert relay(database, board.client) == 0
        (row,) = outbox(database)
        waits.append(row.retry_ms - row.written_ms)
        retry_now(database)
    assert row.tries == 12
    assert all(later - earlier > 500 for earlier, later in itertools.pairwise(waits[:9]))
    assert RETRY_MOST_MS <= waits[-1] < RETRY_MOST_MS + 60_000
    spoil(database, id, good)
    assert relay(database, board.client) == 1
    assert board.state(id) == "waiting"


def test_nothing_is_noted_against_a_row_while_redis_is_away(database: Engine) -> None:
    put(database, make_call())
    with pytest.raises(ConnectionLost):
        relay(database, Client(Links("redis://127.0.0.1:1", held_scripts())))
    assert [(row.tries, row.error) for row in outbox(database)] == [(0, None)]


@pytest.fixture
def full_board(tmp_path: Path) -> Iterator[Board]:
    """A server at its memory limit."""
    with start_embedded(tmp_path / "full") as server:
        board = Board(server.url, "{full}")
        board.links.call("CONFIG", "SET", "maxmemory", 1)
        yield board
        board.close()


def test_a_full_redis_is_the_reason_noted_and_the_rows_are_pushed_when_there_is_room(
    database: Engine, full_board: Board
) -> None:
    ids = put(database, make_call(), make_call())
    with pytest.raises(StoreFull):
        relay(database, full_board.client)
    assert all("the Redis server is full" in (row.error or "") for row in outbox(database))
    full_board.links.call("CONFIG", "SET", "maxmemory", 0)
    retry_now(database)
    assert relay(database, full_board.client) == 2
    assert full_board.states(*ids) == ["waiting", "waiting"]


def test_the_number_of_a_row_is_never_given_again(database: Engine, board: Board) -> None:
    put(database, make_call())
    seen = outbox(database)[0].seq
    relay(database, board.client)
    again = connect(database.url.render_as_string(hide_password=False))
    put(again, make_call())
    again.dispose()
    assert outbox(database)[0].seq > seen
