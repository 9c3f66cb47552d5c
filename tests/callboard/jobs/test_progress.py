import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.jobs.progress import Pace, Progress


@given(total=st.floats(1e-6, 1e12), share=st.floats(0, 1))
def test_percent_is_between_nothing_and_all(total: float, share: float) -> None:
    assert 0 <= Progress(min(total, total * share), total).percent <= 100


@pytest.mark.parametrize(
    ("done", "total"), [(-1, 10), (11, 10), (0, 0), (1, -1), (math.nan, 1), (1, math.nan), (1, math.inf)]
)
def test_a_share_that_cannot_be_is_refused(done: float, total: float) -> None:
    with pytest.raises(ValueError, match="progress needs 0 <= done <= total and total > 0"):
        Progress(done, total)


def test_what_is_kept_is_small_whatever_the_step_is_called() -> None:
    assert Progress(1, 4, "pages" * 100).values(1_500) == {
        "done": 1,
        "total": 4,
        "percent": 25.0,
        "step": ("pages" * 100)[:200],
        "eta_ms": 1_500,
    }
    assert Progress(1, 4).values(None) == {"done": 1, "total": 4, "percent": 25.0}


def test_at_most_ten_a_second_are_written_but_a_new_step_and_the_end_always() -> None:
    pace = Pace()
    due = [n for n in range(1_000) if pace.due(Progress(n, 2_000), n / 1_024)]
    assert [right - left for left, right in pairwise(due)] == [103] * 9
    assert pace.due(Progress(1_000, 2_000, "write"), 0.9991)
    assert not pace.due(Progress(1_001, 2_000, "write"), 0.9992)
    assert pace.due(Progress(2_000, 2_000, "write"), 0.9993)


def test_where_no_time_need_pass_between_two_every_progress_is_written() -> None:
    pace = Pace(every=0.0)
    assert [pace.due(Progress(n), 5.0) for n in range(10)] == [True] * 10


# S2.42
def test_the_time_left_follows_the_mean_pace() -> None:
    pace = Pace()
    assert pace.eta_ms() is None
    pace.due(Progress(0), 10.0)
    assert pace.eta_ms() is None
    pace.due(Progress(25), 15.0)
    assert pace.eta_ms() == 15_000
    pace.due(Progress(100), 30.0)
    assert pace.eta_ms() == 0


def test_the_time_left_of_an_attempt_that_goes_on_from_a_checkpoint_counts_only_its_own_work() -> None:
    pace = Pace()
    pace.due(Progress(80), 0.0)
    pace.due(Progress(90), 10.0)
    assert pace.eta_ms() == 10_000


def test_there_is_no_estimate_while_nothing_moves() -> None:
    pace = Pace()
    for second in range(5):
        pace.due(Progress(10), float(second))
    assert pace.eta_ms() is None
