"""What the names in old paths mean."""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from callboard.jobs.policy import queue_slug
from tests.web.compat.asking import enqueued, good
from web.app import create_app
from web.compat.naming import RESERVED, find_queue, queue_names
from web.services import Services


def test_no_queue_has_a_name_that_is_reserved(app: Flask) -> None:
    with app.test_request_context():
        names = set(queue_names())
    assert {queue_slug(word) for word in RESERVED} & names == {"ai-content"}  # whose door asks the body
    assert len(names) >= 15


@pytest.mark.parametrize("name", ["paper-processing", "PAPER_PROCESSING", "Paper Processing"])
def test_the_spelling_of_a_queue_does_not_matter(app: Flask, viewer: FlaskClient, name: str) -> None:
    with app.test_request_context():
        assert find_queue(name) == "paper-processing"
    assert good(viewer.get(f"/api/jobs/{name}"))["queue"] == "paper-processing"


def test_a_queue_that_was_only_ever_used_is_one_too(viewer: FlaskClient, services: Services) -> None:
    enqueued(services, "reporadar-jobs", "send_email")
    assert good(viewer.get("/api/jobs/reporadar_jobs"))["total"] == 1


def test_all_old_routes_are_closed_by_one_setting(services: Services) -> None:
    closed = create_app(replace(services.settings, compat=False))
    assert [rule.rule for rule in closed.url_map.iter_rules() if rule.endpoint.startswith("compat.")] == []


def test_words_come_before_queues_and_queues_before_jobs(viewer: FlaskClient, services: Services) -> None:
    (id,) = enqueued(services, "cache", "cache_warm")
    assert "healthy" in viewer.get("/api/jobs/health").text
    assert good(viewer.get("/api/jobs/queues/stats"))["success"] is True
    assert good(viewer.get("/api/jobs/cache"))["queue"] == "cache"
    assert good(viewer.get(f"/api/jobs/{id}"))["jobId"] == id
