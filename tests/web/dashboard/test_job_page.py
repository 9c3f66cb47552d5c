"""The page of one job."""

import json
import re
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from callboard.broker.errors import ConnectionLost
from callboard.broker.store import Store
from callboard.history.database import writing
from callboard.history.models import AttemptRow
from tests.callboard.history.search.rows import NOW_MS, plain_row, store
from tests.web.conftest import told
from web.services import Services

ID = "01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2"
PATH = f"/admin/queues/jobs/{ID}"


def past(services: Services, **values: Any) -> None:
    store(services.engine, [plain_row(id=ID, **{"enqueued_ms": NOW_MS, **values})])


def enqueued(operator: FlaskClient, **more: Any) -> str:
    job = {"type": "generate_embeddings", "args": {"paper_id": "7"}} | more
    id: str = told(operator.post("/api/v1/jobs", json=job))["id"]
    return id


def shown(client: FlaskClient, path: str = PATH) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_waiting_job_says_why_and_offers_what_can_be_done(operator: FlaskClient) -> None:
    page = shown(operator, f"/admin/queues/jobs/{enqueued(operator, tags=['a', 'b'])}")
    assert "no worker serves its queue" in page
    assert 'data-act="PUT"' in page
    assert 'data-open="edit"' in page
    assert "It has not run yet" in page
    assert re.search(r'name="args.paper_id" value="7"', page)
    assert '<span class="tag">a</span>' in page


def test_who_only_looks_sees_no_acts(viewer: FlaskClient, operator: FlaskClient) -> None:
    page = shown(viewer, f"/admin/queues/jobs/{enqueued(operator)}")
    assert not re.search(r"data-act=(?!\"DELETE\" data-href=\"/session)", page)
    assert 'data-open="' not in page


def test_legs_tell_how_long_each_state_took(viewer: FlaskClient, services: Services) -> None:
    past(services, state="completed", attempt=2, attempts=3, finished_ms=NOW_MS + 20_000, result='{"rows": 5}')
    with writing(services.engine) as session:
        times = ((1, 1_000, 3_000, "retry"), (2, 13_000, 20_000, "completed"))
        for fence, begun, ended, outcome in times:
            row = {"job_id": ID, "fence": fence, "attempt": fence, "worker": "host-1", "outcome": outcome}
            session.add(AttemptRow(**row, started_ms=NOW_MS + begun, ended_ms=NOW_MS + ended))
    page = shown(viewer)
    legs = re.findall(r'<li class="leg (\w+)[^"]*">.*?<b>([^<]*)</b>', page, re.DOTALL)
    assert legs == [
        ("waiting", "1.0 s"),
        ("active", "2.0 s"),
        ("delayed", "10 s"),
        ("active", "7.0 s"),
        ("completed", ""),
    ]
    assert '<span class="json-key">rows</span>' in page


def test_a_list_of_records_is_a_table_and_files_are_links(viewer: FlaskClient, services: Services) -> None:
    past(services, state="completed", result=json.dumps([{"sample": "A", "pH": 7.1}, {"sample": "B", "note": "=1"}]))
    page = shown(viewer)
    assert re.findall(r'<th scope="col">(sample|pH|note)</th>', page) == ["sample", "pH", "note"]
    stored = services.files.put(BytesIO(b"x"), "x.csv")
    store(
        services.engine, [plain_row(id=ID[:-1] + "3", state="completed", result=json.dumps({"file": stored.reference}))]
    )
    link = re.search(r'href="(/api/v1/files/[^"]+)"', shown(viewer, PATH[:-1] + "3"))
    assert link is not None
    with viewer.get(link[1]) as answer:
        assert answer.data == b"x"


def test_an_unknown_job_is_not_found(viewer: FlaskClient) -> None:
    answer = viewer.get(PATH, headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "unknown" in answer.text


def test_without_redis_the_page_says_so(viewer: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise ConnectionLost("Redis does not answer")

    monkeypatch.setattr(Store, "find", away)
    assert "This cannot be read now" in shown(viewer)


def test_log_and_result_become_files(viewer: FlaskClient, services: Services) -> None:
    past(services, state="completed", result='{"a": "ü"}')
    answer = viewer.get(f"{PATH}/result.json")
    assert json.loads(answer.data) == {"a": "ü"}
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{ID}.json"'
    assert viewer.get(f"{PATH}/log.txt").status_code == 200


@pytest.mark.parametrize("odd", ["<script>alert(1)</script>", "'\"><img src=x onerror=alert(1)>", "ü" * 5_000])
def test_odd_values_are_text(viewer: FlaskClient, services: Services, odd: str) -> None:
    values = {"type": odd[:200], "queue": odd[:200], "user": odd[:200], "worker": odd[:200], "unique_key": odd}
    values |= {
        "kwargs": json.dumps({odd[:40]: [odd, {"x": odd}]}),
        "tags": json.dumps([odd]),
        "meta": json.dumps({odd: odd}),
    }
    past(services, state="completed", result=json.dumps([{odd[:40]: odd}]), checkpoint=json.dumps(odd), **values)
    page = shown(viewer)
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_a_region_is_fetched_by_itself(operator: FlaskClient) -> None:
    path = f"/admin/queues/jobs/{enqueued(operator)}"
    found = told(operator.get(path, headers={"X-Regions": "now,notes,facts"}))
    assert set(found) == {"now", "notes", "facts"}
    assert "No note yet" in found["notes"]
