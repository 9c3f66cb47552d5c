"""Groups of failures over the API."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from callboard.history.audit import audit_lines
from tests.waiting import wait_until
from tests.web.conftest import told
from tests.web.recorded import record
from web.services import Services


@pytest.fixture
def groups(operator: FlaskClient, services: Services) -> list[dict[str, Any]]:
    """Three failed jobs in two groups."""
    links = services.links
    for words in ("row 7 is empty", "row 8 is empty", "the disk is full, token=abcdefgh"):
        operator.post("/api/v1/jobs", json={"type": "generate_embeddings", "args": {"paper_id": "7"}})
        _, job = links.call(*links.script("fetch", "w1", words, 60_000, 1, 0, "paper-processing"))
        failure = {"class": "bug", "type": "ValueError", "message": words, "traceback": f"trace of {words}"}
        links.call(*links.script("fail", job[0], job[1], json.dumps(failure)))
    record(services)
    found: list[dict[str, Any]] = told(operator.get("/api/v1/errors?order=count"))["errors"]
    return found


def test_failures_are_grouped_decided_on_and_retried(
    operator: FlaskClient, services: Services, groups: list[dict[str, Any]]
) -> None:
    assert [(group["failures"], group["status"], sum(group["trend"])) for group in groups] == [
        (2, "open", 2),
        (1, "open", 1),
    ]
    path = f"/api/v1/errors/{groups[0]['fingerprint']}"
    shown = told(operator.get(path))
    assert (shown["failed_jobs"], len(shown["newest"]), shown["share"]) == (2, 2, pytest.approx(2 / 3))
    decided = told(operator.patch(path[:-10], json={"status": "resolved", "assignee": "ann", "note": "mended"}))
    assert (decided["status"], decided["assignee"], decided["note"]) == ("resolved", "ann", "mended")
    later = told(operator.patch(path, json={"status": "ignored", "ignored_until": "2091-01-01T00:00:00Z"}))
    assert later["ignored_until"] == "2091-01-01T00:00:00+00:00"
    assert [group["message"] for group in told(operator.get("/api/v1/errors?status=open"))["errors"]] == [
        groups[1]["message"]
    ]
    begun = operator.post(f"{path}/retry", json={"limit": 1})
    assert begun.status_code == 202
    wait_until(lambda: told(operator.get(begun.headers["Location"]))["state"] == "finished")
    assert told(operator.get(begun.headers["Location"]))["counts"]["done"] == 1
    assert services.store.counts("paper-processing")["waiting"] == 1
    assert [line.verb for line in audit_lines(services.engine)] == ["bulk.retry", "error.decide", "error.decide"]


def test_pages_of_groups_follow_each_other_and_secrets_stay_hidden(
    viewer: FlaskClient, groups: list[dict[str, Any]]
) -> None:
    first = told(viewer.get("/api/v1/errors?order=count&limit=1"))
    second = told(viewer.get(f"/api/v1/errors?order=count&limit=1&cursor={first['next']}"))
    assert [page["errors"][0]["fingerprint"] for page in (first, second)] == [g["fingerprint"] for g in groups]
    assert second["next"] is None
    answer = viewer.get(f"/api/v1/errors/{groups[1]['fingerprint']}")
    assert "abcdefgh" not in answer.text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "status"),
        ({"status": "mended"}, "status"),
        ({"ignored_until": "2091-01-01T00:00:00Z"}, "ignored_until"),
        ({"status": "ignored", "ignored_until": "soon"}, "ignored_until"),
        ({"assignee": "x" * 201}, "assignee"),
    ],
)
def test_a_decision_that_is_none_is_refused(
    operator: FlaskClient, groups: list[dict[str, Any]], body: dict[str, Any], field: str
) -> None:
    answer = operator.patch(f"/api/v1/errors/{groups[0]['fingerprint']}", json=body)
    assert (answer.status_code, [error["field"] for error in told(answer)["errors"]]) == (422, [field])


# S1.41
def test_numbers_of_a_time_tell_what_failed_and_how_long_jobs_take(
    viewer: FlaskClient, groups: list[dict[str, Any]]
) -> None:
    failed = told(viewer.get("/api/v1/stats/errors"))
    assert (failed["failures"], failed["final"], failed["by"]["class"]) == (3, 3, {"bug": 3})
    assert list(told(viewer.get("/api/v1/stats/errors?by=type"))["by"]) == ["type"]
    before = "from=2026-01-01T00:00:00Z&to=2026-01-03T00:00:00Z"
    earlier = told(viewer.get(f"/api/v1/stats/errors?{before}"))
    assert (earlier["failures"], list(earlier["by"]["day"])) == (0, ["2026-01-01", "2026-01-02"])
    done = told(viewer.get("/api/v1/stats/throughput?type=generate_embeddings&step_ms=600000"))
    assert (done["failed"], done["processed"], len(done["steps"])) == (3, 3, 6)
    assert told(viewer.get("/api/v1/stats/latency"))["run"] is None


@pytest.mark.parametrize(
    "query",
    ["from=2031-01-01T00:00:00Z", "from=x", "from=2001-01-01T00:00:00Z", "to=0001-01-01T00:00:00Z", "step_ms=0", "y=1"],
)
@pytest.mark.parametrize("name", ["throughput", "latency", "errors"])
def test_times_that_cannot_be_are_refused(viewer: FlaskClient, name: str, query: str) -> None:
    assert viewer.get(f"/api/v1/stats/{name}?{query}").status_code == 422
