import pytest

from benchmarks.goals import GOALS, Goal, judge, judged
from benchmarks.table import number, table

RATE = Goal("ours", "drain", "jobs/s", at_least=2, stock="stock", in_words=">= 2 x")
WAIT = Goal("wait", "pick-up", "ms", at_most=3, in_words="< 3")


def rates(*pairs: tuple[float, float]) -> list[dict[str, float]]:
    return [{"ours": ours, "stock": stock} for ours, stock in pairs]


@pytest.mark.parametrize(
    ("pairs", "verdict"),
    [
        ([(200, 100), (250, 100), (300, 100)], "met"),
        ([(150, 100), (150, 100), (210, 100)], "noise"),  # one round reached it
        ([(195, 100), (195, 100), (195, 100)], "noise"),  # within what this machine varies
        ([(150, 100), (150, 100), (160, 100)], "missed"),
        ([(150, 70), (150, 70), (150, 70)], "met"),  # each round beside stock in the same round
    ],
)
def test_a_rate_is_judged_beside_stock_in_the_same_round(pairs: list[tuple[float, float]], verdict: str) -> None:
    assert judge(RATE, rates(*pairs)).verdict == verdict


@pytest.mark.parametrize(("wait", "verdict"), [(2.9, "met"), (3.1, "noise"), (4.0, "missed")])
def test_less_is_better_where_the_goal_is_a_ceiling(wait: float, verdict: str) -> None:
    row = judge(WAIT, [{"wait": wait}])
    assert (row.verdict, row.missed) == (verdict, verdict == "missed")


def test_a_figure_without_a_goal_is_shown_and_not_judged() -> None:
    row = judge(Goal("x", "x", "ms"), [{"x": 3}, {"x": 5}, {"x": 4}])
    assert (row.value, row.verdict, row.missed) == (4, "", False)


def test_only_what_was_measured_has_a_row() -> None:
    assert [
        row.goal.figure
        for row in judged(
            [{"latency_p50": 1.0, "latency_p99": 2.0, "stock_latency_p50": 1.0, "stock_latency_p99": 1.0}]
        )
    ] == ["latency_p50", "latency_p99"]


def test_the_table_is_at_most_80_columns_wide() -> None:
    figures = {goal.figure: 123_456.0 for goal in GOALS} | {goal.stock: 98_765.0 for goal in GOALS if goal.stock}
    lines = table(judged([figures])).splitlines()
    assert len(lines) == len(GOALS) + 1
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(("value", "shown"), [(None, "-"), (12345.6, "12,346"), (1.2345, "1.23"), (0.5, "0.5")])
def test_a_number_has_three_digits_or_more(value: float | None, shown: str) -> None:
    assert number(value) == shown
