"""The drawing of a flow: layers, lines through gates, the critical path, jobs along time, very wide flows."""

from typing import Any

from web.dashboard.flow_graph import MOST_BOXES, TALL, WIDE, after, along_time, critical_path, drawing, layers, run_ms
from web.dashboard.shown import time_of


def member(id: str, start: int | None = None, end: int | None = None, type: str = "work") -> dict[str, Any]:
    """A job of a flow that ran from one second of a minute to another."""
    at = {"started_at": start, "finished_at": end}
    times = {name: second if second is None else f"2026-11-22T10:00:{second:02}Z" for name, second in at.items()}
    return {"id": id, "type": type, "state": "completed" if end else "blocked", **times}


DIAMOND = [member("a", 0, 5), member("b", 5, 30), member("c", 5, 10), member("d", 31, 40)]
EDGES = {"a": ["b", "gate"], "gate": ["c"], "b": ["d"], "c": ["d"], "d": []}


def test_gates_are_looked_through() -> None:
    assert after(DIAMOND, EDGES) == {"a": {"b", "c"}, "b": {"d"}, "c": {"d"}, "d": set()}


def test_a_job_lies_behind_all_that_it_waits_for() -> None:
    assert layers(after(DIAMOND, EDGES | {"a": ["b", "gate", "d"]})) == {"a": 0, "b": 1, "c": 1, "d": 2}


def test_the_critical_path_is_the_chain_that_took_longest() -> None:
    now = time_of("2026-11-22T10:01:00Z")
    assert now
    assert critical_path(DIAMOND, after(DIAMOND, EDGES), now) == {"a", "b", "d"}
    waiting = [member("a"), member("b")]
    assert critical_path(waiting, after(waiting, {"a": ["b"]}), now) == set()
    assert run_ms(member("x", 10), now) == 50_000


def test_no_two_boxes_lie_on_each_other_and_lines_go_forward() -> None:
    for across in (True, False):
        drawn = drawing(DIAMOND, EDGES, across=across)
        corners = {(box.x, box.y) for box in drawn.boxes}
        assert len(corners) == len(drawn.boxes) == 4
        assert all(box.x + WIDE <= drawn.width and box.y + TALL <= drawn.height for box in drawn.boxes)
        place = {box.job["id"]: box.x if across else box.y for box in drawn.boxes}
        assert place["a"] < place["b"] == place["c"] < place["d"]
        assert len(drawn.lines) == 4
        assert sum(line.critical for line in drawn.lines) == 2


def test_a_flow_of_a_thousand_jobs_is_drawn_by_types() -> None:
    many = [member(f"p{n}", type="extract") for n in range(1_000)] + [member("z", type="summary")]
    drawn = drawing(many, {f"p{n}": ["z"] for n in range(1_000)})
    assert len(many) > MOST_BOXES
    assert [(box.job["type"], box.count) for box in drawn.boxes] == [("extract", 1_000), ("summary", 1)]
    assert len(drawn.lines) == 1


def test_jobs_along_time_are_shares_of_the_whole() -> None:
    spans = along_time([*reversed(DIAMOND), member("e")], EDGES)
    assert [span.job["id"] for span in spans] == ["a", "b", "c", "d", "e"]
    assert [(span.start, span.length) for span in spans[:2]] == [(0.0, 125.0), (125.0, 625.0)]
    assert (spans[-1].start, spans[-1].ms) == (None, None)


def test_an_empty_flow_is_an_empty_drawing() -> None:
    assert drawing([], {}).boxes == []
    assert along_time([], {}) == []
