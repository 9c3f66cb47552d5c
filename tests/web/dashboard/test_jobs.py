"""The page of jobs."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from callboard.broker.errors import ConnectionLost
from callboard.broker.store import Store
from tests.callboard.history.search.rows import plain_row, store
from tests.web.conftest import told
from web.services import Services

PATH = "/admin/queues/jobs"
ID = "01K6ZJ3V9GQ0X8Y7W6T5S4R3"


def history(services: Services, count: int = 3, **values: Any) -> list[str]:
    """So many jobs of the history; their ids, newest first."""
    rows = [plain_row(id=f"{ID}{number:02d}", **values) for number in range(count)]
    store(services.engine, rows)
    return [row["id"] for row in reversed(rows)]


def shown(client: FlaskClient, **asked: str) -> str:
    answer = client.get(PATH, query_string=asked)
    assert answer.status_code == 200, answer.text
    return answer.text


def rows(page: str) -> list[str]:
    return re.findall(r'<tr data-job="([^"]+)"', page)


def test_the_newest_jobs_are_there_without_a_script_and_lead_on(viewer: FlaskClient, services: Services) -> None:
    ids = history(services, 60, type="extract_pdf")
    page = shown(viewer)
    assert rows(page) == ids[:50]
    onward = re.search(r'rel="next" href="([^"]+)"', page)
    assert onward is not None
    assert rows(viewer.get(onward[1].replace("&amp;", "&")).text) == ids[50:]


def test_tabs_count_the_search_by_state_and_keep_the_rest_of_it(viewer: FlaskClient, services: Services) -> None:
    history(services, 2, state="failed", queue="mail")
    store(services.engine, [plain_row(id="other", state="completed", queue="mail")])
    page = shown(viewer, q="queue:mail state:failed")
    assert len(rows(page)) == 2
    tabs = dict(re.findall(r'href="[^"]*"[^>]*>(\w+) <span class="count[^"]*">(\d+)<', page))
    assert (tabs["All"], tabs["Failed"], tabs["Completed"]) == ("3", "2", "1")
    assert f"{PATH}?q=queue:mail+state:completed" in page


def test_fields_beside_the_search_are_written_into_it(viewer: FlaskClient) -> None:
    answer = viewer.get(PATH, query_string={"q": "tag:x queue:old", "queue": "mail", "columns": "queue,cost"})
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{PATH}?q=tag:x+queue:mail&columns=queue,cost"


def test_what_is_wrong_with_a_search_stands_beside_it(viewer: FlaskClient, services: Services) -> None:
    history(services)
    page = shown(viewer, q="colour:red")
    assert re.search(r'id="q-error" role="alert">[^<]*colour', page)
    assert 'aria-invalid="true"' in page
    assert rows(page) == []


def test_a_pasted_id_or_line_leads_to_its_job(viewer: FlaskClient, services: Services) -> None:
    id = history(services, 1)[0]
    for text in (id, f"2026-11-22 10:00:01 INFO job={id} done", f"http://here/admin/queues/jobs/{id}?x=1"):
        assert viewer.get(PATH, query_string={"q": text}).headers["Location"] == f"{PATH}/{id}"
    assert "No job fits" in shown(viewer, q="01K6ZJ3V9GQ0X8Y7W6T5S4R3ZZ")


def test_an_empty_board_says_how_a_job_comes_to_be(viewer: FlaskClient, operator: FlaskClient) -> None:
    assert "No job yet" in shown(viewer)
    assert "callboard enqueue" in shown(operator)


def test_columns_are_chosen_by_the_address(viewer: FlaskClient, services: Services) -> None:
    history(services, 1, cost_usd=0.25, user="ann")
    page = shown(viewer, columns="cost,nothing")
    assert "$0.2500" in page
    assert 'class="c-user' not in page


def test_who_only_looks_is_offered_no_acts(viewer: FlaskClient, operator: FlaskClient, services: Services) -> None:
    history(services, 1, state="failed")
    mark = re.compile(r'data-act="POST" data-href="[^"]*/retry"|data-bulk|name="row"')
    assert not mark.search(shown(viewer))
    assert len(mark.findall(shown(operator))) >= 3


def test_a_search_leads_to_an_alert_on_it(viewer: FlaskClient, operator: FlaskClient, services: Services) -> None:
    history(services)
    led = "/admin/queues/alerts?q=state:failed"
    assert led in shown(operator, q="state:failed")
    assert 'value="state:failed"' in operator.get(led).text
    assert led not in shown(viewer, q="state:failed")
    assert "alerts?q=" not in shown(operator)


def test_only_rows_that_changed_are_read_anew(viewer: FlaskClient, services: Services) -> None:
    ids = history(services, 5)
    answer = viewer.get(PATH, query_string={"ids": f"{ids[3]},{ids[1]}"}, headers={"X-Regions": "rows"})
    assert set(rows(told(answer)["rows"])) == {ids[1], ids[3]}


def test_without_redis_the_history_is_still_shown(
    viewer: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = history(services)

    def away(*_: object) -> None:
        raise ConnectionLost("Redis does not answer")

    monkeypatch.setattr(Store, "queues", away)
    page = shown(viewer)
    assert rows(page) == ids
    assert "This cannot be read now" in page


@pytest.mark.parametrize("odd", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "ü" * 5_000, "\u202e"])
def test_odd_values_are_text(viewer: FlaskClient, services: Services, odd: str) -> None:
    values = {"type": odd[:200], "queue": odd[:200], "user": odd[:200], "error_message": odd, "state": "failed"}
    history(services, 1, **values, tags=f'["{odd[:20]}"]' if '"' not in odd else None)
    page = shown(viewer)
    assert "<script>alert" not in page
    assert "<img src=x" not in page
