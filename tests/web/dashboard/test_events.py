"""The page of events."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from callboard.broker.errors import ConnectionLost
from callboard.broker.link import Links
from tests.web.conftest import told
from web.dashboard.pages.events import summary

EVENTS = "/admin/queues/events"
NEW: dict[str, Any] = {"type": "generate_embeddings", "args": {"paper_id": "7"}}


def test_the_newest_events_are_there_without_a_script(operator: FlaskClient) -> None:
    job = told(operator.post("/api/v1/jobs", json=NEW))["id"]
    shown = operator.get(EVENTS).text

    assert '<tr data-row data-key="' in shown
    assert f"/admin/queues/jobs/{job}" in shown
    assert "events a second" in shown
    assert "format=ndjson" in shown


def test_filters_are_kept_in_the_address_and_in_what_is_fetched(operator: FlaskClient) -> None:
    told(operator.post("/api/v1/jobs", json=NEW))
    shown = operator.get(f"{EVENTS}?types=job:failed&queue=%3Cb%3E").text

    assert 'data-types="job:failed" data-job="" data-queue="&lt;b&gt;"' in shown
    assert "Nothing that fits is in the stream" in shown
    assert "types=job:failed" in shown


def test_a_link_at_an_event_stays_at_it(operator: FlaskClient) -> None:
    told(operator.post("/api/v1/jobs", json=NEW))
    at = told(operator.get("/api/v1/events/log"))["newest"]
    told(operator.post("/api/v1/jobs", json=NEW))
    shown = operator.get(f"{EVENTS}?at={at}").text

    assert f'data-key="{at}" class="' in shown
    assert 'data-current="yes"' in shown
    assert "events.js" not in shown
    assert "Back to the live ones" in shown


def test_an_id_that_is_none_is_told(viewer: FlaskClient) -> None:
    answer = viewer.get(f"{EVENTS}?at=nonsense", headers={"Accept": "text/html"})

    assert answer.status_code == 422
    assert "expected an id of an event" in answer.text


def test_without_redis_the_page_says_so(viewer: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: Any, **__: Any) -> Any:
        raise ConnectionLost("Redis does not answer")

    monkeypatch.setattr(Links, "run", lost)
    monkeypatch.setattr(Links, "call", lost)
    answer = viewer.get(EVENTS)

    assert answer.status_code == 200
    assert "This cannot be read now." in answer.text


def test_what_an_event_tells_is_short_whatever_it_is() -> None:
    data = {"a": None, "b": [1, 2], "c": {"d": "x" * 900}, "e": 0.25, "f": list(range(9)), "g": {}}
    assert summary({"data": data}) == f"b [1, 2], c {{d {'x' * 80}}}, e 0.25, f [9]"
    assert summary({}) == ""
