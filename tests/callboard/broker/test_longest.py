from callboard.broker.longest import longest_running
from callboard.broker.store import Store
from tests.jobs import Board


def test_the_longest_running_come_first_over_all_queues(board: Board) -> None:
    ids = []
    for queue in ("b", "a", "b"):
        ids.append(board.enqueue(queue))
        board.hire(queue, name=f"worker of {len(ids)}").take()
        board.advance(1_000)
    store = Store(board.links)

    assert [job.id for job in longest_running(store, ["a", "b"])] == ids
    assert [job.id for job in longest_running(store, ["a", "b"], limit=2)] == ids[:2]
    assert longest_running(store, []) == []
