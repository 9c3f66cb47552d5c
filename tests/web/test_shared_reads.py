"""Reads that all who look share."""

from web.shared_reads import BURST, PER_SECOND, SharedReads


def test_few_lookers_see_everything_fresh_and_many_cost_no_more_than_the_budget() -> None:
    now = [0.0]
    reads = SharedReads(lambda: now[0])
    made: list[float] = []

    def make() -> float:
        made.append(now[0])
        return now[0]

    for _ in range(100):
        now[0] += 0.5
        assert reads.read("queues", lambda _: 5, make) == now[0]
    made.clear()
    for _ in range(60 * 100):
        now[0] += 0.01
        assert now[0] - reads.read("queues", lambda _: 120, make) <= 120 / PER_SECOND + 0.02
    assert len(made) * 120 <= BURST + 60 * PER_SECOND + 120


def test_after_a_change_the_next_looker_sees_it() -> None:
    reads = SharedReads(lambda: 0.0)
    values = iter(range(9))
    seen = [reads.read("x", lambda _: int(BURST), lambda: next(values)) for _ in range(4)]
    reads.forget()
    assert (seen, reads.read("x", lambda _: int(BURST), lambda: next(values))) == ([0, 1, 1, 1], 2)
