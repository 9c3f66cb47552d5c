"""Counts of a search, and all it finds as a file."""

import csv
import io
import json

from flask.testing import FlaskClient

from callboard.history.search.find import MOST
from tests.callboard.history.search.rows import plain_row, store
from tests.web.conftest import told
from web.services import Services


def fill(services: Services, count: int, **values: object) -> None:
    store(services.engine, [plain_row(id=f"job-{number:05d}", **values) for number in range(count)])


def test_a_search_is_counted_by_state_and_over_time(viewer: FlaskClient, services: Services) -> None:
    fill(services, 3, state="failed")
    found = told(viewer.get("/api/v1/jobs/states?q=state:failed,completed"))
    assert (found["jobs"], found["states"]["failed"], found["states"]["completed"]) == (3, 3, 0)
    line = told(viewer.get("/api/v1/jobs/timeline?q=state:failed"))
    assert (line["known"], line["jobs"], line["whole"]) == (True, 3, True)
    assert sum(bar["states"]["failed"] for bar in line["bars"] if bar["states"]) == 3


def test_a_search_that_cannot_be_understood_is_refused(viewer: FlaskClient) -> None:
    for name in ("states", "timeline", "export"):
        assert viewer.get(f"/api/v1/jobs/{name}?q=colour:red").status_code == 422


def test_everything_that_fits_becomes_a_file(viewer: FlaskClient, services: Services) -> None:
    fill(services, MOST + 30, error_message="=1+1", state="failed")
    answer = viewer.get("/api/v1/jobs/export?q=state:failed")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="jobs.csv"'
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert [line["id"] for line in lines] == [f"job-{number:05d}" for number in reversed(range(MOST + 30))]
    assert {line["error"] for line in lines} == {"'=1+1"}
    answer = viewer.get("/api/v1/jobs/export?format=ndjson")
    assert len([json.loads(line) for line in answer.text.splitlines()]) == MOST + 30


def test_what_is_typed_may_become_a_term(viewer: FlaskClient) -> None:
    first = told(viewer.get("/api/v1/jobs/suggest?q=tag:x+sta"))["suggestions"][0]
    assert (first["shown"], first["text"]) == ("state:", "tag:x state:")
