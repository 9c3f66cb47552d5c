"""The first page: what needs attention with what to do about it, numbers, queues, what runs, what comes next."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from callboard.broker.errors import ConnectionLost
from callboard.broker.link import Links
from callboard.history.database import reading
from callboard.history.notification_models import AlertRow
from tests.callboard.history.failing import failed, failure, finished
from tests.jobs import Worker
from tests.web.conftest import told
from web.services import Services

HOME = "/admin/queues/"
NEW: dict[str, Any] = {"type": "generate_embeddings", "args": {"paper_id": "7"}}


def test_an_empty_platform_is_calm(viewer: FlaskClient) -> None:
    shown = viewer.get(HOME).text

    for words in ("Nothing needs attention", "No job finished in this time", "Nothing runs", "No schedule is due"):
        assert words in shown
    assert "Failed, 24 h" in shown


def test_a_finding_has_its_cause_and_what_leads_on(operator: FlaskClient, viewer: FlaskClient) -> None:
    told(operator.post("/api/v1/jobs", json=NEW))
    told(operator.put("/api/v1/queues/paper-processing/pause"))

    shown = operator.get(HOME).text

    assert "1 job wait in paper-processing, which is paused" in shown
    assert 'data-act="DELETE" data-href="/api/v1/queues/paper-processing/pause"' in shown
    assert "/admin/queues/jobs?q=queue%3Apaper-processing+state%3Awaiting" in shown
    assert 'data-act="PUT" data-href="/api/v1/alerts/paused:paper-processing/silence"' in shown
    assert "data-act" not in viewer.get(HOME).text


def test_a_new_kind_of_failure_offers_to_retry_its_group(operator: FlaskClient, services: Services) -> None:
    row = failure("<script>alert(1)</script>", services.now_ms() - 1_000, error_type="<b>Odd")
    failed(services.engine, row)

    shown = operator.get(HOME).text

    assert "&lt;b&gt;Odd was never seen before, now 1 time" in shown
    assert f'data-act="POST" data-href="/api/v1/errors/{row["fingerprint"]}/retry"' in shown
    assert "<b>Odd" not in shown


def test_a_finding_is_silenced_with_a_note(operator: FlaskClient, services: Services) -> None:
    told(operator.post("/api/v1/jobs", json=NEW))
    silenced = operator.put(
        "/api/v1/alerts/no_workers:paper-processing/silence", json={"for_ms": 60_000, "note": "known"}
    )

    assert silenced.status_code == 200
    assert "Nothing needs attention" in operator.get(HOME).text
    with reading(services.engine) as session:
        assert session.get(AlertRow, "no_workers:paper-processing") is not None


def test_queues_with_work_are_cards_and_the_others_are_named(operator: FlaskClient, services: Services) -> None:
    told(operator.post("/api/v1/jobs", json=NEW))
    told(operator.post("/api/v1/jobs", json={"type": "system_health_check", "args": {}}))
    worker = Worker(services.links, "paper-processing")
    (taken,) = worker.fetch()
    worker.renew(taken)
    finished(services.engine, 3, services.now_ms() - 1_000, queue="paper-processing")

    shown = operator.get(HOME).text

    assert f'data-job="{taken.id}"' in shown
    assert 'data-count="paper-processing:active">1<' in shown
    assert "3 completed, 0 failed" in shown


def test_a_region_alone_is_its_part_of_the_page(viewer: FlaskClient) -> None:
    answer = viewer.get(HOME, headers={"X-Regions": "tiles,running"})

    assert sorted(json.loads(answer.data)) == ["running", "tiles"]
    assert "Throughput" not in answer.text


@pytest.mark.parametrize("name", ["1h", "24h", "7d"])
def test_the_chart_is_of_the_time_that_is_asked_for(viewer: FlaskClient, services: Services, name: str) -> None:
    finished(services.engine, 2, services.now_ms() - 1_000)
    shown = viewer.get(f"{HOME}?range={name}").text

    assert f'aria-current="true">{name}<' in shown
    assert "2 completed" in shown


def test_a_range_that_there_is_not_is_told(viewer: FlaskClient) -> None:
    answer = viewer.get(f"{HOME}?range=9y", headers={"Accept": "text/html"})

    assert answer.status_code == 422
    assert "range &#39;9y&#39; is unknown" in answer.text


def test_without_redis_the_page_keeps_what_sql_knows(
    viewer: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished(services.engine, 2, services.now_ms() - 1_000)

    def lost(*_: Any, **__: Any) -> Any:
        raise ConnectionLost("Redis does not answer")

    monkeypatch.setattr(Links, "run", lost)
    monkeypatch.setattr(Links, "call", lost)
    monkeypatch.setattr(Links, "now_ms", lost)
    answer = viewer.get(HOME)

    assert answer.status_code == 200
    assert "This cannot be read now." in answer.text
    assert "2 completed" in answer.text


def test_without_sql_the_page_keeps_what_redis_knows(
    viewer: FlaskClient, operator: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(operator.post("/api/v1/jobs", json=NEW))

    def away(*_: Any, **__: Any) -> Any:
        raise OperationalError("SELECT", {}, Exception("the disk is away"))

    monkeypatch.setattr("callboard.history.throughput.reading", away)
    monkeypatch.setattr("callboard.history.queue_numbers.reading", away)
    monkeypatch.setattr("callboard.history.pulse.reading", away)
    answer = viewer.get(HOME)

    assert answer.status_code == 200
    assert "This cannot be read now." in answer.text
    assert 'data-count="paper-processing:waiting">1<' in answer.text
