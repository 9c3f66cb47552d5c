"""Who may use what: every route, every verb, every identity; hosts, origins, sessions, tries."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from callboard.history.database import writing
from callboard.history.tokens import revoke_token
from callboard.jobs.settings import Settings, SettingsError
from tests.web import strangers
from tests.web.conftest import bearing, put_away, told
from tests.web.strangers import routes
from web.app import create_app
from web.guard import HEADERS
from web.identity import TRIES
from web.rules import RULES
from web.services import Services


def test_every_route_has_a_rule_and_every_rule_a_route(app: Flask) -> None:
    assert set(routes(app, ("GET", "POST", "PUT", "PATCH", "DELETE"))) == set(RULES)


def test_a_route_without_a_rule_is_refused_to_everybody(chosen: Settings, token: Callable[[str], str]) -> None:
    own = create_app(chosen)
    own.add_url_rule("/new", view_func=lambda: "secret", endpoint="new")
    answer = bearing(own, token("admin")).get("/new")
    put_away(own)
    assert (answer.status_code, told(answer)["code"]) == (403, "no_rule")


# X1
def test_each_identity_may_use_what_the_table_says(app: Flask) -> None:
    asked, leaks = strangers.at_every_route(app, whole=False)
    assert not leaks, leaks
    assert asked > 1_000


# X3
@pytest.mark.parametrize(
    "walk",
    [
        strangers.from_other_sites,
        strangers.reads_of_other_sites,
        strangers.under_other_names,
        strangers.with_tokens_in_urls,
        strangers.reads_that_change,
    ],
)
def test_no_page_of_another_site_gets_anything_done(app: Flask, walk: Callable[..., strangers.Walk]) -> None:
    asked, taken = walk(app, whole=False)
    assert not taken, taken
    assert asked >= 2


# X2
def test_no_application_is_made_whose_pages_of_errors_run_code(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    with pytest.raises(SettingsError, match="FLASK_DEBUG: expected none, got it switched on"):
        create_app(services.settings)
    monkeypatch.undo()
    with pytest.raises(SettingsError, match="CALLBOARD_SECRET: expected a secret because CALLBOARD_BIND is "):
        create_app(replace(services.settings, bind="0.0.0.0"))


def test_verbs_that_a_route_lacks_are_refused_and_named(admin: FlaskClient) -> None:
    answer = admin.put("/livez")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert told(answer)["code"] == "method_not_allowed"


def test_what_is_not_there_is_a_problem_with_the_id_of_the_request(nobody: FlaskClient) -> None:
    answer = nobody.get("/nothing", headers={"X-Request-Id": "abc.1"})
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    problem = told(answer)
    assert {name: problem[name] for name in ("status", "code", "instance", "request_id", "success")} == {
        "status": 404,
        "code": "not_found",
        "instance": "/nothing",
        "request_id": "abc.1",
        "success": False,
    }
    assert told(nobody.get("/nothing", headers={"X-Request-Id": "a b" * 100}))["request_id"] != "a b" * 100


@pytest.mark.parametrize("path", ["/livez", "/nothing", "/api/v1/me"])
def test_every_answer_carries_the_headers_for_browsers(nobody: FlaskClient, path: str) -> None:
    headers = nobody.get(path).headers
    assert {name: headers[name] for name in HEADERS} == HEADERS


def test_a_token_that_is_over_or_revoked_is_nobody(app: Flask, services: Services, token: Callable[..., str]) -> None:
    over, held = token("admin", services.now_ms() - 1), token("admin")
    assert told(bearing(app, over).get("/api/v1/me"))["code"] == "bad_token"
    client = bearing(app, held)
    assert client.get("/api/v1/me").json == {"name": "the admin", "role": "admin", "by": "bearer"}
    with writing(services.engine) as session:
        revoke_token(session, held.split("_")[1], services.now_ms())
    assert client.get("/api/v1/me").status_code == 401


def test_an_address_may_try_so_many_tokens_in_a_minute(app: Flask, token: Callable[[str], str]) -> None:
    stranger = bearing(app, "nonsense")
    assert [stranger.get("/api/v1/me").status_code for _ in range(TRIES)] == [401] * TRIES
    answer = stranger.get("/api/v1/me")
    assert (answer.status_code, told(answer)["code"]) == (429, "too_many_tries")
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert bearing(app, token("operator")).get("/api/v1/me").status_code == 429
    elsewhere = bearing(app, token("viewer"))
    assert elsewhere.get("/api/v1/me", environ_base={"REMOTE_ADDR": "10.0.0.9"}).status_code == 200


def test_who_was_let_in_before_goes_on_while_somebody_guesses_behind_the_same_proxy(
    app: Flask, token: Callable[[str], str]
) -> None:
    colleague, stranger = bearing(app, token("viewer")), bearing(app, "nonsense")
    assert colleague.get("/api/v1/me").status_code == 200
    assert {stranger.get("/api/v1/me").status_code for _ in range(TRIES + 1)} == {401, 429}
    assert colleague.get("/api/v1/me").status_code == 200


def test_a_browser_has_a_session_that_ends_with_its_token(
    app: Flask, nobody: FlaskClient, services: Services, token: Callable[[str], str]
) -> None:
    text = token("operator")
    begun = nobody.post("/session", json={"token": text}, headers={"Sec-Fetch-Site": "same-origin"})
    assert begun.json == {"name": "the operator", "role": "operator"}
    cookie = begun.headers["Set-Cookie"]
    assert ("HttpOnly" in cookie, "SameSite=Strict" in cookie, text in cookie) == (True, True, False)
    assert told(nobody.get("/api/v1/me"))["by"] == "session"
    with writing(services.engine) as session:
        revoke_token(session, text.split("_")[1], services.now_ms())
    assert nobody.get("/api/v1/me").status_code == 401


def test_a_session_is_ended_by_hand(nobody: FlaskClient, token: Callable[[str], str]) -> None:
    nobody.post("/session", json={"token": token("viewer")})
    assert nobody.delete("/session", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 204
    assert nobody.get("/api/v1/me").status_code == 401


# X1
def test_each_session_has_a_cookie_of_its_own_and_none_goes_on_from_one_before(
    nobody: FlaskClient, token: Callable[[str], str]
) -> None:
    text, cookies = token("operator"), []
    for _ in range(2):
        nobody.post("/session", json={"token": text})
        cookies += [nobody.get_cookie("callboard")]
    assert cookies[0] != cookies[1]
    with nobody.session_transaction() as planted:
        planted["mine"] = "planted"
    nobody.post("/session", json={"token": token("viewer")})
    with nobody.session_transaction() as begun:
        assert set(begun) == {"token", "begun"}


def test_a_form_signs_in_and_leads_to_the_page_that_asked_for_it(
    nobody: FlaskClient, token: Callable[[str], str]
) -> None:
    form = {"token": f" {token('operator')}\n", "next": "/admin/queues/jobs?q=state:failed&sort=-id"}
    begun = nobody.post("/session", data=form, headers={"Origin": "http://localhost"})
    assert (begun.status_code, begun.location) == (303, form["next"])
    assert nobody.get("/api/v1/me").json == {"name": "the operator", "role": "operator", "by": "session"}


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "/a\r\nSet-Cookie: x=y",
        "evil.example",
        "/" + "x" * 2_000,
        "",
        None,
    ],
)
def test_a_form_leads_to_no_other_site(nobody: FlaskClient, token: Callable[[str], str], elsewhere: str | None) -> None:
    form = {"token": token("viewer"), **({} if elsewhere is None else {"next": elsewhere})}
    begun = nobody.post("/session", data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert (begun.status_code, begun.location) == (303, "/")


@pytest.mark.parametrize(
    ("form", "headers", "status", "code"),
    [
        ({"next": "/"}, {"Sec-Fetch-Site": "same-origin"}, 422, "invalid"),
        ({"token": "nonsense"}, {"Sec-Fetch-Site": "same-origin"}, 401, "bad_token"),
        ({"token": "nonsense"}, {"Sec-Fetch-Site": "cross-site"}, 403, "other_origin"),
        ({"token": "nonsense"}, {"Origin": "https://evil.example"}, 403, "other_origin"),
        ({"token": "nonsense"}, {}, 403, "other_origin"),
    ],
)
def test_a_form_is_refused_with_a_reason(
    nobody: FlaskClient, form: dict[str, str], headers: dict[str, str], status: int, code: str
) -> None:
    answer = nobody.post("/session", data=form, headers=headers)
    assert (answer.status_code, told(answer)["code"]) == (status, code)
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost:9"},
    ],
)
def test_what_another_site_makes_a_browser_send_is_refused(
    nobody: FlaskClient, token: Callable[[str], str], headers: dict[str, str]
) -> None:
    answer = nobody.post("/session", json={"token": token("admin")}, headers=headers)
    assert (answer.status_code, told(answer)["code"]) == (403, "other_origin")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_a_name_that_points_here_and_is_not_ours_is_refused(admin: FlaskClient, host: str) -> None:
    answer = admin.get("/api/v1/me", headers={"Host": host})
    assert (answer.status_code, told(answer)["code"]) == (421, "unknown_host")


@pytest.mark.parametrize("host", ["localhost:8300", "127.0.0.1", "[::1]:8300", "LOCALHOST"])
def test_names_of_this_machine_are_ours(admin: FlaskClient, host: str) -> None:
    assert admin.get("/api/v1/me", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("10.0.0.1", {}, 401),
        ("127.0.0.1", {"X-Forwarded-For": "10.0.0.1"}, 401),
        ("127.0.0.1", {"Authorization": "Bearer nonsense"}, 401),
    ],
)
def test_an_open_loopback_is_open_to_this_machine_alone(
    app: Flask, services: Services, address: str, headers: dict[str, str], status: int
) -> None:
    object.__setattr__(services.settings, "open_loopback", True)
    answer = app.test_client().get("/api/v1/me", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"data": b"{", "content_type": "application/json"}, 400, "bad_json"),
        ({"data": b'{"token": NaN}', "content_type": "application/json"}, 400, "bad_json"),
        ({"data": b"token=x"}, 415, "not_json"),
        ({"data": {"token": "x"}, "content_type": "multipart/form-data"}, 415, "not_json"),
        ({"json": []}, 422, "invalid"),
        ({"json": {"token": 5}}, 422, "invalid"),
        ({"data": b"[" + b"0," * 600_000 + b"0]", "content_type": "application/json"}, 413, "http_413"),
    ],
)
def test_a_body_that_cannot_be_is_refused_with_a_reason(
    nobody: FlaskClient, sent: dict[str, Any], status: int, code: str
) -> None:
    answer = nobody.post("/session", **sent)
    assert (answer.status_code, told(answer)["code"]) == (status, code)
