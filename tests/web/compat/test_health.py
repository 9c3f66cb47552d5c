"""Health as S1 and S3 ask for it."""

import pytest
from flask.testing import FlaskClient

from callboard.broker.errors import ConnectionLost
from callboard.broker.store import Store
from tests.web.compat.asking import enqueued, good, hired, send
from tests.web.compat.documents import S1_CURLS
from tests.web.compat.printed import curls
from tests.web.conftest import told
from web.services import Services

HEALTH = curls(S1_CURLS)[3]
STATS = {"waiting": 2, "active": 0, "completed": 0, "failed": 0, "delayed": 0, "cancelled": 0}


# S1.32 S1.39
def test_s1_is_told_whether_jobs_can_run(viewer: FlaskClient, services: Services) -> None:
    enqueued(services, "cache", "cache_warm", 2)
    answer = send(viewer, HEALTH)
    assert (answer.status_code, told(answer)["healthy"], told(answer)["queue"]) == (503, False, "unhealthy")
    hired(services, "cache")
    said = good(send(viewer, HEALTH))
    assert (said["healthy"], said["queue"], said["details"]["queueStatus"], said["stats"]) == (
        True,
        "healthy",
        STATS,
        STATS,
    )
    assert (said["details"]["workers"], said["details"]["redis"]) == (1, True)


# S3.17
def test_s3_is_told_of_its_queue(viewer: FlaskClient, services: Services) -> None:
    enqueued(services, "ai-analysis", "ai_analysis", 2)
    hired(services, "cache")
    assert viewer.get("/api/ai-analysis/health").status_code == 503
    hired(services, "ai-analysis")
    assert good(viewer.get("/api/ai-analysis/health")) == {"queue": "healthy", "stats": STATS}


def test_a_server_that_is_away_is_told_to_monitors(viewer: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> list[str]:
        raise ConnectionLost("no connection to redis://user:hunter2@host")

    monkeypatch.setattr(Store, "counts", away)
    monkeypatch.setattr(Store, "queues", away)
    for path in (HEALTH.path, "/api/ai-analysis/health"):
        answer = viewer.get(path)
        assert (answer.status_code, told(answer)["queue"], told(answer)["stats"]) == (503, "unhealthy", None)
        assert "hunter2" not in answer.text
