"""Schedules over the API."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from callboard.history.audit import audit_lines
from tests.web.conftest import told
from web.services import Services

PATH = "/api/v1/schedules/nightly"
NEW: dict[str, Any] = {"type": "generate-embeddings", "args": {"paper_id": "7"}, "cron": "30 2 * * *"}


def test_a_schedule_is_made_changed_paused_run_and_removed(operator: FlaskClient, services: Services) -> None:
    made = operator.put(PATH, json=NEW | {"zone": "Europe/Berlin", "options": {"priority": "high"}})
    assert (made.status_code, made.headers["Location"]) == (201, PATH)
    assert (told(made)["when"], told(made)["state"]) == ("At 02:30 every day, Europe/Berlin", "on")
    assert (told(made)["type"], len(told(made)["runs"]), told(made)["source"]) == ("generate_embeddings", 5, "api")
    changed = told(operator.patch(PATH, json={"cron": "@hourly", "args": {"paper_id": "8"}}))
    assert (changed["cron"], changed["zone"], changed["args"]) == ("@hourly", "Europe/Berlin", {"paper_id": "8"})
    paused = told(operator.put(f"{PATH}/pause", json={"note": "until the disk is bigger"}))
    assert (paused["state"], paused["paused_by"], paused["runs"]) == ("paused", "the operator", [])
    run = operator.post(f"{PATH}/runs")
    job = told(operator.get(run.headers["Location"]))
    assert (run.status_code, job["state"], job["args"], job["priority"]) == (202, "waiting", {"paper_id": "8"}, "high")
    assert told(operator.delete(f"{PATH}/pause"))["state"] == "on"
    assert [firing["job"] for firing in told(operator.get(PATH))["firings"]] == [job["id"]]
    assert [row["name"] for row in told(operator.get("/api/v1/schedules"))["schedules"]] == ["nightly"]
    assert operator.delete(PATH).status_code == 204
    assert operator.get(PATH).status_code == operator.delete(PATH).status_code == 404
    verbs = [line.verb.removeprefix("schedule.") for line in audit_lines(services.engine)]
    assert verbs[::-1] == ["set", "set", "pause", "run", "resume", "remove"]


def test_times_that_had_no_job_are_made_up_for(operator: FlaskClient, services: Services) -> None:
    operator.put(PATH, json=NEW | {"cron": "@hourly"})
    now = datetime.now(UTC).replace(minute=10, second=0, microsecond=0) - timedelta(hours=1)
    times = {"from": (now - timedelta(hours=3)).isoformat(), "to": now.isoformat()}
    dry = operator.post(f"{PATH}/backfill", json=times | {"dry_run": True})
    assert (dry.status_code, len(told(dry)["times"])) == (200, 3)
    done = operator.post(f"{PATH}/backfill", json=times)
    assert (done.status_code, told(done)["times"]) == (202, told(dry)["times"])
    assert services.store.counts("paper-processing")["waiting"] == 3
    future = operator.post(f"{PATH}/backfill", json=times | {"to": "2091-01-01T00:00:00Z"})
    assert (future.status_code, told(future)["errors"][0]["field"]) == (422, "to")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (NEW | {"cron": "61 * * * *"}, "cron"),
        (NEW | {"cron": None}, "cron"),
        (NEW | {"run_at": "2091-01-01T00:00:00Z"}, "cron"),
        (NEW | {"zone": "Mars/Olympus"}, "zone"),
        (NEW | {"args": {}}, "args.paper_id"),
        (NEW | {"type": "nonsense"}, "type"),
        (NEW | {"options": {"colour": 1}}, "options.colour"),
        (NEW | {"overlap": "never"}, "overlap"),
        (NEW | {"cap": 0}, "cap"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused_and_not_kept(
    operator: FlaskClient, body: dict[str, Any], field: str
) -> None:
    answer = operator.put(PATH, json=body)
    assert (answer.status_code, [error["field"] for error in told(answer)["errors"]]) == (422, [field]), answer.text
    assert operator.get(PATH).status_code == 404


def test_an_expression_is_previewed_with_what_the_clock_does(viewer: FlaskClient) -> None:
    query = {"cron": "30 2 * * *", "tz": "Europe/Berlin", "after": "2026-03-28T12:00:00Z", "count": 2}
    found = told(viewer.get("/api/v1/schedules/preview", query_string=query))
    assert found["words"] == "At 02:30 every day, Europe/Berlin"
    assert "forward" in found["runs"][0]["note"]
    for bad in ({}, {"cron": "x"}, {"cron": "@daily", "tz": "x"}, {"cron": "@daily", "count": 10**9}):
        assert viewer.get("/api/v1/schedules/preview", query_string=bad).status_code == 422


def test_the_next_time_is_left_out_and_those_after_it_stay(operator: FlaskClient, viewer: FlaskClient) -> None:
    before = told(operator.put(PATH, json=NEW | {"zone": "Europe/Berlin"}))["runs"]
    assert viewer.post(f"{PATH}/skip").status_code == 403
    skipped = operator.post(f"{PATH}/skip")
    assert (skipped.status_code, told(skipped)["runs"][:4]) == (200, before[1:])
    assert told(skipped)["skipped_at"] == before[0]["utc"].replace("Z", "+00:00")
    assert (len(told(skipped)["runs"]), before[0]["at"][11:16]) == (5, "02:30")
    operator.put(PATH, json=NEW | {"cron": None, "run_at": "2091-01-01T00:00:00Z"})
    assert told(operator.post(f"{PATH}/skip"))["state"] == "over"
    over = operator.post(f"{PATH}/skip")
    assert (over.status_code, told(over)["code"]) == (409, "not_possible")
    assert operator.post("/api/v1/schedules/x/skip").status_code == 404
