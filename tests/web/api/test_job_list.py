"""Lists of jobs over the API."""

import csv
import io
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from callboard.history.recorder import Recorder
from tests.web.conftest import told
from tests.web.recorded import record
from web.services import Services


@pytest.fixture
def jobs(operator: FlaskClient, services: Services) -> list[str]:
    """Seven jobs in the history, the newest first; every other one is for paper 1."""
    ids = []
    for n in range(7):
        body = {"type": "generate_embeddings", "args": {"paper_id": str(n % 2)}, "tags": [f"n{n}", "=1+1"]}
        ids.append(told(operator.post("/api/v1/jobs", json=body))["id"])
    operator.put(f"/api/v1/jobs/{ids[3]}/cancellation")
    recorder = Recorder(services.engine, services.links)
    while recorder.step(block_ms=1):
        pass
    return ids[::-1]


def listed(client: FlaskClient, **asked: Any) -> dict[str, Any]:
    answer = client.get("/api/v1/jobs", query_string=asked)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = told(answer)
    return page


def test_pages_follow_each_other_both_ways(viewer: FlaskClient, jobs: list[str]) -> None:
    first = listed(viewer, limit=3)
    second = listed(viewer, limit=3, cursor=first["next"])
    third = listed(viewer, limit=3, cursor=second["next"])
    assert [job["id"] for page in (first, second, third) for job in page["jobs"]] == jobs
    assert (first["prev"], third["next"]) == (None, None)
    back = listed(viewer, limit=3, cursor=third["prev"])
    assert [job["id"] for job in back["jobs"]] == jobs[3:6]


def test_the_links_of_a_page_keep_its_search(viewer: FlaskClient, jobs: list[str]) -> None:
    answer = viewer.get("/api/v1/jobs?q=args.paper_id:0&limit=2")
    target = answer.headers["Link"].partition("<")[2].partition(">")[0]
    assert 'rel="next"' in answer.headers["Link"]
    assert [job["id"] for job in told(viewer.get(target))["jobs"]] == [jobs[4], jobs[6]]


@pytest.mark.parametrize(
    ("asked", "places"),
    [
        ({"state": "cancelled"}, [3]),
        ({"state": "cancelled,completed", "type": "generate-embeddings"}, [3]),
        ({"q": "args.paper_id:1"}, [1, 3, 5]),
        ({"q": "args.paper_id:1 -state:cancelled"}, [1, 5]),
        ({"q": "tag:n6"}, [0]),
        ({"queue": "excel-import"}, []),
    ],
)
def test_jobs_are_found(viewer: FlaskClient, jobs: list[str], asked: dict[str, str], places: list[int]) -> None:
    page = listed(viewer, **asked)
    assert [job["id"] for job in page["jobs"]] == [jobs[place] for place in places]
    assert page["count"] == len(places)


@pytest.mark.parametrize(
    "asked",
    [
        {"q": "state:"},
        {"q": "("},
        {"q": "x" * 10_000},
        {"cursor": "nonsense"},
        {"cursor": "\x00"},
        {"limit": "many"},
        {"state": "sleeping"},
        {"sort": "id; DROP TABLE jobs"},
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(viewer: FlaskClient, asked: dict[str, str]) -> None:
    answer = viewer.get("/api/v1/jobs", query_string=asked)
    assert answer.status_code == 422, answer.text
    assert len(told(answer)["detail"]) > 10


@pytest.mark.parametrize("limit", [10**9, -5, 0])
def test_a_limit_is_brought_within_its_bounds(viewer: FlaskClient, jobs: list[str], limit: int) -> None:
    assert len(listed(viewer, limit=limit)["jobs"]) == (7 if limit > 0 else 1)


def test_a_list_comes_as_ndjson_and_as_csv_without_formulas(viewer: FlaskClient, jobs: list[str]) -> None:
    lines = viewer.get("/api/v1/jobs", headers={"Accept": "application/x-ndjson"})
    assert [json.loads(line)["id"] for line in lines.text.splitlines()] == jobs
    table = viewer.get("/api/v1/jobs", headers={"Accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [row["id"] for row in rows] == jobs
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "@", "+"))]


@pytest.mark.parametrize("tag", ["=1+1", " =1+1", "\uff1d1+1", "@x", "-2+3"])
def test_a_cell_of_a_table_is_text_by_the_rule_of_all_exports(
    operator: FlaskClient, services: Services, tag: str
) -> None:
    operator.post("/api/v1/jobs", json={"type": "generate_embeddings", "args": {"paper_id": "7"}, "tags": [tag]})
    record(services)
    table = operator.get("/api/v1/jobs", headers={"Accept": "text/csv"})
    (row,) = csv.DictReader(io.StringIO(table.text))
    assert (row["tags"], row["attempt"]) == (f"'{tag}", "0")


def test_jobs_are_counted_by_queue_and_state(viewer: FlaskClient, jobs: list[str]) -> None:
    counts = told(viewer.get("/api/v1/jobs/counts"))
    assert (counts["states"]["waiting"], counts["states"]["cancelled"]) == (6, 1)
    assert counts["queues"]["paper-processing"]["waiting"] == 6


def test_a_search_is_completed(viewer: FlaskClient, jobs: list[str]) -> None:
    found = told(viewer.get("/api/v1/jobs/suggest?q=state:can"))["suggestions"]
    assert [suggestion["text"] for suggestion in found] == ["state:cancelled"]


def test_the_parts_of_a_job_are_told(viewer: FlaskClient, jobs: list[str], services: Services) -> None:
    first, cancelled = jobs[6], jobs[3]
    position = told(viewer.get(f"/api/v1/jobs/{jobs[0]}/position"))
    assert (position["place"], position["why"]["reason"]) == (5, "no_worker")
    assert told(viewer.get(f"/api/v1/jobs/{cancelled}/position"))["place"] is None
    assert told(viewer.get(f"/api/v1/jobs/{first}/progress"))["progress"] is None
    assert told(viewer.get(f"/api/v1/jobs/{first}/attempts")) == {"id": first, "attempts": []}
    assert told(viewer.get(f"/api/v1/jobs/{first}/logs?after=0&level=warning")) == {"id": first, "lines": [], "next": 0}
    assert viewer.get(f"/api/v1/jobs/{first}/logs?level=loud").status_code == 422
    for part in ("attempts", "logs", "progress", "position"):
        assert viewer.get(f"/api/v1/jobs/nobody/{part}").status_code == 404
