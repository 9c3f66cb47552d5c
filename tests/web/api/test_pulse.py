"""The numbers of the first page and of the charts, over the API."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask.testing import FlaskClient

from callboard.history.database import writing
from callboard.history.run_heat import BANDS_MS
from research.ai.models import CallRow
from tests.callboard.history.failing import finished
from tests.jobs import Worker
from tests.web.conftest import told
from web.services import Services

NEW: dict[str, Any] = {"type": "generate_embeddings", "args": {"paper_id": "7"}}


def test_the_pulse_tells_what_was_done_and_who_waits_longest(operator: FlaskClient, services: Services) -> None:
    now = services.now_ms()
    finished(services.engine, 3, now - 1_000)
    finished(services.engine, 1, now - 1_000, state="failed")
    told(operator.post("/api/v1/jobs", json=NEW))

    found = told(operator.get("/api/v1/stats/pulse"))

    assert (found["per_minute"], found["failed"], found["failed_share"]) == (0.8, 1, 0.25)
    assert (len(found["minutes"]), len(found["hours"]), found["hours"][-1]["completed"]) == (60, 24, 3)
    assert found["oldest_queue"] == "paper-processing"
    assert found["oldest_at"].startswith(str(datetime.now(UTC).year))


def test_an_empty_platform_has_a_pulse_too(viewer: FlaskClient) -> None:
    found = told(viewer.get("/api/v1/stats/pulse"))

    assert (found["failed_share"], found["oldest_at"], found["oldest_queue"]) == (None, None, None)
    assert told(viewer.get("/api/v1/stats/running")) == {"jobs": []}


def test_jobs_that_run_are_listed_the_longest_first(operator: FlaskClient, services: Services) -> None:
    first, second = (told(operator.post("/api/v1/jobs", json=NEW))["id"] for _ in range(2))
    worker = Worker(services.links, "paper-processing")
    assert [job.id for job in (*worker.fetch(), *worker.fetch())] == [first, second]

    jobs = told(operator.get("/api/v1/stats/running"))["jobs"]

    assert [(job["id"], job["state"], job["attempt"]) for job in jobs] == [(first, "active", 1), (second, "active", 1)]


def test_run_times_slow_jobs_and_costs_of_a_time(viewer: FlaskClient, services: Services) -> None:
    now = services.now_ms()
    slow = finished(services.engine, 1, now - 1_000, run_ms=70_000, cost_usd=0.5)[0]
    finished(services.engine, 2, now - 1_000, run_ms=1, type="report")
    with writing(services.engine) as session:
        session.add(
            CallRow(
                id="1",
                task="t",
                job_id=slow,
                item="",
                provider="openai",
                model="m",
                state="done",
                tokens_in=10,
                tokens_out=3,
                cost_nano_usd=500_000_000,
                started_at=datetime.now(UTC) - timedelta(minutes=1),
            )
        )

    heat = told(viewer.get("/api/v1/stats/heat?step_ms=60000"))
    assert len(heat["steps"]) in (60, 61)
    assert heat["bands_ms"] == list(BANDS_MS)
    assert [sum(cells) for cells in zip(*(step["cells"] for step in heat["steps"]), strict=True)] == [
        2, 0, 0, 0, 0, 0, 1, 0, 0,
    ]  # fmt: skip
    assert [job["id"] for job in told(viewer.get("/api/v1/stats/slowest?limit=1"))["jobs"]] == [slow]
    costs = told(viewer.get("/api/v1/stats/costs"))
    assert costs["types"] == [{"type": "mail", "jobs": 1, "usd": 0.5}]
    assert [(use["model"], use["tokens_in"], use["usd"]) for use in costs["models"]] == [("m", 10, 0.5)]
    assert costs["usd"] == 0.5
    none = told(viewer.get("/api/v1/stats/costs?type=report"))
    assert (none["types"], none["models"], none["usd"]) == ([], [], 0)
