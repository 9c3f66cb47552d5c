"""The probes."""

from dataclasses import replace

from flask import Flask
from flask.testing import FlaskClient

from tests.web.conftest import told
from web.app import create_app
from web.services import NAME, Services


def test_a_process_with_its_stores_is_ready(nobody: FlaskClient) -> None:
    assert nobody.get("/livez").json == {"status": "ok"}
    for path in ("/readyz", "/healthz", "/startupz"):
        answer = nobody.get(path)
        assert (answer.status_code, answer.json) == (200, {"status": "ok", "checks": {"redis": "ok", "sql": "ok"}})


def test_a_process_without_redis_lives_and_is_not_ready(app: Flask, services: Services) -> None:
    # Port 1 takes no connections on any machine.
    away = create_app(replace(services.settings, redis_url="redis://:hunter22@127.0.0.1:1"))
    client = away.test_client()
    assert client.get("/livez").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, told(answer)["checks"]["sql"]) == (503, "ok")
    assert "127.0.0.1:1" in told(answer)["checks"]["redis"]
    assert "hunter22" not in answer.text
    made: Services = away.extensions[NAME]
    made.engine.dispose()
    made.links.close()
