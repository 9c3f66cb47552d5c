"""The events of a saved view."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from callboard.broker.stream import Event
from callboard.history.search.grammar import parse
from tests.jobs import Worker, make_call
from tests.waiting import wait_until
from tests.web.conftest import told
from tests.web.live.conftest import Reading
from web.live.filters import fits
from web.services import Services

Open = Callable[..., Reading]


def event(name: str, data: str = "") -> Event:
    return Event("1-0", name, "01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2", "excel_import", "excel-import", 2, data)


@pytest.mark.parametrize(
    ("query", "name", "data", "may"),
    [
        ("", "job:added", "", True),
        ("type:excel-import", "job:active", "", True),
        ("type:data_export", "job:active", "", False),
        ("-type:data_export", "job:active", "", True),
        ("-type:excel_import", "job:active", "", False),
        ("queue:excel-import,mail", "job:progress", "", True),
        ("queue:mail", "job:progress", "", False),
        ("queue:mail", "job:edited", "", True),
        ("id:01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2", "job:failed", "", True),
        ("id:01K6ZJ3V9GQ0X8Y7W6T5S4R3Q3", "job:failed", "", False),
        ("state:failed", "job:failed", "", True),
        ("state:failed", "job:progress", "", False),
        ("state:failed", "job:completed", "", False),
        ("state:failed", "job:rerun", "", True),
        ("state:active", "job:completed", "", True),
        ("state:completed", "job:added", '{"state":"blocked"}', False),
        ("-state:active", "job:progress", "", False),
        ("state:live", "job:progress", "", True),
        ("tag:nightly", "job:added", "", True),
        ("-tag:nightly", "job:added", "", True),
        ("tag:nightly type:data_export", "job:added", "", False),
        ("tag:nightly OR type:data_export", "job:added", "", True),
        ("state:failed OR type:data_export", "job:progress", "", False),
        ("args.file:x age:<1h", "job:completed", "", True),
        ("01K6ZJ", "job:completed", "", True),
        ("type:excel_import", "job:log", "", False),
        ("", "queue:status", "", False),
        ("", "flow:failed", "", False),
    ],
)
def test_an_event_is_told_unless_what_it_says_rules_its_job_out(query: str, name: str, data: str, may: bool) -> None:
    assert fits(parse(query))(event(name, data)) is may


def test_a_saved_view_is_a_topic(read: Open, operator: FlaskClient, services: Services) -> None:
    view = told(operator.post("/api/v1/views", json={"name": "mails that ended", "query": "queue:mail state:finished"}))
    stream, both = read(f"/api/v1/events?filter={view['id']}"), read(f"/api/v1/events?topics=home,filter:{view['id']}")
    services.client.enqueue(make_call("default"))
    id = services.client.enqueue(make_call("mail"))
    worker = Worker(services.links, "mail")
    worker.complete(worker.take())
    services.client.remove(id)
    wait_until(lambda: stream.types()[-1:] == ["job:removed"])
    assert set(stream.types()) <= {"job:completed", "job:removed"}
    wait_until(lambda: both.types()[-1:] == ["job:removed"])
    assert both.types().count("job:removed") == 1, "an event of two topics is told once"


def test_a_view_that_there_is_not_is_no_topic(viewer: FlaskClient) -> None:
    answer = viewer.get("/api/v1/events?topics=filter:01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2")
    assert (answer.status_code, told(answer)["code"]) == (404, "not_found")
    assert viewer.get("/api/v1/events?topics=filter:").status_code == 422
