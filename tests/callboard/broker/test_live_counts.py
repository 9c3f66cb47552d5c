"""Counts kept up by events: equal to those that are counted anew, with few commands."""

from callboard.broker.live_counts import TOUCHED, LiveCounts
from callboard.broker.stream import Event, Stream, events_after, is_whole_after
from callboard.jobs.states import TRANSITIONS
from tests.jobs import Board, make_call


def follow(board: Board, counts: LiveCounts, last: str = "0-0") -> str:
    """Tell the counts of all events after one."""
    events = events_after(board.links, last)
    for event in events:
        counts.note(event)
    return events[-1].id if events else last


def test_the_counts_equal_those_counted_anew_after_every_verb(board: Board) -> None:
    counts, known, last = LiveCounts(board.links), dict[str, int | bool](), "0-0"

    def check() -> None:
        nonlocal last
        last = follow(board, counts, last)
        known.update(counts.changed(lambda queue: True, 50).get("default", {}))
        status = board.store.queue("default")
        assert known == {**status.counts, "paused": status.paused}

    ids = [board.client.enqueue(make_call()) for _ in range(4)]
    check()
    first, second = board.worker.fetch(2)
    check()
    board.worker.complete(first)
    board.worker.retry(second)
    check()
    board.client.promote(second.id)
    check()
    board.worker.fail(board.worker.take())
    check()
    board.client.cancel(ids[-1])
    board.client.rerun(first.id)
    check()
    board.control.pause("default")
    board.control.drain("default")
    check()
    board.client.remove(ids[-1])
    check()


def test_only_watched_queues_that_changed_are_told_within_the_budget(board: Board) -> None:
    counts = LiveCounts(board.links)
    for queue in ("a", "b", "c"):
        board.client.enqueue(make_call(queue))
    follow(board, counts)
    assert set(counts.changed(lambda queue: queue != "b", 8)) == {"a"}
    assert set(counts.changed(lambda queue: queue != "b", 8)) == {"c"}
    assert counts.changed(lambda queue: queue != "b", 8) == {}
    assert set(counts.changed(lambda queue: True, 8)) == {"b"}


def test_every_event_that_moves_a_job_touches_the_state_it_leads_to() -> None:
    for step in TRANSITIONS:
        if step.verb not in ("conclude", "restore"):  # both tell the state with the event
            assert set(step.target) & set(TOUCHED[step.event]) or not step.target, step.verb


def test_an_event_about_no_queue_is_passed_over(board: Board) -> None:
    counts = LiveCounts(board.links)
    counts.note(Event("1-0", "queue:status", "", "", "", 0, ""))
    assert counts.changed(lambda queue: True, 8) == {}


def test_a_stream_says_whether_events_are_gone(board: Board) -> None:
    assert not is_whole_after(board.links, "1-0")
    board.client.enqueue(make_call())
    first = Stream(board.links).latest()
    board.client.enqueue(make_call())
    assert is_whole_after(board.links, first)
    assert not is_whole_after(board.links, "1-0")
    assert not is_whole_after(board.links, "99999999999999-0"), "it is of other data"
