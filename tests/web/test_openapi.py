"""The description of the API: valid, complete, and true."""

import re
from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient

from tests.web.conftest import told
from tests.web.fuzz import fuzz
from web.openapi import VERBS, document

QUICK = 160


@pytest.fixture
def spec(app: Flask) -> dict[str, Any]:
    """The description."""
    return document(app)


def operations(spec: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Each operation with its method and path."""
    return [(verb, path, item[verb]) for path, item in spec["paths"].items() for verb in VERBS if verb in item]


def test_the_description_is_valid_openapi_and_the_same_for_everybody(app: Flask, nobody: FlaskClient) -> None:
    found = told(nobody.get("/api/v1/openapi.json"))
    assert found["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(found).validate()


def test_every_route_of_the_api_is_in_it(app: Flask, spec: dict[str, Any]) -> None:
    routes = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1")
        for method in rule.methods or ()
        if method.lower() in VERBS
    }
    assert {(verb, path) for verb, path, _ in operations(spec)} == routes


def test_every_operation_says_what_it_does_who_may_use_it_and_how_it_refuses(spec: dict[str, Any]) -> None:
    refusals = spec["components"]["responses"]
    names = [operation["operationId"] for _, _, operation in operations(spec)]
    assert len(set(names)) == len(names)
    for verb, path, operation in operations(spec):
        assert operation["summary"].endswith((".", ";")) or len(operation["summary"]) > 10, (verb, path)
        assert operation["description"].startswith("Needs "), (verb, path)
        assert any(code < "400" for code in operation["responses"]), (verb, path)
        for code, told_of in operation["responses"].items():
            if code >= "400":
                content = refusals[told_of["$ref"].rpartition("/")[2]]["content"]
                assert list(content) == ["application/problem+json"], (verb, path, code)


def test_the_root_links_to_what_there_is(nobody: FlaskClient, viewer: FlaskClient) -> None:
    links = told(nobody.get("/api/v1/"))["links"]
    assert {"jobs", "queues", "docs", "openapi.json"} <= set(links)
    for name in ("queues", "types", "stats/overview", "views"):
        assert viewer.get(links[name]).status_code == 200


def test_the_page_lists_every_operation_and_asks_no_other_host(nobody: FlaskClient, spec: dict[str, Any]) -> None:
    page = nobody.get("/api/v1/docs")
    assert page.mimetype == "text/html"
    for _, _, operation in operations(spec):
        assert f'id="{operation["operationId"]}"' in page.text
    assert not re.search(r"<script|style=|\son\w+=|https?://", page.text)
    for target in re.findall(r'(?:href|src)="([^"#]+)"', page.text):
        style = nobody.get(target)
        assert style.status_code == 200, target
        style.close()


def test_requests_drawn_from_the_description_are_answered_as_it_says(app: Flask) -> None:
    app.testing = False  # an error that nobody has named is to be answered, and seen as such
    statuses = fuzz(app, QUICK)
    assert statuses.total() >= QUICK / 2
    assert {200, 404, 422} <= set(statuses)
    assert not [status for status in statuses if status >= 500 and status != 501]
