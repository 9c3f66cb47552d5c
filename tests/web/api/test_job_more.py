"""Many jobs at once, and a job like another."""

from typing import Any

from flask.testing import FlaskClient

from tests.web.conftest import told
from web.services import Services

JOB: dict[str, Any] = {"type": "generate_embeddings", "args": {"paper_id": "7"}}


def test_a_batch_tells_what_became_of_each(operator: FlaskClient, services: Services) -> None:
    answer = operator.post(
        "/api/v1/jobs/batch", json={"jobs": [JOB, JOB | {"unique_key": "u"}, JOB | {"unique_key": "u"}]}
    )
    batch = told(answer)
    assert (answer.status_code, batch["accepted"]) == (202, 2)
    assert [one["outcome"] for one in batch["jobs"]] == ["accepted", "accepted", "held"]
    assert batch["jobs"][1]["id"] == batch["jobs"][2]["id"]
    assert told(operator.get(batch["jobs"][0]["location"]))["state"] == "waiting"
    assert services.store.counts("paper-processing")["waiting"] == 2


def test_a_batch_with_bad_items_is_refused_whole_and_names_them(operator: FlaskClient, services: Services) -> None:
    jobs = [JOB, JOB | {"args": {}}, JOB, JOB | {"type": "nonsense"}]
    answer = operator.post("/api/v1/jobs/batch", json={"jobs": jobs})
    assert answer.status_code == 422
    assert [error["field"] for error in told(answer)["errors"]] == ["jobs.1.args.paper_id", "jobs.3.type"]
    typed = operator.post("/api/v1/jobs/batch", json={"jobs": [JOB, JOB | {"attempts": 0}]})
    assert [error["field"] for error in told(typed)["errors"]] == ["jobs.1.attempts"]
    for count in (0, 1_001):
        assert operator.post("/api/v1/jobs/batch", json={"jobs": [JOB] * count}).status_code == 422
    large = JOB | {"meta": {"text": "x" * 300_000}}
    assert operator.post("/api/v1/jobs/batch", json={"jobs": [JOB, large]}).status_code == 413
    assert services.store.queues() == []


def test_a_job_is_cloned_with_other_arguments(operator: FlaskClient) -> None:
    job = told(operator.post("/api/v1/jobs", json=JOB | {"priority": "high", "tags": ["a"], "unique_key": "u"}))
    copy = operator.post(f"/api/v1/jobs/{job['id']}/clone", json={"args": {"paper_id": "8"}})
    made = told(copy)
    assert (copy.status_code, made["args"], made["priority"], made["tags"]) == (202, {"paper_id": "8"}, "high", ["a"])
    assert (made["id"] != job["id"], made["unique_key"]) == (True, None)
    bad = operator.post(f"/api/v1/jobs/{job['id']}/clone", json={"args": {"colour": 1}})
    assert told(bad)["errors"][0]["field"] == "args.colour"
    assert operator.post("/api/v1/jobs/x/clone", json={}).status_code == 404
