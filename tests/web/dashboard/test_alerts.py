"""The page of alerts."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from callboard.history.database import writing
from callboard.history.notification_models import AlertFiringRow
from tests.web.conftest import told
from web.dashboard.pages.alerts import between, hears, number_words
from web.services import Services

ALERTS = "/admin/queues/alerts"


def test_without_an_alert_the_page_says_what_could_be_there(viewer: FlaskClient) -> None:
    shown = viewer.get(ALERTS).text

    for words in ("Nothing holds.", "No search is watched", "Nothing was told yet", "waiting 1,000, oldest 900 s"):
        assert words in shown
    assert "data-act" not in shown
    assert "data-open" not in shown


def test_what_holds_is_at_its_rule_and_silent_while_silenced(operator: FlaskClient) -> None:
    told(operator.post("/api/v1/jobs", json={"type": "generate_embeddings", "args": {"paper_id": "7"}}))
    shown = operator.get(ALERTS).text
    assert "1 job wait in paper-processing and no worker serves it" in shown
    assert "1 holds" in shown

    path = "/api/v1/alerts/no_workers:paper-processing/silence"
    told(operator.put(path, json={"for_ms": 60_000, "note": "<i>known</i>"}))
    silent = operator.get(ALERTS).text
    assert "&lt;i&gt;known&lt;/i&gt;" in silent
    assert f'data-act="DELETE" data-href="{path}"' in silent


def test_an_alert_is_made_of_a_search_that_is_given(operator: FlaskClient, viewer: FlaskClient) -> None:
    shown = operator.get(f"{ALERTS}?q=state:failed+%22%3Cb%3E%22").text
    assert 'data-act="POST" data-href="/api/v1/alerts"' in shown
    assert 'value="state:failed &#34;&lt;b&gt;&#34;"' in shown
    assert "New alert" not in viewer.get(f"{ALERTS}?q=x").text


def test_watches_and_history_are_listed(operator: FlaskClient, services: Services) -> None:
    told(operator.post("/api/v1/alerts", json={"name": "<u>odd</u>", "query": "state:failed", "above": 5}))
    about = {"key": "paused:mail", "rule": "paused", "subject": "mail", "count": 3, "cause": "3 jobs <wait>"}
    with writing(services.engine) as session:
        session.add(AlertFiringRow(**about, since_ms=1_000, fired_ms=61_000, resolved_ms=121_000))
    regions = json.loads(operator.get(ALERTS, headers={"X-Regions": "watched,history"}).data)

    assert "&lt;u&gt;odd&lt;/u&gt;" in regions["watched"]
    assert "not counted" in regions["watched"]
    assert "3 jobs &lt;wait&gt;" in regions["history"]
    assert "2 min" in regions["history"]


def test_an_admin_changes_rules_and_adds_channels(admin: FlaskClient, operator: FlaskClient) -> None:
    told(
        admin.post(
            "/api/v1/webhooks", json={"url": "https://hooks.lab.example/x", "events": ["alert:*"], "shape": "slack"}
        )
    )
    shown = admin.get(ALERTS).text

    assert 'name="numbers.oldest_s"' in shown
    assert 'id="new-hook"' in shown
    assert ">chat<" in shown
    assert 'name="numbers.oldest_s"' not in operator.get(ALERTS).text


def test_without_sql_each_part_says_so(viewer: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any, **__: Any) -> Any:
        raise OperationalError("SELECT", {}, Exception("the disk is away"))

    for name in ("web.api.alerts.reading", "web.api.watches.reading", "web.api.webhooks.reading"):
        monkeypatch.setattr(name, away)
    monkeypatch.setattr("research.notifications.attention.reading", away)
    answer = viewer.get(ALERTS)

    assert answer.status_code == 200
    assert answer.text.count("This cannot be read now.") == 5


def test_words_of_alerts() -> None:
    assert [number_words(*pair) for pair in (("for_s", 60), ("memory_share", 0.85), ("waiting", 5_000))] == [
        "for 60 s",
        "memory share 0.85",
        "waiting 5,000",
    ]
    assert between("2026-11-22T10:00:00Z", "2026-11-22T10:00:01.5Z") == 1_500
    assert [hears({"events": events}) for events in ([], ["job:failed"], ["*"], ["alert:fired"])] == [
        False,
        False,
        True,
        True,
    ]
