"""Links to the progress of one job."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from callboard.history.audit import audit_lines
from tests.web.conftest import told
from web.job_links import JobLink, sign
from web.services import Services

NEW: dict[str, Any] = {"type": "generate_embeddings", "args": {"paper_id": "secret-7"}, "delay_ms": 60_000}


def enqueued(operator: FlaskClient) -> str:
    id: str = told(operator.post("/api/v1/jobs", json=NEW))["id"]
    return id


def shared(operator: FlaskClient, id: str, **wishes: Any) -> dict[str, Any]:
    answer = operator.post(f"/api/v1/jobs/{id}/share", json=wishes)
    assert answer.status_code == 201, answer.text
    values: dict[str, Any] = told(answer)
    return values


def test_who_has_a_link_sees_the_progress_and_nothing_else(operator: FlaskClient, nobody: FlaskClient) -> None:
    id = enqueued(operator)
    link = shared(operator, id)
    seen = told(nobody.get(f"/api/v1/shared/{link['token']}"))
    assert (seen["id"], seen["state"], seen["why"]["reason"], seen["may_cancel"]) == (id, "delayed", "scheduled", False)
    assert "secret-7" not in json.dumps(seen)
    page = nobody.get(link["url"])
    assert page.status_code == 200
    assert "delayed" in page.text
    assert "secret-7" not in page.text
    assert 'id="cancel"' not in page.text
    assert nobody.get(f"/api/v1/jobs/{id}").status_code == 401


def test_a_link_for_looking_cancels_nothing(operator: FlaskClient, nobody: FlaskClient, services: Services) -> None:
    id = enqueued(operator)
    answer = nobody.put(f"/api/v1/shared/{shared(operator, id)['token']}/cancellation")
    assert (answer.status_code, services.store.get(id).state) == (403, "delayed")


def test_a_link_may_allow_to_cancel_its_own_job(operator: FlaskClient, nobody: FlaskClient, services: Services) -> None:
    id, other = enqueued(operator), enqueued(operator)
    link = shared(operator, id, cancel=True)
    assert 'id="cancel"' in nobody.get(link["url"]).text
    answer = nobody.put(f"/api/v1/shared/{link['token']}/cancellation")
    assert (answer.status_code, told(answer)["state"], told(answer)["may_cancel"]) == (200, "cancelled", False)
    assert services.store.get(other).state == "delayed"
    lines = [(line.verb, line.who) for line in audit_lines(services.engine) if line.subject == id]
    assert lines == [("cancel", f"who has a link to {id[-6:]}"), ("share", "the operator")]


def test_a_link_is_for_one_job_and_cannot_be_changed(operator: FlaskClient, nobody: FlaskClient) -> None:
    id, other = enqueued(operator), enqueued(operator)
    token = shared(operator, id)["token"]
    assert nobody.get(f"/admin/queues/j/{other}?t={token}").status_code == 404
    for forged in (f"{token[:-2]}{'A' if token[-2] != 'A' else 'B'}{token[-1]}", "x", "", "a.b", "x" * 5_000):
        assert nobody.get("/admin/queues/j/" + id, query_string={"t": forged}).status_code == 404
    assert nobody.get(f"/api/v1/shared/{token[:-2]}").status_code == 404


def test_a_link_ends(app: Flask, operator: FlaskClient, nobody: FlaskClient) -> None:
    id = enqueued(operator)
    with app.app_context():
        token = sign(JobLink(id, datetime.now(UTC) - timedelta(seconds=1), cancel=True))
    for answer in (nobody.get(f"/api/v1/shared/{token}"), nobody.put(f"/api/v1/shared/{token}/cancellation")):
        assert (answer.status_code, told(answer)["code"]) == (410, "link_expired")
    page = nobody.get(f"/admin/queues/j/{id}?t={token}", headers={"Accept": "text/html"})
    assert (page.status_code, "ask for a new one" in page.text) == (410, True)


@pytest.mark.parametrize("wish", [{"expires_ms": 0}, {"expires_ms": 10**12}, {"cancel": "sometimes"}, {"more": 1}])
def test_a_wish_that_cannot_be_is_refused(operator: FlaskClient, wish: dict[str, Any]) -> None:
    assert operator.post(f"/api/v1/jobs/{enqueued(operator)}/share", json=wish).status_code == 422


def test_only_who_may_act_makes_links(operator: FlaskClient, viewer: FlaskClient) -> None:
    assert viewer.post(f"/api/v1/jobs/{enqueued(operator)}/share", json={}).status_code == 403
