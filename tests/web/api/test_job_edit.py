"""Changing a job before it runs."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from callboard.history.audit import audit_lines
from tests.web.conftest import told
from tests.web.recorded import record
from web.services import Services

NEW: dict[str, Any] = {"type": "generate_embeddings", "args": {"paper_id": "7"}}


def path_of(client: FlaskClient, **more: Any) -> str:
    return client.post("/api/v1/jobs", json=NEW | more).headers["Location"]


def test_a_job_that_waits_is_changed_and_found_as_it_is_now(operator: FlaskClient, services: Services) -> None:
    path = path_of(operator, tags=["old"])
    record(services)
    change = {"args": {"paper_id": "8"}, "priority": "high", "tags": ["new"]}
    edited = operator.patch(path, json=change)
    job = told(edited)
    assert (edited.status_code, job["args"], job["priority"], job["tags"]) == (200, {"paper_id": "8"}, "high", ["new"])
    assert (job["state"], job["version"]) == ("waiting", 2)
    record(services)
    for query, found in (("args.paper_id:8", 1), ("args.paper_id:7", 0), ("tag:new", 1), ("tag:old", 0)):
        assert told(operator.get("/api/v1/jobs", query_string={"q": query}))["count"] == found, query
    assert told(operator.patch(path, json={"priority": "normal", "tags": []}))["tags"] == []
    assert [(line.verb, line.detail) for line in audit_lines(services.engine)][-1] == (
        "edit",
        '{"changed":["args","priority","tags"]}',
    )


def test_a_job_gets_another_time_and_one_that_waits_is_delayed_to_it(operator: FlaskClient) -> None:
    for path in (path_of(operator, delay_ms=60_000), path_of(operator)):
        job = told(operator.patch(path, json={"run_at": "2091-01-01T00:00:00Z"}))
        assert (job["state"], job["reason"], job["due_at"]) == ("delayed", "scheduled", "2091-01-01T00:00:00+00:00")
        assert job["allowed"] == ["cancel", "promote", "delay", "edit", "priority", "move", "tag"]


def test_a_job_is_moved_to_another_queue_and_found_there(operator: FlaskClient, services: Services) -> None:
    path = path_of(operator)
    record(services)
    job = told(operator.patch(path, json={"queue": "Data_Export", "tags": ["moved"]}))
    assert (job["queue"], job["tags"], job["state"]) == ("data-export", ["moved"], "waiting")
    assert [services.store.counts(queue)["waiting"] for queue in ("paper-processing", "data-export")] == [0, 1]
    record(services)
    assert [told(operator.get(f"/api/v1/jobs?queue={q}"))["count"] for q in ("data-export", "paper-processing")] == [
        1,
        0,
    ]


def test_who_has_seen_an_older_job_changes_nothing(operator: FlaskClient) -> None:
    path = path_of(operator)
    etag = operator.get(path).headers["ETag"]
    seen = {"If-Match": etag}
    assert operator.patch(path, json={"priority": "low"}, headers=seen).status_code == 200
    late = operator.patch(path, json={"priority": "high"}, headers=seen)
    assert (late.status_code, told(late)["code"]) == (412, "changed")
    assert told(operator.get(path))["priority"] == "low"
    assert operator.patch(path, json={"priority": "high"}, headers={"If-Match": "x"}).status_code == 400


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "args"),
        ({"args": {}}, "args.paper_id"),
        ({"args": {"paper_id": "7", "colour": 1}}, "args.colour"),
        ({"priority": "urgent"}, "priority"),
        ({"queue": "paper-procesing"}, "queue"),
        ({"queue": "a/b"}, "queue"),
        ({"tags": ["x" * 101]}, "tags.0"),
    ],
)
def test_a_change_that_is_none_is_refused(operator: FlaskClient, body: dict[str, Any], field: str) -> None:
    answer = operator.patch(path_of(operator), json=body)
    assert (answer.status_code, [error["field"] for error in told(answer)["errors"]]) == (422, [field])


def test_a_job_that_has_ended_or_is_none_is_not_changed(operator: FlaskClient) -> None:
    path = path_of(operator)
    operator.put(f"{path}/cancellation")
    ended = operator.patch(path, json={"priority": "high"})
    assert (ended.status_code, told(ended)["state"], told(ended)["allowed"]) == (
        409,
        "cancelled",
        ["rerun", "remove", "tag"],
    )
    assert operator.patch("/api/v1/jobs/x", json={"priority": "high"}).status_code == 404


def test_a_secret_that_comes_back_as_it_was_shown_stays_what_it_is(operator: FlaskClient, services: Services) -> None:
    args = {"paper_id": "7", "file": "file:" + "a" * 64, "password": "tulips"}
    path = operator.post("/api/v1/jobs", json={"type": "extract_pdf", "args": args}).headers["Location"]
    shown = told(operator.get(path))["args"]
    assert shown["password"] == "********"
    edited = told(operator.patch(path, json={"args": shown | {"paper_id": "8"}}))
    clone = told(operator.post(f"{path}/clone", json={"args": shown}))
    operator.put(f"{path}/cancellation")
    again = told(operator.post(f"{path}/retry", json={"args": shown | {"paper_id": "9"}}))
    for job, paper in ((edited, "9"), (clone, "7"), (again, "9")):
        kwargs = services.store.get(job["id"]).kwargs
        assert (kwargs["password"], kwargs["paper_id"]) == ("tulips", paper)
