"""Worker processes over the API: made quiet, stopped, and asked what they do."""

import json

import pytest
from flask.testing import FlaskClient

from callboard.broker.stream import Stream
from callboard.history.audit import audit_lines
from tests.web.conftest import told
from web.services import Services

ABOUT = {"host": "h", "pid": 1, "threads": 4, "restarts": 2, "lease_ms": 60_000, "queues": ["paper-processing"]}
PATH = "/api/v1/workers/w1"


@pytest.fixture
def worker(services: Services) -> str:
    """A worker that is listed."""
    services.links.call(*services.links.script("register", "w1", 60_000, json.dumps(ABOUT)))
    services.links.call(*services.links.script("renew", "w1", 60_000, "", '{"memory_mb":85}'))
    return "w1"


def orders(services: Services) -> list[dict[str, str]]:
    lines = services.links.call("LRANGE", f"{services.links.prefix}:worker:w1:control", 0, -1)
    return [json.loads(line) for line in lines]


def test_a_worker_shows_its_slots_its_jobs_and_what_it_told(
    operator: FlaskClient, services: Services, worker: str
) -> None:
    body = {"type": "generate_embeddings", "args": {"paper_id": "7"}}
    id = told(operator.post("/api/v1/jobs", json=body))["id"]
    services.links.call(*services.links.script("fetch", "w1", "r1", 60_000, 1, 0, "paper-processing"))
    shown = told(operator.get(PATH))
    assert (shown["busy"], shown["free"], shown["memory_mb"], shown["restarts"]) == (1, 3, 85, 2)
    assert (shown["active"], shown["jobs"][0]["type"]) == ([id], "generate_embeddings")
    assert 0 <= shown["jobs"][0]["elapsed_ms"] < 60_000
    assert 0 <= shown["heartbeat_age_ms"] < 60_000
    assert (shown["state"], shown["quiet"]) == ("on", False)


def test_a_worker_is_quiet_until_it_is_woken_and_serves_no_queue_meanwhile(
    operator: FlaskClient, services: Services, worker: str
) -> None:
    since = Stream(services.links).latest()
    assert told(operator.put(f"{PATH}/quiet"))["state"] == "quiet"
    assert told(operator.put(f"{PATH}/quiet"))["quiet"] is True
    operator.post("/api/v1/jobs", json={"type": "generate_embeddings", "args": {"paper_id": "7"}})
    assert told(operator.get("/api/v1/queues/paper-processing"))["why"] == "no_worker"
    renewed = services.links.call(*services.links.script("renew", "w1", 60_000, "", ""))
    assert renewed == ["WISH:quiet"], "a worker that has missed the order hears of it again"
    assert told(operator.delete(f"{PATH}/quiet"))["state"] == "on"
    assert told(operator.get("/api/v1/queues/paper-processing"))["why"] is None
    assert [order["wish"] for order in orders(services)] == ["quiet", "quiet", ""]
    events = [event for event in Stream(services.links, since).read(1) if event.event.startswith("worker:")]
    assert [(event.job, event.values["quiet"]) for event in events] == [("w1", True), ("w1", False)]
    assert [line.verb for line in audit_lines(services.engine)][:3] == ["worker.wake", "worker.quiet", "worker.quiet"]


def test_a_stop_cannot_be_taken_back(operator: FlaskClient, services: Services, worker: str) -> None:
    stopped = operator.put(f"{PATH}/stop")
    assert (stopped.status_code, told(stopped)["state"]) == (202, "stopping")
    refused = operator.delete(f"{PATH}/quiet")
    assert (refused.status_code, told(refused)["code"], told(refused)["state"]) == (409, "not_possible", "stopping")
    assert operator.put(f"{PATH}/stop").status_code == 202
    assert orders(services)[-1] == {"order": "steer", "wish": "stop"}


@pytest.mark.parametrize(
    ("verb", "path"), [("PUT", "quiet"), ("DELETE", "quiet"), ("PUT", "stop"), ("GET", "stacks"), ("GET", "")]
)
def test_a_worker_that_does_not_run_is_not_found(operator: FlaskClient, verb: str, path: str) -> None:
    for name in ("w9", "%00", "x" * 300, "a b'--"):
        answer = operator.open(f"/api/v1/workers/{name}/{path}".rstrip("/"), method=verb)
        assert (answer.status_code, told(answer)["code"]) == (404, "not_found")


@pytest.mark.parametrize(("verb", "path"), [("PUT", "quiet"), ("DELETE", "quiet"), ("PUT", "stop")])
def test_who_only_looks_may_not_steer_a_worker(viewer: FlaskClient, worker: str, verb: str, path: str) -> None:
    assert viewer.open(f"{PATH}/{path}", method=verb).status_code == 403
