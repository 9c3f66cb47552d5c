"""Jobs made and queues looked at by the routes of S1 and S2."""

import json
from dataclasses import replace
from typing import Any

from flask.testing import FlaskClient

from callboard.history.recorder import Recorder
from callboard.jobs.clock import wall_ms
from tests.web.compat.asking import enqueued, good, hired, send, taken
from tests.web.compat.documents import S1_CURLS, S2_REQUESTS
from tests.web.compat.printed import curls, lines
from tests.web.conftest import told
from web.services import Services

S1_CREATE, S1_STATUS, S1_QUEUE, S1_HEALTH = curls(S1_CURLS)
OVERVIEW, QUEUES, PERFORMANCE, LISTED, S2_CREATE, CONTROL, ACT = lines(S2_REQUESTS)


# S1.27
def test_s1_makes_an_analysis(operator: FlaskClient, services: Services) -> None:
    answer = send(operator, S1_CREATE)
    said = good(answer, 202)
    assert (said["status"], bool(said["message"])) == ("waiting", True)
    job = services.store.get(said["jobId"])
    assert (job.type, job.kwargs["paper_id"], job.kwargs["providers"]) == (
        "ai_analysis",
        "paper-123",
        ["openai", "anthropic"],
    )
    assert answer.headers["Location"] == f"/api/v1/jobs/{job.id}"
    assert operator.get(answer.headers["Location"]).status_code == 200


# S2.25 S2.48
def test_s2_makes_a_job_of_a_queue_and_an_action(operator: FlaskClient, services: Services) -> None:
    answer = send(operator, S2_CREATE)
    said = good(answer, 202)
    assert (said["success"], said["queue"], said["status"]) == (True, "paper-processing", "waiting")
    assert answer.headers["Location"].endswith(said["jobId"])
    job = services.store.get(said["jobId"])
    assert (job.type, job.kwargs["paper_id"]) == ("extract_pdf", "123")
    shown = said["job"]
    assert (shown["id"], shown["name"], shown["data"]["paper_id"], shown["progress"]) == (job.id, job.type, "123", 0)


FAMILIES: Any = [
    ("experiment_data", {"experimentId": "exp-456", "action": "calculate_metrics"}, "calculate_metrics"),
    ("EMAIL_NOTIFICATIONS", {"to": "user@example.com", "template": "welcome", "data": {}}, "email_send"),
    ("data-export", {"kind": "papers", "format": "csv"}, "data_export"),
    ("ml_training", {"kind": "prediction", "name": "m", "data": "file:" + "0" * 32, "target": "t"}, "train_model"),
    ("database_cleanup", {"action": "clean_temp_data"}, "clean_temp_data"),
    ("scheduled_tasks", {"action": "weekly_digest"}, "weekly_digest"),
]


def test_every_family_of_s2_is_made(operator: FlaskClient) -> None:
    for type, data, made in FAMILIES:
        options = {"priority": 2, "delay": 60_000, "attempts": 1, "timeout": 5_000, "removeOnComplete": True}
        said = good(operator.post("/api/jobs", json={"type": type, "data": data, "options": options}), 202)
        assert (said["job"]["name"], said["status"], said["job"]["attempts"]) == (made, "delayed", 1)


MISFITS: Any = [
    ([], ""),
    ({}, "type"),
    ({"type": 5}, "type"),
    ({"type": "papers", "data": {}}, "type"),
    ({"type": "ai-analysis", "paperId": "p", "providers": ["nobody"]}, "providers.0"),
    ({"type": "ai-analysis", "paperId": 7}, "paperId"),
    ({"type": "ai-analysis", "paperId": "p", "colour": 1}, "colour"),
    ({"type": "paper_processing", "data": []}, "data"),
    ({"type": "paper_processing", "data": {"action": "fold"}}, "type"),
    ({"type": "paper_processing", "data": {"action": ["extract_pdf"]}}, "type"),
    ({"type": "email_send", "data": {"to": "a@b.org", "template": "welcome"}, "opts": {}}, "opts"),
    ({"type": "clean_temp_data", "data": {}, "options": {"priority": 0}}, "options.priority"),
    ({"type": "clean_temp_data", "data": {}, "options": {"delay": "soon"}}, "options.delay"),
    ({"type": "clean_temp_data", "data": {}, "options": []}, "options._schema"),
    ({"type": "clean_temp_data", "data": {}, "options": {"lifo": True}}, "options.lifo"),
]


