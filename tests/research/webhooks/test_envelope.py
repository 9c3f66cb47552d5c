"""Bodies of deliveries."""

import json

from callboard.broker.stream import Event
from research.webhooks.envelope import body_of


def test_the_event_of_a_job_says_which_job_of_which_type_and_version() -> None:
    event = Event("1700000000123-4", "job:failed", "01J", "add", "mail", 7, '{"class":"bug","message":"no"}')
    assert json.loads(body_of(event, {"user": "ann"})) == {
        "id": "1700000000123-4",
        "type": "job:failed",
        "at": "2023-11-14T22:13:20.123Z",
        "job": "01J",
        "job_type": "add",
        "queue": "mail",
        "v": 7,
        "data": {"class": "bug", "message": "no", "user": "ann"},
    }


def test_the_event_of_a_flow_or_queue_names_just_that() -> None:
    flow = json.loads(body_of(Event("1-0", "flow:failed", "01F", "intake", "", 0, '{"broken":"01J"}')))
    assert (flow["flow"], flow["name"], flow["data"]) == ("01F", "intake", {"broken": "01J"})
    assert "job" not in flow
    queue = json.loads(body_of(Event("1-0", "queue:status", "", "", "mail", 0, '{"status":"paused"}')))
    assert (queue["queue"], queue["data"]) == ("mail", {"status": "paused"})


def test_the_record_of_a_removed_job_stays_inside() -> None:
    event = Event("1-0", "job:removed", "01J", "add", "mail", 7, '{"record":{"args":"[\\"sk-CANARY\\"]"}}')
    assert "CANARY" not in body_of(event)


def test_data_that_nobody_can_read_are_left_out() -> None:
    assert json.loads(body_of(Event("1-0", "job:added", "01J", "add", "mail", 1, "waiting")))["data"] == {}
