"""What has happened to a job, and what people have written about it."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from callboard.history.audit import audit_lines
from callboard.history.retention import Keep, forget_history
from tests.jobs import Worker
from tests.web.conftest import told
from tests.web.recorded import record
from web.services import Services

NEW: dict[str, Any] = {"type": "generate_embeddings", "args": {"paper_id": "7"}}


@pytest.fixture
def path(operator: FlaskClient, services: Services) -> str:
    """The path of a job that was retried once and then completed, among others."""
    path = operator.post("/api/v1/jobs", json=NEW).headers["Location"]
    worker = Worker(services.links, "paper-processing")
    worker.retry(worker.take())
    operator.post("/api/v1/jobs", json=NEW)
    operator.post(f"{path}/promotion")
    for job in worker.fetch(5):
        worker.complete(job)
    return path


LIFE = ["job:added", "job:active", "job:retrying", "job:promoted", "job:active", "job:completed"]


def test_the_events_of_a_job_are_told_page_by_page_in_order(viewer: FlaskClient, path: str) -> None:
    whole = told(viewer.get(f"{path}/events"))
    assert ([event["event"] for event in whole["events"]], whole["next"]) == (LIFE, None)
    assert [event["version"] for event in whole["events"]] == list(range(1, 7))
    assert whole["events"][2]["data"]["type"] == "OSError"
    found: list[Any] = []
    cursor = ""
    while cursor is not None:
        page = told(viewer.get(f"{path}/events?limit=2{cursor and '&cursor='}{cursor}"))
        assert len(page["events"]) <= 2
        found, cursor = found + page["events"], page["next"]
    assert found == whole["events"]


def test_what_the_stream_has_forgotten_is_told_by_the_history(
    viewer: FlaskClient, operator: FlaskClient, services: Services, path: str
) -> None:
    record(services)
    services.links.call("XTRIM", f"{services.settings.prefix}:events", "MAXLEN", "=", "0")
    operator.patch(path, json={"tags": ["seen"]})
    events = told(viewer.get(f"{path}/events"))["events"]
    assert [event["event"] for event in events] == [name for name in LIFE if name != "job:promoted"] + ["job:edited"]
    assert [event["source"] for event in events] == ["history"] * 5 + ["stream"]
    assert (events[2]["data"]["message"], events[2]["data"]["attempt"]) == ("the disk is on fire", 1)
    first = told(viewer.get(f"{path}/events?limit=4"))
    rest = told(viewer.get(f"{path}/events?cursor={first['next']}"))
    assert first["events"] + rest["events"] == events


@pytest.mark.parametrize("query", ["cursor=x", "cursor=h-1", "cursor=1-", "limit=0", "limit=1001", "colour=1"])
def test_a_page_that_is_none_is_refused(viewer: FlaskClient, path: str, query: str) -> None:
    answer = viewer.get(f"{path}/events?{query}")
    assert answer.status_code == 422
    assert query.partition("=")[0] in told(answer)["errors"][0]["field"]


def test_a_note_is_kept_with_who_and_when_and_forgotten_with_its_job(
    operator: FlaskClient, viewer: FlaskClient, services: Services, path: str
) -> None:
    assert told(viewer.get(f"{path}/notes"))["notes"] == []
    made = operator.post(f"{path}/notes", json={"text": "the scanner was broken\nretry tomorrow"})
    assert (made.status_code, told(made)["who"]) == (201, "the operator")
    operator.post(f"{path}/notes", json={"text": "<b>done</b>"})
    notes = told(viewer.get(f"{path}/notes"))["notes"]
    assert [note["text"] for note in notes] == ["the scanner was broken\nretry tomorrow", "<b>done</b>"]
    assert notes[0] == told(made)
    assert [line.verb for line in audit_lines(services.engine)][:2] == ["note", "note"]
    record(services)
    forget_history(services.engine, Keep(services.settings.history_age, 0), services.now_ms())
    assert told(viewer.get(f"{path}/notes"))["notes"] == []


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": " \n"}, {"text": "x" * 4_001}, {"text": 5}])
def test_a_note_says_something(operator: FlaskClient, viewer: FlaskClient, path: str, body: dict[str, Any]) -> None:
    answer = operator.post(f"{path}/notes", json=body)
    assert (answer.status_code, told(answer)["errors"][0]["field"]) == (422, "text")
    assert viewer.post(f"{path}/notes", json={"text": "x"}).status_code == 403


def test_a_job_that_is_none_has_neither_events_nor_notes(operator: FlaskClient) -> None:
    assert operator.get("/api/v1/jobs/x/events").status_code == 404
    assert operator.get("/api/v1/jobs/x/notes").status_code == 404
    assert operator.post("/api/v1/jobs/x/notes", json={"text": "x"}).status_code == 404
