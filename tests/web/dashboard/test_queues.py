"""The pages of queues: all of them, one, what holds them, acts by role, stores that are away."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from callboard.broker.errors import ConnectionLost
from callboard.broker.link import Links
from tests.callboard.history.failing import finished
from tests.web.conftest import told
from web.services import Services

LIST = "/admin/queues/queues"
ONE = f"{LIST}/paper-processing"
API = "/api/v1/queues/paper-processing"
NEW: dict[str, Any] = {"type": "generate_embeddings", "args": {"paper_id": "<script>alert(1)</script>"}}
HTML = {"Accept": "text/html"}


@pytest.fixture
def waiting(operator: FlaskClient) -> str:
    """A job that waits."""
    id: str = told(operator.post("/api/v1/jobs", json=NEW))["id"]
    return id


def test_queues_are_listed_with_their_jobs_and_what_holds_them(viewer: FlaskClient, waiting: str) -> None:
    shown = viewer.get(LIST).text
    assert 'data-count="paper-processing:waiting">1<' in shown
    assert "no worker" in shown
    assert "data-act=" not in shown.split('<main id="main"')[1]
    assert "All queues are idle" not in viewer.get(f"{LIST}?show=busy").text
    assert "No queue has failed jobs" in viewer.get(f"{LIST}?show=failing").text


def test_who_paused_a_queue_and_why_stands_there_until_it_is_resumed(
    viewer: FlaskClient, operator: FlaskClient, waiting: str
) -> None:
    told(operator.put(f"{API}/pause", json={"note": "the <b>printer</b> is out"}))
    assert "the &lt;b&gt;printer&lt;/b&gt; is out" in viewer.get(LIST).text
    shown = viewer.get(ONE).text
    assert "Paused by the operator" in shown
    assert "the &lt;b&gt;printer&lt;/b&gt; is out" in shown
    told(operator.delete(f"{API}/pause"))
    assert "Paused" not in viewer.get(ONE).text
    assert told(operator.get(API))["paused_by"] is None


def test_a_queue_shows_its_jobs_as_text_its_limits_and_its_types(operator: FlaskClient, waiting: str) -> None:
    told(operator.patch(API, json={"rate": {"count": 50, "per_ms": 60_000}}))
    found = told(operator.get(API))
    assert (found["starts"], found["limited_by_hand"]) == (0, True)
    assert found["keep"]["failed"] == {"age_ms": 7 * 86_400_000, "count": None}
    shown = operator.get(f"{ONE}?state=waiting").text
    assert "50 starts in any 1 min, 0 used now" in shown
    assert ">generate_embeddings</a>" in shown
    assert "<script>alert" not in shown
    for act in ("Pause…", "Limits…", "Retry all failed", "Move all that wait…", "Release the limits"):
        assert act in shown
    assert "Drain…" not in shown


def test_the_acts_of_a_queue_go_by_the_role(viewer: FlaskClient, admin: FlaskClient, waiting: str) -> None:
    main = viewer.get(ONE).text.split('<main id="main"')[1]
    assert not any(word in main for word in ("data-act=", "data-bulk=", "data-open="))
    assert all(word in admin.get(ONE).text for word in ("Drain…", "Clean…", 'data-bulk="move"'))


def test_what_finished_in_each_queue_is_counted_and_timed(
    viewer: FlaskClient, services: Services, waiting: str
) -> None:
    now_ms = services.now_ms()
    finished(services.engine, 9, now_ms - 600_000, queue="paper-processing")
    finished(services.engine, 1, now_ms - 1_000, queue="paper-processing", state="failed")
    finished(services.engine, 1, now_ms - 7_200_000, queue="paper-processing")
    (row,) = told(viewer.get("/api/v1/stats/queues"))["queues"]
    assert (row["completed"], row["failed"], row["failure_share"]) == (9, 1, 0.1)
    assert (row["run"]["p95_ms"], row["wait"]["p50_ms"], sum(row["steps"]), row["steps"][-1]) == (1_000, 500, 10, 1)
    assert row["oldest_at"] is not None
    assert "10 %" in viewer.get(LIST).text


def test_regions_are_fetched_alone(viewer: FlaskClient, waiting: str) -> None:
    answer = viewer.get(ONE, headers={"X-Regions": "standing,jobs"})
    assert sorted(json.loads(answer.data)) == ["jobs", "standing"]
    assert "No worker serves this queue." in answer.text
    assert "What it serves" not in answer.text


@pytest.mark.parametrize("path", [f"{LIST}?show=odd", f"{ONE}?state=odd", f"{ONE}?range=9y", f"{LIST}/nothing-so"])
def test_what_there_is_not_is_a_page_that_says_so(viewer: FlaskClient, waiting: str, path: str) -> None:
    answer = viewer.get(path, headers=HTML)
    assert answer.status_code in (404, 422)
    assert "Traceback" not in answer.text


def test_without_queues_the_page_says_how_to_get_some(viewer: FlaskClient) -> None:
    assert "No queue yet" in viewer.get(LIST).text


def test_pages_stay_while_redis_is_away(viewer: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: Any, **__: Any) -> Any:
        raise ConnectionLost("Redis does not answer")

    for name in ("run", "call", "now_ms"):
        monkeypatch.setattr(Links, name, lost)
    for path in (LIST, ONE, "/admin/queues/workers", "/admin/queues/errors", "/admin/queues/settings?tab=storage"):
        answer = viewer.get(path)
        assert (path, answer.status_code) == (path, 200)
        assert "This cannot be read now." in answer.text or path.endswith("errors")


def test_a_queue_is_shown_while_the_history_is_away(
    viewer: FlaskClient, waiting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> Any:
        raise OperationalError("SELECT", {}, Exception("the disk is away"))

    monkeypatch.setattr("callboard.history.queue_numbers.reading", away)
    shown = viewer.get(LIST).text
    assert "The history cannot be read now." in shown
    assert 'data-count="paper-processing:waiting">1<' in shown
    assert "not known now" in viewer.get(ONE).text
