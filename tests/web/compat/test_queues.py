"""Queues as S2 and S5 look at them and act on them."""

from typing import Any

from flask.testing import FlaskClient

from callboard.history.audit import audit_lines
from tests.web.compat.asking import enqueued, good, send, taken
from tests.web.compat.documents import S2_REQUESTS, S5_QUEUES
from tests.web.compat.printed import fetches, lines
from tests.web.conftest import told
from web.services import Services

STATS, PAUSE, RESUME, CLEAN = fetches(S5_QUEUES)


# S2.26
def test_s2_pauses_resumes_and_drains_a_queue(admin: FlaskClient, operator: FlaskClient, services: Services) -> None:
    enqueued(services, "paper-processing", "extract_pdf", 3)
    pause, resume, drain = (lines(S2_REQUESTS, action=action)[5] for action in ("pause", "resume", "drain"))
    said = good(send(operator, pause))
    assert said == {"success": True, "queue": "paper-processing", "action": "pause", "affected": 0}
    assert services.store.queue("paper-processing").paused
    good(send(operator, resume))
    assert not services.store.queue("paper-processing").paused
    assert send(operator, drain).status_code == 403
    assert good(send(admin, drain))["affected"] == 3
    assert services.store.counts("paper-processing")["waiting"] == 0
    acts = [(line.who, line.verb, line.subject, line.count) for line in audit_lines(services.engine)]
    assert acts[0] == ("the admin", "queue.drain", "paper-processing", 3)
    assert operator.post("/api/jobs/paper-processing", json={"action": "explode"}).status_code == 422
    assert operator.post("/api/jobs/no-such-queue", json={"action": "pause"}).status_code == 404


# S5.15
def test_s5_counts_the_jobs_of_each_queue(viewer: FlaskClient, services: Services) -> None:
    enqueued(services, "excel-import", "excel_import", 2)
    said = good(send(viewer, STATS))
    counts = {"waiting": 2, "active": 0, "completed": 0, "failed": 0, "delayed": 0, "cancelled": 0, "paused": False}
    assert (said["success"], said["data"]["excel-import"]) == (True, counts)


# S5.16 S5.17
def test_s5_pauses_and_resumes_a_queue(operator: FlaskClient, services: Services) -> None:
    assert good(send(operator, PAUSE)) == {"success": True, "data": {"queue": "excel-import", "paused": True}}
    assert services.store.queue("excel-import").paused
    assert good(send(operator, RESUME)) == {"success": True, "data": {"queue": "excel-import", "paused": False}}
    assert not services.store.queue("excel-import").paused
    of_a_type = good(operator.post("/api/jobs/queues/AI_CONTENT_GENERATION/pause"))
    assert of_a_type["data"]["queue"] == "ai-content"


# S5.18
def test_s5_cleans_a_queue(admin: FlaskClient, services: Services) -> None:
    enqueued(services, "excel-import", "excel_import", 7)
    worker, (bad, *done) = taken(services, "excel-import", 7)
    worker.fail(bad)
    worker.complete(*done)
    assert good(send(admin, CLEAN)) == {"success": True, "data": {"cleaned": 0}}  # none is an hour old
    path = CLEAN.path
    assert good(admin.post(path, json={"grace": 0, "limit": 4, "status": "completed"}))["data"] == {"cleaned": 4}
    assert good(admin.post(path, json={"grace": 0}))["data"] == {"cleaned": 2}
    assert services.store.counts("excel-import")["failed"] == 1


NO_CLEANS: Any = [
    ({"status": "active"}, "status"),
    ({"status": "waiting"}, "status"),
    ({"status": 5}, "status"),
    ({"grace": -1}, "grace"),
    ({"grace": "1h"}, "grace"),
    ({"grace": 10**18}, "grace"),
    ({"limit": True}, "limit"),
]


def test_a_clean_that_is_none_is_refused(admin: FlaskClient) -> None:
    for body, field in NO_CLEANS:
        answer = admin.post(CLEAN.path, json=body)
        assert (answer.status_code, told(answer)["errors"][0]["field"]) == (422, field)
