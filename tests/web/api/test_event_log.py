"""Events that have happened, over the API."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from callboard.broker import past_events as module
from callboard.broker.past_events import older, past_events
from tests.web.conftest import told
from web.services import Services

LOG = "/api/v1/events/log"
NEW: dict[str, Any] = {"type": "generate_embeddings", "args": {"paper_id": "7"}}


@pytest.fixture
def jobs(operator: FlaskClient) -> list[str]:
    """Two jobs, the first one cancelled."""
    ids = [told(operator.post("/api/v1/jobs", json=NEW))["id"] for _ in range(2)]
    operator.put(f"/api/v1/jobs/{ids[0]}/cancellation")
    return ids


def test_the_newest_come_first_and_pages_go_back(operator: FlaskClient, jobs: list[str]) -> None:
    first = told(operator.get(f"{LOG}?types=job:&limit=2"))
    second = told(operator.get(f"{LOG}?types=job:&before={first['next']}"))

    seen = [(event["type"], event["job"]) for event in first["events"] + second["events"]]
    assert seen == [("job:cancelled", jobs[0]), ("job:added", jobs[1]), ("job:added", jobs[0])]
    assert (second["next"], first["newest"]) == (None, first["events"][0]["id"])
    assert first["per_second"] > 0


def test_only_events_of_a_kind_a_job_or_a_queue_are_told(operator: FlaskClient, jobs: list[str]) -> None:
    def types(query: str) -> list[str]:
        return [event["type"] for event in told(operator.get(f"{LOG}?{query}"))["events"]]

    assert types("types=job:cancelled,queue:none") == ["job:cancelled"]
    assert types(f"job={jobs[1].lower()}") == ["job:added"]
    assert "job:added" not in types("queue=mails")


def test_what_is_new_since_an_event_is_told(operator: FlaskClient, jobs: list[str], services: Services) -> None:
    newest = told(operator.get(LOG))["newest"]
    assert told(operator.get(f"{LOG}?after={newest}"))["events"] == []
    told(operator.post("/api/v1/jobs", json=NEW))

    assert [event["type"] for event in told(operator.get(f"{LOG}?after={newest}"))["events"]] == ["job:added"]


def test_events_are_taken_along_as_lines(operator: FlaskClient, jobs: list[str]) -> None:
    answer = operator.get(f"{LOG}?format=ndjson&types=job:added")

    assert answer.mimetype == "application/x-ndjson"
    assert 'filename="events.ndjson"' in answer.headers["Content-Disposition"]
    assert [json.loads(line)["job"] for line in answer.data.splitlines()] == jobs[::-1]


@pytest.mark.parametrize("query", ["before=x", "after=1-2-3", "limit=0", "format=xml"])
def test_what_cannot_be_asked_is_told(viewer: FlaskClient, query: str) -> None:
    assert viewer.get(f"{LOG}?{query}").status_code == 422


def test_a_search_for_what_is_rare_ends(
    operator: FlaskClient, services: Services, jobs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOKED_AT", 2)
    found = past_events(services.links, wanted=lambda _: False)

    assert found.events == []
    assert found.next is not None
    assert (older("5-1"), older("5-0")) == ("5-0", "4-18446744073709551615")
