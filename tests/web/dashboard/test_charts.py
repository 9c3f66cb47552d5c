from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask, render_template_string

from web.dashboard.charts import bars, heat, lines
from web.dashboard.ranges import RANGES, span
from web.problems import Problem

STEPS = [
    {"at": "2026-11-22T14:00:00Z", "completed": 30, "failed": 10, "run": {"p50_ms": 100, "p95_ms": 900}},
    {"at": "2026-11-22T14:15:00Z", "completed": 0, "failed": 0, "run": None},
    {"at": "2026-11-22T14:30:00Z", "completed": 1, "failed": 0, "run": {"p50_ms": 200, "p95_ms": None}},
]


def test_bars_stand_on_each_other_below_a_round_top_and_tell_their_step():
    chart = bars(STEPS, ("completed", "failed"), "Jobs finished", end="2026-11-22T14:45:00Z")

    first, second, third = chart.columns
    completed, failed = first.boxes
    assert (completed.y, completed.height, failed.y, failed.height) == (25, 75, 0, 25)
    assert chart.ticks == ("40", "20", "0")
    assert second.boxes == ()
    assert [box.css for box in third.boxes] == ["completed"]
    assert first.title == "22 Nov 14:00 – 14:15 UTC\n30 completed\n10 failed"
    assert chart.stamps[0] == "14:00"
    assert chart.stamps[-1] == "14:45"


def test_a_line_is_broken_where_nothing_is_known_and_a_lone_value_is_seen():
    chart = lines(STEPS, (("run.p50_ms", "p50"), ("run.p95_ms", "p95")), "Run time")

    assert chart.ticks == ("1.0 s", "500 ms", "0")
    assert chart.series[0].line == "M1.6667 90.0H8.3333M21.667 80.0H28.333"
    assert chart.columns[2].values == ("200 ms", "–")
    assert not chart.empty


def test_a_line_joins_neighbours():
    steps = [{"at": n * 60_000, "usd": value} for n, value in enumerate((0.5, 1.0))]
    assert lines(steps, ("usd",), "Cost", unit="usd").series[0].line == "M5 50.0L15 0.0"


def test_cells_of_a_heat_map_are_strongest_where_most_is():
    steps = [{"at": 0, "cells": [4, 0]}, {"at": 60_000, "cells": [1, 16]}]
    chart = heat(steps, ("below 1 s", "above"), "Run time")

    assert [(box.x, box.y, box.share) for column in chart.columns for box in column.boxes] == [
        (0, 50, 0.57),
        (10, 50, 0.36),
        (10, 0, 1.0),
    ]
    assert chart.ticks == ("above", "below 1 s")


@pytest.mark.parametrize("steps", [[], [{"at": 0, "completed": 0}], [{"at": 0, "completed": None}]])
def test_a_chart_of_nothing_says_so(app: Flask, steps: list):
    with app.test_request_context():
        shown = render_template_string("{{ chart.bars(steps, ('completed',), 'Jobs') }}", steps=steps)

    assert "Nothing in this time" in shown
    assert "<details" not in shown


def test_a_chart_shows_words_from_outside_as_text(app: Flask):
    steps = [{"at": 0, "cells": [1]}]
    with app.test_request_context():
        shown = render_template_string("{{ chart.heat(steps, ['<b>&\"'], '<i>') }}", steps=steps)

    assert "<b>" not in shown
    assert "<i>" not in shown


def test_steps_begin_at_round_times_and_hold_the_present():
    now = datetime(2026, 11, 22, 14, 7, 33, tzinfo=UTC)
    for name, (length, step) in RANGES.items():
        found = span(name, now)
        assert found.start < now < found.end <= now + step, name
        assert found.end - found.start == length, name
        assert found.end.timestamp() % step.total_seconds() == 0, name
        assert found.before.end == found.start, name
    assert span("1h", now).asked["step_ms"] == timedelta(minutes=1) // timedelta(milliseconds=1)
    with pytest.raises(Problem, match="range '2y' is unknown"):
        span("2y")
