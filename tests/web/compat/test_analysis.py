"""The routes of S3."""

import json
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from research.ai.fitting import fitted
from tests.web.compat.asking import enqueued, good, send, taken
from tests.web.compat.documents import S3_CLIENT, S3_SUBMIT_BODY
from tests.web.compat.printed import Printed, fetches
from tests.web.conftest import bearing, told
from web.compat.analysis import TOO_MANY
from web.services import Services

SUBMIT = Printed("POST", "/api/ai-analysis/submit", {"Content-Type": "application/json"}, S3_SUBMIT_BODY)
REPORT = {"markdown_report": "# Report", "analysis_data": {"scores": [1]}}


# S3.11 S3.12
def test_s3_submits_an_analysis(operator: FlaskClient, services: Services) -> None:
    answer = send(operator, SUBMIT)
    said = good(answer, 202)
    assert said == {"jobId": said["jobId"], "status": "waiting", "message": "Analysis job queued successfully"}
    given = services.store.get(said["jobId"]).kwargs
    assert (given["case_id"], given["user_id"], given["customer_id"]) == ("uuid", 123, "customer-id")
    assert answer.headers["Location"].endswith(said["jobId"])
    by_client, *_ = fetches(S3_CLIENT, documentText="Reads well.", jobId="")
    given = services.store.get(good(send(operator, by_client), 202)["jobId"]).kwargs
    assert (given["document_text"], given["module_type"], "user_id" in given) == (
        "Reads well.",
        "post_secondary",
        False,
    )


def test_a_submission_without_a_text_is_refused(operator: FlaskClient) -> None:
    answer = operator.post(SUBMIT.path, json={"caseId": "c", "moduleType": "m", "documentText": ""})
    assert (answer.status_code, told(answer)["errors"][0]["field"]) == (422, "documentText")
    assert operator.post(SUBMIT.path, data=b"nonsense").status_code == 415


# S3.23
def test_a_caller_may_submit_ten_times_in_a_quarter_of_an_hour(
    app: Flask, operator: FlaskClient, token: Callable[[str], str]
) -> None:
    assert [send(operator, SUBMIT).status_code for _ in range(10)] == [202] * 10
    refused = send(operator, SUBMIT)
    assert (refused.status_code, told(refused)["message"]) == (429, TOO_MANY)
    assert 880 <= int(refused.headers["Retry-After"]) <= 900
    assert send(bearing(app, token("operator")), SUBMIT).status_code == 202


# S3.13 S3.14
def test_s3_polls_the_status(viewer: FlaskClient, services: Services) -> None:
    (id,) = enqueued(services, "ai-analysis", "ai_analysis")
    _, status, result = fetches(S3_CLIENT, documentText="", jobId=id)
    said = good(send(viewer, status))
    assert (said["jobId"], said["status"], said["progress"], "error" in said) == (id, "waiting", 0, False)
    assert good(send(viewer, result), 202) == {"jobId": id, "status": "waiting", "result": None}
    worker, (job,) = taken(services, "ai-analysis")
    assert good(send(viewer, status))["status"] == "active"
    worker.retry(job, delay_ms=60_000)
    assert good(send(viewer, status))["status"] == "delayed"
    services.client.promote(id)
    worker.fail(*worker.fetch())
    assert good(send(viewer, status))["error"] == "the disk is on fire"
    failed = good(send(viewer, result))
    assert failed == {"jobId": id, "status": "failed", "result": None, "error": "the disk is on fire"}


# S3.15
@pytest.mark.parametrize("size", [1, 300_000])
def test_s3_gets_the_whole_report(viewer: FlaskClient, services: Services, size: int) -> None:
    (id,) = enqueued(services, "ai-analysis", "ai_analysis")
    worker, (job,) = taken(services, "ai-analysis")
    whole = REPORT | {"markdown_report": "#" * size}
    kept = fitted(services.files, whole, ("markdown_report", "analysis_data"), "analysis.json")
    assert ("file" in kept) == (size > 1)
    worker.complete(job, result=kept)
    said = good(send(viewer, fetches(S3_CLIENT, documentText="", jobId=id)[2]))
    assert (said["jobId"], said["status"]) == (id, "completed")
    assert {name: said["result"][name] for name in REPORT} == whole
    if size > 1:
        services.files.delete(kept["file"])
        again = good(viewer.get(f"/api/ai-analysis/result/{id}"))["result"]["markdown_report"]
        assert again.startswith("###")
        assert len(json.dumps(again)) < size


# S3.16
def test_s3_cancels_an_analysis(operator: FlaskClient, services: Services) -> None:
    (id,) = enqueued(services, "ai-analysis", "ai_analysis")
    said = good(operator.delete(f"/api/ai-analysis/{id}"))
    assert said == {"success": True, "message": "Job cancelled successfully"}
    assert good(operator.get(f"/api/ai-analysis/result/{id}")) == {"jobId": id, "status": "cancelled", "result": None}
