"""What is kept over the API: views, tokens, webhooks, rules of alerts, files; and what people did."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from research.exports.links import PATH, link_secret, sign
from tests.web.conftest import bearing, told
from web.services import Services


def test_a_search_is_saved_under_a_name_changed_and_forgotten(operator: FlaskClient) -> None:
    body = {"name": "bad mails", "query": "state:failed queue:mail", "columns": ["id", "error"]}
    made = operator.post("/api/v1/views", json=body)
    path = made.headers["Location"]
    assert (made.status_code, told(made)["created_by"]) == (201, "the operator")
    assert operator.post("/api/v1/views", json=body).status_code == 409
    changed = told(operator.patch(path, json={"query": "state:failed", "columns": None}))
    assert (changed["name"], changed["query"], changed["columns"]) == ("bad mails", "state:failed", None)
    assert told(operator.get("/api/v1/views"))["views"] == [told(operator.get(path))]
    for bad in ({"query": "state:(("}, {"name": " "}, {}, {"columns": ["x"] * 50}):
        assert operator.patch(path, json=bad).status_code == 422
    assert operator.delete(path).status_code == 204
    assert operator.delete(path).status_code == operator.get(path).status_code == 404


def test_a_token_is_made_shown_once_and_ended(app: Flask, admin: FlaskClient) -> None:
    headers = {"Idempotency-Key": "k"}
    made = admin.post("/api/v1/tokens", json={"name": "the robot", "role": "operator"}, headers=headers)
    token = told(made)
    robot = bearing(app, token["token"])
    assert (made.status_code, told(robot.get("/api/v1/me"))["role"]) == (201, "operator")
    assert token["token"] not in admin.get("/api/v1/tokens").text
    # A secret is not kept to be given again.
    assert told(admin.post("/api/v1/tokens", json={"name": "x", "role": "viewer"}, headers=headers))["name"] == "x"
    assert admin.delete(f"/api/v1/tokens/{token['id']}").status_code == 204
    assert admin.delete(f"/api/v1/tokens/{token['id']}").status_code == 404
    assert robot.get("/api/v1/me").status_code == 401
    for bad in ({"role": "king"}, {"name": " "}, {"expires_at": "2001-01-01T00:00:00Z"}):
        assert admin.post("/api/v1/tokens", json={"name": "y", "role": "viewer"} | bad).status_code == 422


def test_what_people_did_is_listed_page_by_page(admin: FlaskClient) -> None:
    for n in range(3):
        admin.post("/api/v1/views", json={"name": f"view {n}", "query": ""})
    first = told(admin.get("/api/v1/audit?limit=2&verb=view.create"))
    second = told(admin.get(f"/api/v1/audit?limit=2&verb=view.create&before={first['next']}"))
    assert [line["subject"] for page in (first, second) for line in page["audit"]] == ["view 2", "view 1", "view 0"]
    assert (first["audit"][0]["who"], first["audit"][0]["origin"], second["next"]) == ("the admin", "127.0.0.1", None)


def test_a_webhook_shows_its_secret_once_and_is_switched_rotated_and_forgotten(admin: FlaskClient) -> None:
    body = {"url": "https://hooks.lab.example/secret-path", "events": ["job:*"], "queues": ["Mail"]}
    made = admin.post("/api/v1/webhooks", json=body)
    hook, path = told(made), made.headers["Location"]
    assert (made.status_code, hook["target"], hook["queues"]) == (201, "https://hooks.lab.example/…", ["mail"])
    shown = admin.get("/api/v1/webhooks").text
    assert (hook["secret"] in shown, "secret-path" in shown) == (False, False)
    assert told(admin.patch(path, json={"enabled": False}))["enabled"] is False
    assert told(admin.patch(path, json={"rotate": True}))["secret"] not in (None, hook["secret"])
    assert told(admin.get(f"{path}/deliveries"))["deliveries"] == []
    assert admin.post(f"{path}/deliveries/x/replay").status_code == 404
    assert admin.delete(path).status_code == 204
    assert admin.get(path).status_code == admin.get(f"{path}/deliveries").status_code == 404


# X5
@pytest.mark.parametrize(
    "body",
    [
        {"url": "http://169.254.169.254/latest"},
        {"url": "ftp://lab.example/x"},
        {"url": "https://lab.example/x", "events": ["job:nothing"]},
        {"url": "https://lab.example/x", "types": ["no type!"]},
        {"url": "https://lab.example/x", "secret": "weak"},
    ],
)
def test_a_webhook_that_cannot_be_is_refused(admin: FlaskClient, body: dict[str, Any]) -> None:
    assert admin.post("/api/v1/webhooks", json=body).status_code in (403, 422)
    assert told(admin.get("/api/v1/webhooks"))["webhooks"] == []


def test_what_needs_attention_follows_its_rules_and_may_be_silenced(admin: FlaskClient) -> None:
    for _ in range(2):
        admin.post("/api/v1/jobs", json={"type": "generate_embeddings", "args": {"paper_id": "7"}})
    changed = admin.patch("/api/v1/alerts/rules/backlog", json={"numbers": {"waiting": 1}})
    assert told(changed)["numbers"]["waiting"] == 1
    key = "no_workers:paper-processing"
    assert [one["key"] for one in told(admin.get("/api/v1/attention"))["attention"]] == [key]
    assert admin.put(f"/api/v1/alerts/{key}/silence", json={"for_ms": 60_000}).status_code == 200
    assert [one["key"] for one in told(admin.get("/api/v1/alerts"))["attention"]] == [key]
    assert told(admin.delete("/api/v1/alerts/rules/backlog"))["numbers"]["waiting"] == 1_000
    assert told(admin.delete("/api/v1/alerts/backlog/silence"))["silenced_until"] is None
    assert admin.put("/api/v1/alerts/nonsense:x/silence", json={}).status_code == 404
    for bad in ({}, {"numbers": {"colour": 1}}, {"channels": ["pigeon"]}, {"addresses": ["a\nb"]}):
        assert admin.patch("/api/v1/alerts/rules/backlog", json=bad).status_code == 422


# X6
def test_a_file_is_stored_and_fetched_by_a_signed_link_as_long_as_it_holds(
    operator: FlaskClient, nobody: FlaskClient, services: Services
) -> None:
    upload = {"file": (io.BytesIO(b"<script>alert(1)</script>"), "../../etc/passwd.html")}
    stored = operator.post("/api/v1/files", data=upload)
    file = told(stored)
    assert (stored.status_code, file["name"], file["size"]) == (201, "passwd.html", 25)
    secret, now = link_secret(services.settings.home), datetime.now(UTC)
    link = PATH + sign(secret, file["reference"], now + timedelta(minutes=1))
    answer = nobody.get(link)
    assert (answer.status_code, answer.data, answer.mimetype) == (
        200,
        b"<script>alert(1)</script>",
        "application/octet-stream",
    )
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    answer.close()
    over = nobody.get(PATH + sign(secret, file["reference"], now - timedelta(minutes=1)))
    assert (over.status_code, told(over)["code"]) == (410, "link_expired")
    for forged in (link + "x", PATH + "..%2f..%2fetc", PATH + "x"):
        assert nobody.get(forged).status_code == 404
    assert operator.post("/api/v1/files", data={"other": (io.BytesIO(b"x"), "x")}).status_code == 422


def test_a_model_that_is_none_is_not_found_and_a_question_is_one(viewer: FlaskClient) -> None:
    assert told(viewer.get("/api/v1/models"))["models"] == []
    assert viewer.post("/api/v1/models/x/predictions", json={"rows": [{"a": 1}]}).status_code == 404
    wrong: list[dict[str, Any]] = [{}, {"rows": []}, {"rows": [1]}, {"rows": [{}], "text": "x"}]
    for bad in wrong:
        assert viewer.post("/api/v1/models/x/predictions", json=bad).status_code == 422
