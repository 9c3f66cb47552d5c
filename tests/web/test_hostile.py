"""Hostile requests to every operation of the API: refused with a reason or capped, never a fault, nothing kept."""

import re
from typing import Any, Final

import pytest
from flask import Flask
from flask.testing import FlaskClient

from callboard.history.audit import audit_lines
from tests.web.conftest import told
from web.openapi import VERBS, document
from web.services import Services

ENDLESS: Final = re.compile(r"/(events|stream)$")
BODIES: Final = (
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"limit": NaN}',
    b'{"limit": Infinity}',
    b'{"limit": 1e400}',
    b'{"name": "a", "name": "b"}',
    b'{"limit": ' + b"9" * 4_000 + b"}",
    b'{"limit": 9223372036854775808}',
    b'{"name": "\\ud800"}',
    b'{"name": "\\u0000"}',
    b'{"name": "\xff"}',
    b"[]",
    b'"text"',
    b"null",
    b"",
    b'{"colour": "red"}',
)
VALUES: Final = (
    "1000000000",
    "9" * 40,
    "-1",
    "1e9",
    "NaN",
    "x" * 10_240,
    "' OR 1=1; DROP TABLE jobs --",
    "\0",
    "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    "state:" + "(" * 50,
    "",
)
PARTS: Final = ("x", "%00", "..%2f..%2fetc%2fpasswd", "x" * 2_000, "%ff", "'--", "%0d%0aSet-Cookie:x")


@pytest.fixture
def hostile(app: Flask, admin: FlaskClient) -> FlaskClient:
    """A client that may do everything, of an application that answers bugs as it does for strangers."""
    app.testing = False
    return admin


def operations(app: Flask, *verbs: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of each operation that ends."""
    paths = document(app)["paths"].items()
    found = [(verb, path, item) for path, item in paths for verb in verbs if verb in item]
    return [(verb, path, item) for verb, path, item in found if not ENDLESS.search(path)]


def filled(path: str, part: str = "x") -> str:
    return re.sub(r"{\w+}", part, path)


# A1
def test_no_hostile_body_is_taken_by_any_operation(app: Flask, hostile: FlaskClient, services: Services) -> None:
    for verb, path, item in operations(app, "post", "put", "patch"):
        takes = item[verb].get("requestBody", {}).get("content", {})
        for body in BODIES if "application/json" in takes else ():
            answer = hostile.open(filled(path), method=verb.upper(), data=body, content_type="application/json")
            assert answer.status_code in (400, 404, 422), (verb, path, body[:40], answer.status_code)
            assert answer.mimetype == "application/problem+json"
            if answer.status_code == 422:
                assert told(answer)["errors"], (verb, path, body[:40])
        if "application/json" in takes:
            assert hostile.open(filled(path), method=verb.upper(), data=b"a=b").status_code in (415, 422), path
    assert services.store.queues() == []
    assert [line.verb for line in audit_lines(services.engine)] == []


# A2
def test_no_hostile_question_is_more_than_refused_or_capped(app: Flask, hostile: FlaskClient) -> None:
    for _, path, item in operations(app, "get"):
        names = [one["name"] for one in item["get"].get("parameters", ()) if one["in"] == "query"]
        for name in [*names, "sort", "refresh"]:
            for value in VALUES:
                answer = hostile.get(filled(path), query_string={name: value})
                assert answer.status_code in (200, 400, 404, 409, 422), (path, name, value[:40], answer.status_code)
                assert name in names or answer.status_code != 200 or not names, (path, name)


# A2 X6
def test_no_hostile_name_finds_anything_or_breaks_anything(app: Flask, hostile: FlaskClient) -> None:
    for verb, path, _ in operations(app, *VERBS):
        for part in PARTS if "{" in path else ():
            answer = hostile.open(filled(path, part), method=verb.upper(), json={})
            assert 400 <= answer.status_code < 500, (verb, path, part[:40], answer.status_code)
            assert "Set-Cookie" not in answer.headers
