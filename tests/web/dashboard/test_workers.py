"""The pages of workers: all with their versions, one with what it runs."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import told
from web.dashboard.pages.workers import versions
from web.services import Services

LIST = "/admin/queues/workers"


@pytest.fixture
def worker(services: Services, operator: FlaskClient) -> str:
    """A worker that runs a job; of another it is only known that it is there."""
    about = {
        "host": "<b>h",
        "pid": 1,
        "threads": 4,
        "version": "2.0",
        "lease_ms": 60_000,
        "queues": ["paper-processing"],
    }
    services.links.call(*services.links.script("register", "w1", 60_000, json.dumps(about)))
    services.links.call(*services.links.script("register", "w2", 60_000, "{}"))
    body = {"type": "generate_embeddings", "args": {"paper_id": "7"}}
    id: str = told(operator.post("/api/v1/jobs", json=body))["id"]
    services.links.call(*services.links.script("fetch", "w1", "r1", 60_000, 1, 0, "paper-processing"))
    return id


def test_workers_are_listed_with_their_slots_jobs_and_versions(
    viewer: FlaskClient, operator: FlaskClient, worker: str
) -> None:
    shown = viewer.get(LIST).text
    assert "1 of 4" in shown
    assert "2 versions run side by side." in shown
    assert "<b>h" not in shown
    assert "data-act=" not in shown.split('<main id="main"')[1]
    assert 'data-act="PUT" data-href="/api/v1/workers/w1/quiet"' in operator.get(LIST).text


def test_a_worker_shows_what_it_runs_and_is_woken(viewer: FlaskClient, operator: FlaskClient, worker: str) -> None:
    assert worker in viewer.get(f"{LIST}/w1").text
    told(operator.put("/api/v1/workers/w1/quiet"))
    shown = operator.get(f"{LIST}/w1").text
    assert "It takes no more jobs; those it runs go on." in shown
    assert ">Wake<" in shown
    assert "Idle" in viewer.get(f"{LIST}/w2").text


def test_without_workers_the_page_says_how_to_start_one(viewer: FlaskClient, operator: FlaskClient) -> None:
    operator.post("/api/v1/jobs", json={"type": "generate_embeddings", "args": {"paper_id": "7"}})
    shown = viewer.get(LIST).text
    assert "No worker runs" in shown
    assert "which no worker serves" in shown
    assert viewer.get(f"{LIST}/w9", headers={"Accept": "text/html"}).status_code == 404


def test_versions_are_told_newest_process_first() -> None:
    known: list[dict[str, Any]] = [
        {"version": "1.0", "python": "3.11", "since": "2026-01-01", "threads": 5, "busy": 2},
        {"version": "2.0", "python": "3.11", "since": "2026-01-02", "threads": 5, "busy": 1},
        {"version": "1.0", "python": "3.11", "since": "2026-01-03", "threads": None, "busy": 0},
    ]
    first, second = versions(known)
    assert (first["version"], first["workers"], first["slots"], first["oldest"]) == ("1.0", 2, 5, "2026-01-01")
    assert (second["version"], second["busy"]) == ("2.0", 1)
