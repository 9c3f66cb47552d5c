"""Whatever is sent to the old routes: never an error of ours, and nothing kept that was not asked for."""

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.compat.asking import enqueued
from web.services import Services

POSTS = ("jobs", "jobs/ai-content", "jobs/cache-warm", "ai-analysis/submit")
ON_QUEUES = ("jobs/cache", "jobs/queues/cache/clean", "jobs/cache/{id}", "jobs/NaN")
RAW = (
    b"[" * 100_000,
    b'{"type": NaN}',
    b'{"type": "ai-analysis", "paperId": 1e400}',
    b'{"type": "ai-analysis", "type": "cache_warm"}',
    b'{"type": "cache_warm", "keys": ["a"], "ttl": ' + b"9" * 4_000 + b"}",
    b'{"type": "cache_warm", "keys": ["\\ud800"]}',
    b'{"type": "cache_warm", "keys": ["\\u0000"]}',
    b"\xff\xfe",
    b"",
    b"null",
    b'"cache_warm"',
)
LEAVES: Any = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
NAMES: Any = st.sampled_from(
    ["type", "data", "options", "action", "keys", "ttl", "priority", "grace", "limit", "status", "sections", "termId"]
)
WORDS: Any = st.sampled_from(
    ["cache_warm", "paper_processing", "pause", "retry", "completed", "active", "high", "cache"]
)
VALUES: Any = st.recursive(
    LEAVES | WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(), inner, max_size=4)
)


@pytest.fixture
def paths(services: Services) -> list[str]:
    """The routes that take a body, over a queue with one job."""
    (id,) = enqueued(services, "cache", "cache_warm", keys=["a"])
    return [f"/api/{path}".replace("{id}", id) for path in (*POSTS, *ON_QUEUES)]


def test_bodies_that_are_no_json_of_ours_are_refused(admin: FlaskClient, services: Services, paths: list[str]) -> None:
    for path in paths:
        for body in RAW:
            answer = admin.post(path, data=body, content_type="application/json")
            assert answer.status_code in (400, 404, 413, 415, 422, 429), (path, body[:40], answer.text)
    assert [services.store.counts(queue)["waiting"] for queue in services.store.queues()] == [1]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(body=st.dictionaries(NAMES, VALUES, max_size=6))
def test_bodies_of_any_shape_are_no_errors_of_ours(
    app: Flask, admin: FlaskClient, paths: list[str], body: dict[str, Any]
) -> None:
    app.testing = False  # so that a bug is a 500 and not an exception
    sent = json.dumps(body)
    for path in paths:
        answer = admin.post(path, data=sent, content_type="application/json")
        assert answer.status_code < 500, (path, sent, answer.text)


TEXTS = ["%00", "1e9", "-1", "9" * 400, "a'--", "%F0%9F%92%A5", "x" * 10_000, "%ED%A0%80", ""]


def test_queries_and_names_of_any_kind_are_no_errors_of_ours(app: Flask, admin: FlaskClient) -> None:
    for text in TEXTS:
        app.testing = False
        for query in ("view", "vocab", "status", "limit", "cursor", "timeRange"):
            for path in ("jobs", "jobs/cache"):
                answer = admin.get(f"/api/{path}?{query}={text}&view=jobs")
                assert answer.status_code < 500, (path, query, answer.text)
        for method in ("GET", "DELETE", "POST"):
            for path in (f"jobs/{text}", f"jobs/{text}/{text}", f"jobs/queues/{text}/pause", f"jobs/{text}/retry"):
                answer = admin.open(f"/api/{path}", method=method, json={"action": "cancel"})
                assert answer.status_code < 500, (method, path, answer.text)
