import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.jobs.estimate import left_by_history_ms, left_by_progress_ms, wait_ms

durations = st.lists(st.integers(0, 1_000), max_size=30)


@pytest.mark.parametrize(
    ("progress", "left"),
    [
        ({"eta_ms": 1_500}, 1_500),
        ({"eta_ms": 0, "percent": 100}, 0),
        ({"percent": 50}, None),
        ({"eta_ms": "soon"}, None),
        ({"eta_ms": True}, None),
        ({"eta_ms": -1}, None),
        ("damaged", None),
        (None, None),
    ],
)
def test_progress_tells_what_is_left_or_nothing(progress: object, left: float | None) -> None:
    assert left_by_progress_ms(progress) == left


@pytest.mark.parametrize(("elapsed", "left"), [(0, 100), (99, 1), (100, 400), (499, 1), (500, 500), (1_000, None)])
def test_history_tells_the_next_usual_end(elapsed: float, left: float | None) -> None:
    assert left_by_history_ms(elapsed, (100, 500, 1_000)) == left


@pytest.mark.parametrize(
    ("slots", "running", "ahead", "wait"),
    [
        (1, [], [], 0),
        (2, [700], [], 0),
        (1, [700], [], 700),
        (1, [700], [100, 50], 850),
        (2, [700, 300], [100, 500], 700),
        (3, [900, 100, 500], [1_000], 500),
        (1, [900, 100, 500], [], 900),  # a limit was lowered
        (2, [], [10] * 6, 30),
    ],
)
def test_a_job_waits_until_those_before_it_have_found_their_slots(
    slots: int, running: list[float], ahead: list[float], wait: float
) -> None:
    assert wait_ms(slots, running, ahead) == wait


@given(slots=st.integers(1, 5), running=durations, ahead=durations)
def test_it_is_what_the_clock_would_show(slots: int, running: list[float], ahead: list[float]) -> None:
    line, active, clock = list(ahead), sorted(running), 0.0
    while len(active) >= slots or line:
        while len(active) < slots and line:
            active = sorted([*active, clock + line.pop(0)])
        if len(active) < slots:
            break
        clock = max(clock, active.pop(0))
    assert wait_ms(slots, running, ahead) == clock


def test_those_not_looked_at_are_shared_among_the_slots() -> None:
    assert wait_ms(4, [], [], further_ms=4_000) == 1_000


def test_without_a_slot_there_is_no_estimate() -> None:
    with pytest.raises(ValueError, match="at least one slot, got 0"):
        wait_ms(0, [], [])
