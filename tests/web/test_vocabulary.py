"""The states of jobs in the words that a client asks for."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import told
from web.services import Services

JOB: dict[str, Any] = {"type": "generate_embeddings", "args": {"paper_id": "7"}}


def test_every_answer_about_a_job_speaks_the_words_that_are_asked_for(
    operator: FlaskClient, services: Services
) -> None:
    made = told(operator.post("/api/v1/jobs?vocab=rq", json=JOB))
    path = f"/api/v1/jobs/{made['id']}"
    asked = {"Accept-Vocabulary": "S4"}
    assert made["state"] == "queued"
    assert told(operator.get(path))["state"] == told(operator.get(f"{path}?vocab=bull"))["state"] == "waiting"
    assert told(operator.get(path, headers=asked))["state"] == "queued"
    services.links.call(*services.links.script("fetch", "w1", "r1", 60_000, 1, 0, "paper-processing"))
    for part in ("", "/progress", "/position"):
        answer = operator.get(f"{path}{part}?vocab=s4")
        assert told(answer)["state"] == "processing", part
        assert "Accept-Vocabulary" in answer.vary
    flow = {"jobs": [JOB | {"name": "a"}, JOB | {"name": "b"}], "edges": [{"from": "a", "to": "b"}]}
    members = told(operator.post("/api/v1/flows", json=flow, headers=asked))["members"]
    assert [member["state"] for member in members] == ["queued", "queued"]


@pytest.mark.parametrize("asked", [{"query_string": {"vocab": "klingon"}}, {"headers": {"Accept-Vocabulary": "é"}}])
def test_words_that_there_are_not_are_refused_before_anything_is_done(
    operator: FlaskClient, services: Services, asked: dict[str, Any]
) -> None:
    answer = operator.post("/api/v1/jobs", json=JOB, **asked)
    assert (answer.status_code, told(answer)["errors"][0]["field"]) == (422, "vocab")
    assert services.store.queues() == []
