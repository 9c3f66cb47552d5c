"""The pages of schedules: the list, one schedule, acts by role, a new one."""

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import told

NEW = {"type": "system_health_check", "cron": "*/5 * * * *", "zone": "Europe/Berlin"}


@pytest.fixture
def nightly(operator: FlaskClient) -> str:
    """A schedule."""
    assert operator.put("/api/v1/schedules/nightly", json=NEW).status_code == 201
    return "/admin/queues/schedules/nightly"


def test_schedules_are_listed_in_words(viewer: FlaskClient, nightly: str) -> None:
    shown = viewer.get("/admin/queues/schedules").text
    assert "nightly" in shown
    assert "*/5 * * * *" in shown
    assert "data-act" not in shown


def test_no_schedules_is_said(viewer: FlaskClient) -> None:
    assert "No schedules" in viewer.get("/admin/queues/schedules").text


def test_a_schedule_shows_its_next_times_in_its_zone(viewer: FlaskClient, operator: FlaskClient, nightly: str) -> None:
    shown = viewer.get(nightly).text
    assert shown.count(" CET<") + shown.count(" CEST<") == 5
    assert "Run now" not in shown
    acts = operator.get(nightly).text
    assert all(f">{act}<" in acts for act in ("Run now", "Pause", "Edit", "Backfill", "Delete"))


def test_who_paused_it_and_why_stands_there(viewer: FlaskClient, operator: FlaskClient, nightly: str) -> None:
    operator.put("/api/v1/schedules/nightly/pause", json={"note": "the <b>printer</b> is out"})
    assert "by the operator: the &lt;b&gt;printer&lt;/b&gt; is out" in viewer.get(nightly).text


def test_its_last_times_are_listed_with_their_jobs(viewer: FlaskClient, operator: FlaskClient, nightly: str) -> None:
    job = told(operator.post("/api/v1/schedules/nightly/runs", json={}))["job"]
    assert job[-8:] in viewer.get(nightly).text
    assert 'class="steps"' in viewer.get("/admin/queues/schedules").text


def test_an_unknown_schedule_is_a_page_that_says_so(viewer: FlaskClient) -> None:
    missing = viewer.get("/admin/queues/schedules/nothing", headers={"Accept": "text/html"})
    assert missing.status_code == 404
    assert "nothing&#34; is unknown" in missing.text


def test_a_new_schedule_has_a_form(operator: FlaskClient, viewer: FlaskClient) -> None:
    assert "<option>system_health_check</option>" in operator.get("/admin/queues/schedules/new").text
    assert "needs the role operator" in viewer.get("/admin/queues/schedules/new").text
