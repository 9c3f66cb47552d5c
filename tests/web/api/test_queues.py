"""Queues over the API."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from callboard.history.audit import audit_lines
from tests.web.conftest import told
from web.services import Services

PATH = "/api/v1/queues/paper-processing"


@pytest.fixture
def jobs(operator: FlaskClient) -> list[str]:
    """Two jobs that wait and one that is delayed."""
    new = {"type": "generate_embeddings", "args": {"paper_id": "7"}}
    bodies = [new, new, new | {"delay_ms": 60_000}]
    return [told(operator.post("/api/v1/jobs", json=body))["id"] for body in bodies]


def test_a_queue_is_paused_resumed_drained_and_cleaned(
    operator: FlaskClient, admin: FlaskClient, services: Services, jobs: list[str]
) -> None:
    assert told(operator.put(f"{PATH}/pause"))["paused"] is True
    assert told(operator.get(PATH))["why"] == "paused"
    assert told(operator.delete("/api/v1/queues/Paper_Processing/pause"))["paused"] is False
    assert told(operator.get(PATH))["why"] == "no_worker"
    drained = told(admin.post(f"{PATH}/drain", json={}))
    assert (drained["affected"], drained["counts"]["cancelled"], drained["counts"]["delayed"]) == (2, 2, 1)
    assert told(admin.post(f"{PATH}/drain", json={"delayed": True}))["affected"] == 1
    assert told(admin.post(f"{PATH}/clean", json={"state": "failed"}))["affected"] == 0
    assert told(admin.post(f"{PATH}/clean", json={"older_than_ms": 60_000}))["affected"] == 0
    cleaned = told(admin.post(f"{PATH}/clean", json={"state": "cancelled"}))
    assert (cleaned["affected"], sum(cleaned["counts"].values())) == (3, 0)
    lines = [(line.verb, line.count) for line in audit_lines(services.engine) if line.count > 1]
    assert lines == [("queue.clean", 3), ("queue.drain", 2)]


def test_limits_are_set_one_by_one_and_lifted(operator: FlaskClient, jobs: list[str]) -> None:
    rate = {"count": 50, "per_ms": 60_000}
    assert told(operator.patch(PATH, json={"concurrency": 3}))["concurrency"] == 3
    both = told(operator.patch(PATH, json={"rate": rate}))
    assert (both["concurrency"], both["rate"]) == (3, rate)
    assert told(operator.patch(PATH, json={"rate": None}))["rate"] is None
    assert told(operator.patch(PATH, json={"concurrency": None, "rate": rate}))["concurrency"] in (None, 0)
    lifted = told(operator.delete(f"{PATH}/throttle"))
    assert (lifted["concurrency"] or None, lifted["rate"]) == (None, None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "concurrency"),
        ({"concurrency": 0}, "concurrency"),
        ({"concurrency": 2.5}, "concurrency"),
        ({"concurrency": True}, "concurrency"),
        ({"rate": {"count": 1}}, "rate.per_ms"),
        ({"rate": {"count": 0, "per_ms": 5}}, "rate.count"),
        ({"colour": 1}, "colour"),
    ],
)
def test_a_limit_that_is_none_is_refused(
    operator: FlaskClient, jobs: list[str], body: dict[str, Any], field: str
) -> None:
    answer = operator.patch(PATH, json=body)
    assert (answer.status_code, [error["field"] for error in told(answer)["errors"]]) == (422, [field])


def test_a_queue_that_is_not_there_names_the_nearest(operator: FlaskClient, jobs: list[str]) -> None:
    answer = operator.get("/api/v1/queues/paper-procesing")
    assert (answer.status_code, told(answer)["code"]) == (404, "not_found")
    assert "did you mean paper-processing?" in told(answer)["detail"]
    for name in ("%00", "x" * 500, "a b'--", "..%2f"):
        assert operator.get(f"/api/v1/queues/{name}").status_code == 404


def test_a_worker_is_shown_with_what_it_runs(viewer: FlaskClient, services: Services, jobs: list[str]) -> None:
    about = '{"host": "h", "pid": 1, "threads": 4, "queues": ["paper-processing"], "types": ["generate_embeddings"]}'
    services.links.call(*services.links.script("register", "w1", 60_000, about))
    services.links.call(*services.links.script("fetch", "w1", "r1", 60_000, 1, 0, "paper-processing"))
    (worker,) = told(viewer.get("/api/v1/workers"))["workers"]
    assert (worker["id"], worker["threads"], worker["active"]) == ("w1", 4, [jobs[0]])
    assert told(viewer.get("/api/v1/workers/w1"))["host"] == "h"
    assert viewer.get("/api/v1/workers/w2").status_code == 404
    (queue,) = told(viewer.get("/api/v1/queues"))["queues"]
    assert (queue["workers"], queue["counts"]["active"], queue["why"]) == (1, 1, None)
    found = told(viewer.get("/api/v1/stats/overview"))
    assert (found["workers"], found["slots"], found["busy"], found["queues"]) == (1, 4, 1, 1)
