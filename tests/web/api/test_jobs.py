"""Jobs over the API."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from callboard.broker.errors import ConnectionLost
from callboard.history.audit import audit_lines
from tests.jobs import Worker
from tests.waiting import wait_until
from tests.web.conftest import bearing, told
from web.live import waiting
from web.live.live import NAME as LIVE
from web.live.live import Live
from web.services import Services

NEW: dict[str, Any] = {"type": "generate_embeddings", "args": {"paper_id": "7"}}


def created(client: FlaskClient, **more: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/jobs", json=NEW | more)
    assert answer.status_code == 202, answer.text
    values: dict[str, Any] = told(answer)
    return values


# S3.1
def test_a_job_is_accepted_at_once_with_its_place(operator: FlaskClient, services: Services) -> None:
    answer = operator.post("/api/v1/jobs", json=NEW)
    job = told(answer)
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/api/v1/jobs/{job['id']}"
    assert answer.headers["Retry-After"] == "2"
    assert (job["state"], job["args"], job["queue"]) == ("waiting", {"paper_id": "7"}, "paper-processing")
    assert services.store.get(job["id"]).kwargs == {"paper_id": "7"}


def test_what_a_call_wishes_becomes_its_policy(operator: FlaskClient, services: Services) -> None:
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    wishes = {"attempts": 7, "timeout_ms": 1500, "unique_key": "u", "tags": ["a"], "meta": {"user": "17"}}
    job = created(operator, priority="high", run_at=at.isoformat(), fairness_key="17", **wishes)
    kept = services.store.get(job["id"])
    assert (kept.priority, kept.attempts, kept.timeout_ms, kept.unique, kept.fairness) == (2, 7, 1500, "u", "17")
    assert (kept.due_at, kept.tags, kept.meta) == (at, ["a"], {"user": "17"})
    assert (job["state"], job["why"]["reason"], job["unique_key"]) == ("delayed", "scheduled", "u")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": "generate_embedings"}, "type"),
        ({"args": {}}, "args.paper_id"),
        ({"args": {"paper_id": "7", "colour": "red"}}, "args.colour"),
        ({"args": []}, "args"),
        ({"delay_ms": -1}, "delay_ms"),
        ({"delay_ms": 1.5}, "delay_ms"),
        ({"delay_ms": 10**15}, "delay_ms"),
        ({"run_at": "yesterday"}, "run_at"),
        ({"run_at": "2031-01-01T00:00:00Z", "delay_ms": 5}, "run_at"),
        ({"attempts": 0}, "attempts"),
        ({"priority": "urgent"}, "priority"),
        ({"priority": 2.5}, "priority"),
        ({"tags": ["x"] * 51}, "tags"),
        ({"color": "red"}, "color"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_field_and_nothing_is_kept(
    operator: FlaskClient, services: Services, change: dict[str, Any], field: str
) -> None:
    answer = operator.post("/api/v1/jobs", json=NEW | change)
    problem = told(answer)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert next(error["field"] for error in problem["errors"]).startswith(field)
    assert all(error["message"] for error in problem["errors"])
    assert services.store.newest(["waiting", "delayed"], services.store.queues()) == []


# S1.29
def test_a_job_is_shown_until_it_changes(operator: FlaskClient, viewer: FlaskClient) -> None:
    path = f"/api/v1/jobs/{created(operator, delay_ms=60_000)['id']}"
    first = viewer.get(path)
    assert (first.status_code, told(first)["allowed"][:3]) == (200, ["cancel", "promote", "delay"])
    same = viewer.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
    operator.post(f"{path}/promotion")
    assert viewer.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    assert viewer.get(path.lower()).status_code == 200


@pytest.mark.parametrize("id", ["01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2", "nonsense", "%00", "a" * 5_000, "%F0%9F%92%A5"])
def test_a_job_that_is_not_there_is_not_found(operator: FlaskClient, id: str) -> None:
    for verb, path in (("GET", ""), ("PUT", "/cancellation"), ("POST", "/retry"), ("GET", "/result"), ("DELETE", "")):
        answer = operator.open(f"/api/v1/jobs/{id}{path}", method=verb)
        assert (answer.status_code, told(answer)["code"]) == (404, "not_found"), (verb, path, answer.text)


# S1.30 S1.31
def test_a_job_is_cancelled_run_again_and_forgotten(operator: FlaskClient, services: Services) -> None:
    path = f"/api/v1/jobs/{created(operator)['id']}"
    cancelled = operator.put(f"{path}/cancellation")
    assert (cancelled.status_code, told(cancelled)["state"]) == (200, "cancelled")
    again = operator.put(f"{path}/cancellation")
    assert (again.status_code, told(again)["state"], told(again)["allowed"]) == (
        409,
        "cancelled",
        ["rerun", "remove", "tag"],
    )
    assert told(operator.get(f"{path}/result"))["code"] == "no_result"
    assert told(operator.post(f"{path}/retry"))["state"] == "waiting"
    assert operator.get(f"{path}/result").status_code == 202
    operator.put(f"{path}/cancellation")
    assert operator.delete(path).status_code == 204
    assert operator.get(path).status_code == 404
    acts = [(line.verb, line.who, line.origin) for line in audit_lines(services.engine)]
    assert acts[::-1] == [(verb, "the operator", "127.0.0.1") for verb in ("cancel", "retry", "cancel", "remove")]


def test_the_same_request_with_a_key_is_done_once(
    app: Flask, operator: FlaskClient, services: Services, token: Callable[[str], str]
) -> None:
    headers = {"Idempotency-Key": "k1"}
    first = operator.post("/api/v1/jobs", json=NEW, headers=headers)
    second = operator.post("/api/v1/jobs", json=NEW, headers=headers)
    assert (second.data, second.status_code, second.headers["Location"]) == (
        first.data,
        202,
        first.headers["Location"],
    )
    assert (second.headers["Idempotent-Replay"], "Idempotent-Replay" in first.headers) == ("true", False)
    other = operator.post("/api/v1/jobs", json=NEW | {"tags": ["x"]}, headers=headers)
    assert (other.status_code, told(other)["code"]) == (422, "idempotency_key_reused")
    somebody = bearing(app, token("operator")).post("/api/v1/jobs", json=NEW, headers=headers)
    assert told(somebody)["id"] != told(first)["id"]


def test_a_hundred_at_once_with_one_key_are_one_job(
    app: Flask, services: Services, token: Callable[[str], str]
) -> None:
    text = token("operator")

    def post(_: int) -> int:
        return bearing(app, text).post("/api/v1/jobs", json=NEW, headers={"Idempotency-Key": "k"}).status_code

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(post, range(100)))
    assert set(statuses) <= {202, 409}
    assert services.store.counts("paper-processing")["waiting"] == 1


def test_a_refused_request_may_be_mended_under_a_new_key_and_a_busy_one_tried_again(operator: FlaskClient) -> None:
    headers = {"Idempotency-Key": "k"}
    bad = operator.post("/api/v1/jobs", json={"type": "nonsense"}, headers=headers)
    assert operator.post("/api/v1/jobs", json={"type": "nonsense"}, headers=headers).data == bad.data
    assert operator.post("/api/v1/jobs", json=NEW, headers=headers).status_code == 422
    for key in ("", "x" * 201, "a\tb"):
        answer = operator.post("/api/v1/jobs", json=NEW, headers={"Idempotency-Key": key})
        assert (answer.status_code, told(answer)["code"]) == (400, "bad_idempotency_key")


@pytest.mark.parametrize("heard", [True, False])
def test_who_waits_is_woken_by_the_end_of_the_job_or_finds_it_by_looking(
    app: Flask, operator: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch, heard: bool
) -> None:
    live: Live = app.extensions[LIVE]
    monkeypatch.setattr(waiting, "LOOK_EVERY", 600.0 if heard else 0.02)
    if not heard:
        monkeypatch.setattr(live, "watch", unheard)
    worker = Worker(services.links, "paper-processing")
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(operator.post, "/api/v1/jobs", json=NEW, headers={"Prefer": "wait=30"})
        wait_until(lambda: services.store.newest(["waiting"], ["paper-processing"]) != [])
        if heard:
            wait_until(lambda: live.hub.watched() != set())
        worker.complete(worker.take())
        answer = asked.result()
    assert (answer.status_code, told(answer)["state"]) == (200, "completed")
    assert live.hub.watched() == set()


def unheard(*_: Any) -> str:
    raise ConnectionLost("no events today")


def test_a_client_may_wait_for_the_end(operator: FlaskClient) -> None:
    answer = operator.post("/api/v1/jobs", json=NEW, headers={"Prefer": "respond-async, wait=1"})
    assert (answer.status_code, told(answer)["state"]) == (202, "waiting")
