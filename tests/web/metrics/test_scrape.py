"""GET /metrics: what it tells, in which words, to whom, and while a store is away."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import generate_latest

from callboard.broker.errors import ConnectionLost
from callboard.broker.stream import Event
from callboard.jobs.clock import wall_ms
from tests.jobs import make_call
from tests.web.metrics.scraped import read, scrape
from tests.web.metrics.world import PIPELINE, QUEUE, TYPE, live_through
from tests.web.recorded import record
from web.app import create_app, create_live_app
from web.live.frames import frame_of, stats_frame
from web.live.live import NAME as LIVE
from web.metrics import fleet
from web.metrics.process import ROUTES_MOST
from web.metrics.table import METRICS, PROCESS
from web.services import NAME, Services

PROMTOOL = shutil.which("promtool") or shutil.which("promtool", path=str(Path(sys.executable).parent))
LINE = {"queue": QUEUE, "type": TYPE}


@pytest.fixture
def world(services: Services) -> Services:
    """Services of an application that has lived."""
    live_through(services)
    return services


def test_every_metric_of_the_table_is_told_with_its_labels_and_no_other(world: Services, viewer: FlaskClient) -> None:
    viewer.get("/api/v1/queues")
    found = scrape(viewer)
    told = {metric.name: metric for metric in METRICS}
    series = {name: metric for metric in METRICS for name in metric.series}
    assert set(found.series) == set(series)
    for name, metric in series.items():
        assert found.labels(name) - {"le"} == set(metric.labels), name
    types = {line.split()[2]: line.split()[3] for line in viewer.get("/metrics").text.splitlines() if "# TYPE" in line}
    assert types == {name: metric.kind for name, metric in told.items()}


# S4.47
def test_what_has_happened_and_what_is_there_is_told(world: Services, viewer: FlaskClient) -> None:
    found = scrape(viewer)
    assert found.value("enqueued_total", **LINE) == 16
    outcomes = ("completed", "retry", "failed", "released", "cancelled", "lost")
    attempts = {outcome: found.value("attempts_finished_total", **LINE, outcome=outcome) for outcome in outcomes}
    assert attempts == {"completed": 6, "retry": 1, "failed": 1, "released": 1, "cancelled": 1, "lost": 1}
    assert found.value("started_total") == sum(attempts.values()) + 1
    assert found.value("run_duration_seconds_count", **LINE) == sum(attempts.values()) - 2
    assert {state: found.value("queue_jobs", queue=QUEUE, state=state) for state in ("active", "failed")} == {
        "active": 1,
        "failed": 1,
    }
    assert (found.value("throttled_total"), found.value("rescued_total")) == (2, 1)
    assert found.value("attempt_errors_total", type=TYPE, error_class="lost") == 1
    assert found.value("queue_oldest_waiting_age_seconds", queue=QUEUE) > 0
    assert (found.value("workers"), found.value("queue_concurrency_limit")) == (1, 8)
    assert (found.value("worker_slots", state="busy"), found.value("worker_slots", state="idle")) == (1, 3)
    assert found.value("flows_finished_total", pipeline=PIPELINE, outcome="completed") == 1
    assert found.value("flows_active", pipeline=PIPELINE) == 1
    assert found.value("schedule_next_run_timestamp_seconds", schedule="nightly") * 1000 > world.now_ms()
    assert found.value("schedule_last_success_timestamp_seconds") * 1000 <= world.now_ms()
    assert found.value("provider_tokens_total", direction="in") == 1_000
    assert (found.value("cost_usd_total"), found.value("cost_cap_usd")) == (pytest.approx(0.1), 100)
    up = ("redis_up", "sql_up", "redis_noeviction", "scheduler_is_leader", "build_info")
    assert [found.value(name) for name in up] == [1, 1, 1, 1, 1]
    assert (found.value("recorder_lag_events"), found.value("recorder_lag_seconds")) == (0, 0)


def test_what_is_not_recorded_is_the_lag_of_the_recorder(services: Services, viewer: FlaskClient) -> None:
    services.client.enqueue(make_call(QUEUE, TYPE))
    record(services)
    services.client.enqueue_many(make_call(QUEUE, TYPE) for _ in range(3))
    found = scrape(viewer)
    assert found.value("recorder_lag_events") == 3
    assert found.value("event_stream_length") == 4
    assert found.value("recorder_lag_seconds") >= 0


# X10
def test_names_that_nobody_has_registered_are_one_label(services: Services, viewer: FlaskClient) -> None:
    services.client.enqueue(make_call(QUEUE, TYPE))
    services.client.enqueue_many(make_call(f"queue-{n % 400}", f"type_{n}") for n in range(3_000))
    record(services)
    for n in range(300):
        viewer.get(f"/no/such/path/{n}")
        viewer.open("/metrics", method=f"M{n}")
    found = scrape(viewer)
    assert (found.values("queue"), found.values("type")) == ({QUEUE, "other"}, {TYPE, "other"})
    assert found.value("enqueued_total", queue="other", type="other") == 3_000
    assert found.value("queue_jobs", queue="other", state="waiting") == 3_000
    assert found.value("http_requests_total", route="other", code="404") == 300
    assert len(found.series["callboard_http_requests_total"]) <= ROUTES_MOST + 10
    assert len(found) < 400


def test_kinds_of_requests_beyond_the_first_ones_are_counted_together(app: Flask) -> None:
    measures = app.extensions["callboard.metrics"]
    for n in range(1_000):
        measures.answered("GET", f"/route/{n}", 200, 0.01)
    found = read(generate_latest(measures.registry).decode())
    assert found.value("http_requests_total", route="other", method="other", code="200") == 1_000 - ROUTES_MOST
    assert found.value("http_requests_total") == 1_000


def test_without_redis_the_rest_is_told(world: Services, viewer: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any) -> Any:
        raise ConnectionLost("away")

    monkeypatch.setattr(fleet, "look_at_server", away)
    found = scrape(viewer)
    assert (found.value("redis_up"), found.value("sql_up"), found.value("enqueued_total")) == (0, 1, 16)
    assert "callboard_queue_jobs" not in found.series


def test_without_sql_the_rest_is_told_to_who_needs_no_token(app: Flask, services: Services) -> None:
    services.__dict__["settings"] = replace(services.settings, metrics_open=True)
    services.client.enqueue(make_call(QUEUE, TYPE))
    services.engine.dispose()
    (services.settings.home / "callboard.db").write_bytes(b"this is no database, however large it is" * 99)
    found = scrape(app.test_client())
    assert (found.value("sql_up"), found.value("redis_up")) == (0, 1)
    assert found.value("queue_jobs", queue=QUEUE, state="waiting") == 1
    assert "callboard_enqueued_total" not in found.series


def test_a_database_that_was_never_there_is_told_too(services: Services) -> None:
    away = replace(services.settings, database_url="postgresql://nobody@127.0.0.1:1/nothing", metrics_open=True)
    app = create_app(away)
    found = scrape(app.test_client())
    assert (found.value("sql_up"), found.value("redis_up")) == (0, 1)
    app.extensions[NAME].links.close()


def test_streams_are_counted_by_how_they_come_and_how_late_they_are_told(app: Flask, services: Services) -> None:
    live = app.extensions[LIVE]
    streams = [live.open(), live.open(ring=lambda: None), live.open(ring=lambda: None)]
    event = Event(f"{wall_ms() - 300}-0", "job:active", "one", TYPE, QUEUE, 2, "")
    streams[0].offer(frame_of(event, services.mask))
    streams[1].offer(stats_frame(event.id, 0, QUEUE, {"waiting": 1}))
    assert [len(stream.take()) for stream in streams] == [1, 1, 0]
    services.__dict__["settings"] = replace(services.settings, metrics_open=True)
    found = scrape(app.test_client())
    clients = {transport: found.value("live_clients", transport=transport) for transport in ("sse", "websocket")}
    assert clients == {"sse": 1, "websocket": 2}
    assert found.value("live_delivery_seconds_count") == 1
    assert found.value("live_delivery_seconds_sum") >= 0.3
    for stream in streams:
        live.close(stream)
    assert scrape(app.test_client()).value("live_clients") == 0


def test_a_scrape_needs_a_token_or_a_setting_that_opens_it_to_this_machine_alone(
    app: Flask, services: Services, nobody: FlaskClient, viewer: FlaskClient
) -> None:
    assert (nobody.get("/metrics").status_code, viewer.get("/metrics").status_code) == (401, 200)
    services.__dict__["settings"] = replace(services.settings, metrics_open=True)
    assert nobody.get("/metrics").status_code == 200
    assert nobody.get("/metrics", headers={"X-Forwarded-For": "10.0.0.9"}).status_code == 401
    assert nobody.get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.9"}).status_code == 401
    assert nobody.get("/api/v1/queues").status_code == 401


def test_openmetrics_is_spoken_to_who_asks_for_it(viewer: FlaskClient) -> None:
    answer = viewer.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.content_type.startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def test_a_process_for_streams_tells_of_itself_alone(services: Services, viewer: FlaskClient) -> None:
    app = create_live_app(services.settings)
    app.testing = True
    answer = app.test_client().get("/metrics", headers={"Authorization": viewer.environ_base["HTTP_AUTHORIZATION"]})
    found = read(answer.text)
    assert set(found.series) <= {name for metric in METRICS if metric.of == PROCESS for name in metric.series}
    assert found.value("live_clients", transport="sse") == 0
    app.extensions[NAME].links.close()
    app.extensions[NAME].engine.dispose()


def test_the_names_of_dramatiq_are_told_where_they_are_wanted(world: Services, viewer: FlaskClient) -> None:
    assert "dramatiq_" not in viewer.get("/metrics").text
    world.__dict__["settings"] = replace(world.settings, metrics_dramatiq=True)
    found = scrape(viewer)
    told = {name: values for name, values in found.series.items() if name.startswith("dramatiq_")}
    assert {name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count") for name in told} == {
        "dramatiq_messages_total",
        "dramatiq_message_errors_total",
        "dramatiq_message_retries_total",
        "dramatiq_message_rejects_total",
        "dramatiq_messages_inprogress",
        "dramatiq_delayed_messages_inprogress",
        "dramatiq_message_duration_milliseconds",
    }
    assert all(found.labels(name) - {"le"} == {"queue_name", "actor_name"} for name in told)
    assert sum(told["dramatiq_messages_total"].values()) == found.value("finished_total")


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not here; `make .venv/promtool.stamp` fetches it")
def test_promtool_finds_nothing(world: Services, viewer: FlaskClient) -> None:
    text = viewer.get("/metrics").text
    checked = subprocess.run([str(PROMTOOL), "check", "metrics"], input=text, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
