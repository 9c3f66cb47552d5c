"""Alerts of one's own over the API, the history of alerts, and tests of channels."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from callboard.history.audit import audit_lines
from callboard.history.database import reading, writing
from callboard.history.notification_models import AlertFiringRow
from research.notifications.notices import latest
from research.notifications.rules import change
from research.notifications.services import ADMINISTRATORS
from tests.web.conftest import told
from web.services import Services

ALERTS = "/api/v1/alerts"
NEW: dict[str, Any] = {"name": "failed mails", "query": "state:failed type:email_send", "above": 50}


def test_a_search_is_watched_changed_and_watched_no_more(operator: FlaskClient, services: Services) -> None:
    made = operator.post(ALERTS, json=NEW)
    watch = told(made)
    assert (made.status_code, watch["above"], watch["count"], watch["created_by"]) == (201, 50, None, "the operator")
    assert made.headers["Location"].endswith(f"/alerts/watches/{watch['id']}")

    changed = told(operator.patch(f"{ALERTS}/watches/{watch['id']}", json={"above": 5, "enabled": False}))
    assert (changed["above"], changed["enabled"]) == (5, False)
    assert [one["name"] for one in told(operator.get(f"{ALERTS}/watches"))["watches"]] == ["failed mails"]
    assert operator.delete(f"{ALERTS}/watches/{watch['id']}").status_code == 204
    assert operator.delete(f"{ALERTS}/watches/{watch['id']}").status_code == 404
    assert [line.verb for line in audit_lines(services.engine)][-3:] == ["alert.unwatch", "alert.watch", "alert.watch"]


@pytest.mark.parametrize(
    ("change", "status"),
    [({"query": "state:("}, 422), ({"above": -1}, 422), ({"above": 1.5}, 422), ({"name": ""}, 422), ({}, 409)],
)
def test_what_cannot_be_watched_is_told(operator: FlaskClient, change: dict[str, Any], status: int) -> None:
    told(operator.post(ALERTS, json=NEW))

    assert operator.post(ALERTS, json=NEW | change).status_code == status


def test_what_was_told_is_listed_the_newest_first(viewer: FlaskClient, services: Services) -> None:
    about = {"rule": "paused", "subject": "mail", "count": 3, "cause": "3 jobs wait", "since_ms": 1_000}
    with writing(services.engine) as session:
        for number in (1, 2):
            session.add(AlertFiringRow(key=f"paused:{number}", fired_ms=number * 60_000, resolved_ms=None, **about))

    firings = told(viewer.get(f"{ALERTS}/firings?limit=5"))["firings"]

    assert [one["key"] for one in firings] == ["paused:2", "paused:1"]
    assert firings[0]["resolved_at"] is None


def test_a_channel_is_tested(operator: FlaskClient, services: Services) -> None:
    assert told(operator.post(f"{ALERTS}/test", json={"channel": "notice"}))["to"] == [ADMINISTRATORS]
    with reading(services.engine) as session:
        assert [notice.kind for notice in latest(session, ADMINISTRATORS)] == ["test"]
    assert operator.post(f"{ALERTS}/test", json={"channel": "mail"}).status_code == 409
    with writing(services.engine) as session:
        change(session, "backlog", addresses=["ops@lab.example"])

    sent = told(operator.post(f"{ALERTS}/test", json={"channel": "mail"}))

    assert sent["to"] == ["ops@lab.example"]
    assert told(operator.get(f"/api/v1/jobs/{sent['job']}"))["type"] == "email_send"


def test_a_silence_says_why(operator: FlaskClient) -> None:
    told(operator.post("/api/v1/jobs", json={"type": "generate_embeddings", "args": {"paper_id": "7"}}))
    key = "no_workers:paper-processing"
    told(operator.put(f"{ALERTS}/{key}/silence", json={"for_ms": 60_000, "note": "being moved"}))

    (finding,) = told(operator.get(ALERTS))["attention"]

    assert (finding["key"], finding["silence_note"], finding["query"]) == (
        key,
        "being moved",
        "queue:paper-processing state:waiting",
    )


def test_a_chat_is_a_shape_of_a_webhook(admin: FlaskClient) -> None:
    new = {"url": "https://hooks.lab.example/x", "events": ["alert:*"], "shape": "slack"}

    assert told(admin.post("/api/v1/webhooks", json=new))["shape"] == "slack"
    assert admin.post("/api/v1/webhooks", json=new | {"shape": "round"}).status_code == 422
