"""The pages of settings and the audit: a section each, acts by role, odd words as text."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.callboard.history.failing import finished
from tests.web.conftest import bearing, told
from web.services import Services

PAGE = "/admin/queues/settings"
TABS = ("health", "storage", "tokens", "webhooks", "views", "redaction", "about")


@pytest.mark.parametrize("tab", TABS)
def test_each_section_is_there_for_a_viewer_without_acts(viewer: FlaskClient, tab: str) -> None:
    answer = viewer.get(f"{PAGE}?tab={tab}")
    main = answer.text.split('<main id="main"')[1]
    assert answer.status_code == 200
    assert "data-act=" not in main
    assert "data-open=" not in main


def test_what_only_admins_may_see_is_kept_from_others(viewer: FlaskClient, admin: FlaskClient) -> None:
    assert viewer.get(f"{PAGE}?tab=variables", headers={"Accept": "text/html"}).status_code == 403
    assert viewer.get("/admin/queues/audit", headers={"Accept": "text/html"}).status_code == 403
    assert viewer.get(f"{PAGE}?tab=odd").status_code == 422
    assert "Tokens are shown to admins." in viewer.get(f"{PAGE}?tab=tokens").text
    shown = admin.get(f"{PAGE}?tab=tokens").text
    assert "the admin" in shown
    assert "New token" in shown
    assert "CALLBOARD_HISTORY_AGE" in admin.get(f"{PAGE}?tab=variables").text


def test_health_is_what_the_doctor_finds(viewer: FlaskClient) -> None:
    found = told(viewer.get("/api/v1/doctor"))
    levels = {check["name"]: check["level"] for check in found["checks"]}
    assert (found["level"], levels["tables"], levels["write probe"]) == ("fail", "ok", "ok")
    shown = viewer.get(PAGE).text
    assert all(f">{name}<" in shown for name in levels)


def test_retention_tells_what_it_costs(viewer: FlaskClient, services: Services) -> None:
    finished(services.engine, 3)
    finished(services.engine, 1, state="failed", type="<b>odd")
    sql = told(viewer.get("/api/v1/storage"))["sql"]
    tables = {table["name"]: table for table in sql["tables"]}
    assert (sql["rows"], sql["types"][0]["type"], sql["types"][0]["states"]) == (4, "mail", {"completed": 3})
    assert tables["background_jobs"]["rows"] == 4
    assert 0 < tables["background_jobs"]["bytes"] < sql["bytes"]
    assert sql["types"][0]["bytes_about"] == round(sql["bytes"] * 3 / 4)
    shown = viewer.get(f"{PAGE}?tab=storage").text
    assert "&lt;b&gt;odd" in shown
    assert "90 d" in shown


def test_what_is_hidden_is_shown_by_examples(viewer: FlaskClient) -> None:
    redaction = told(viewer.get("/api/v1/about"))["redaction"]
    assert all("********" in example["after"] for example in redaction["examples"])
    assert "tulips-and-rain" not in "".join(example["after"] for example in redaction["examples"])


def test_a_token_is_rotated_and_the_old_one_ends(app: Flask, admin: FlaskClient) -> None:
    old = told(admin.post("/api/v1/tokens", json={"name": "robot", "role": "operator"}))
    made = admin.post(f"/api/v1/tokens/{old['id']}/rotation")
    new = told(made)
    assert (made.status_code, new["name"], new["role"]) == (201, "robot", "operator")
    assert bearing(app, old["token"]).get("/api/v1/me").status_code == 401
    assert bearing(app, new["token"]).get("/api/v1/me").status_code == 200
    assert admin.post(f"/api/v1/tokens/{old['id']}/rotation").status_code == 404


def test_a_webhook_is_tested_and_its_deliveries_are_listed(admin: FlaskClient) -> None:
    hook = told(admin.post("/api/v1/webhooks", json={"url": "https://hooks.lab.example/x", "about": "<b>wall"}))
    sent = admin.post(f"/api/v1/webhooks/{hook['id']}/test")
    assert (sent.status_code, set(told(sent))) == (202, {"delivery", "job"})
    shown = admin.get(f"{PAGE}?tab=webhooks").text
    assert "webhook:test" in shown
    assert ">Replay<" in shown
    assert "<b>wall" not in shown
    assert admin.post("/api/v1/webhooks/wh_nothing/test").status_code == 404


def test_the_audit_is_filtered_and_exported(admin: FlaskClient) -> None:
    for name in ("=1+1", "calm"):
        admin.post("/api/v1/views", json={"name": name, "query": ""})
    admin.post("/api/v1/tokens", json={"name": "<i>robot", "role": "viewer"})
    shown = admin.get("/admin/queues/audit").text
    assert "&lt;i&gt;robot" in shown
    assert "calm" not in admin.get("/admin/queues/audit?verb=token.").text
    assert [line["subject"] for line in told(admin.get("/api/v1/audit?verb=view.&subject=CAL"))["audit"]] == ["calm"]
    assert told(admin.get("/api/v1/audit?from=2999-01-01T00:00:00Z"))["audit"] == []
    assert "No act fits" in admin.get("/admin/queues/audit?who=nobody").text
    table = admin.get("/api/v1/audit?format=csv")
    assert table.content_type.startswith("text/csv")
    assert "'=1+1" in table.text
    assert table.text.splitlines()[0].startswith("id,at,who,verb")