def test_what_does_not_fit_is_told_where_these_clients_look(operator: FlaskClient, services: Services) -> None:
    for body, field in MISFITS:
        answer = operator.post("/api/jobs", json=body)
        said = told(answer)
        assert (answer.status_code, said["success"], said["error"]) == (422, False, said["message"])
        assert said["errors"][0]["field"] == field
        assert services.store.queues() == []


def test_the_status_of_a_creation_is_a_setting(operator: FlaskClient, services: Services) -> None:
    chosen = replace(services.settings, compat_create_status="201")
    object.__setattr__(services, "settings", chosen)
    good(send(operator, S1_CREATE), 201)


# S1.28
def test_s1_counts_the_jobs_of_all_queues(viewer: FlaskClient, services: Services) -> None:
    enqueued(services, "cache", "cache_warm", 3)
    enqueued(services, "data-export", "data_export")
    worker, (done, bad) = taken(services, "cache", 2)
    worker.complete(done)
    worker.fail(bad)
    services.control.pause("data-export")
    counts = {"waiting": 2, "active": 0, "completed": 1, "failed": 1, "delayed": 0, "cancelled": 0, "paused": 1}
    assert good(send(viewer, S1_QUEUE)) == {**counts, "isHealthy": False}
    hired(services, "cache")
    assert good(send(viewer, S1_QUEUE))["isHealthy"] is True


# S2.21 S2.22
def test_s2_has_an_overview_and_the_queues(viewer: FlaskClient, services: Services) -> None:
    ids = enqueued(services, "cache", "cache_warm", 2, keys=["a"], api_key="sk-secret")
    worker, (active, bad) = taken(services, "cache", 2)
    worker.fail(bad)
    said = good(send(viewer, OVERVIEW))
    (cache,) = [queue for queue in said["queues"] if queue["name"] == "cache"]
    assert (cache["active"], cache["failed"], cache["paused"]) == (1, 1, False)
    assert (said["totals"]["active"], said["totals"]["failed"]) == (1, 1)
    assert [(job["id"], job["status"]) for job in said["activeJobs"]] == [(active.id, "active")]
    assert [(job["id"], job["failedReason"]) for job in said["failedJobs"]] == [(bad.id, "the disk is on fire")]
    assert sorted((active.id, bad.id)) == sorted(ids)
    assert "sk-secret" not in json.dumps(said)
    queues = good(send(viewer, QUEUES))["queueStats"]
    assert queues["cache"] == {name: value for name, value in cache.items() if name != "name"}
    assert queues["paper-processing"]["waiting"] == 0  # declared, and never used


# S2.23
def test_s2_asks_how_fast_it_was(viewer: FlaskClient, services: Services) -> None:
    enqueued(services, "cache", "cache_warm", 3)
    worker, (bad, *good_ones) = taken(services, "cache", 3)
    worker.fail(bad)
    worker.complete(*good_ones)
    recorder = Recorder(services.engine, services.links)
    while recorder.step(block_ms=1):
        pass
    object.__setattr__(services, "now_ms", lambda: wall_ms() + 1_000)
    said = good(send(viewer, PERFORMANCE))
    assert (said["timeRange"], said["processed"], said["failed"], said["throughput"]) == ("hour", 3, 1, 0.05)
    assert (sum(part["processed"] for part in said["series"]), len(said["series"])) == (3, 60)
    assert 0 <= said["avgDurationMs"] <= said["p95DurationMs"] + 1
    assert good(viewer.get("/api/jobs?view=performance&timeRange=week"))["processed"] == 3


NO_VIEWS = ["view=nonsense", "view=performance&timeRange=year", "view="]


def test_a_view_that_is_none_is_refused(viewer: FlaskClient) -> None:
    for query in NO_VIEWS:
        answer = viewer.get(f"/api/jobs?{query}")
        assert (answer.status_code, told(answer)["success"]) == (422, False)
