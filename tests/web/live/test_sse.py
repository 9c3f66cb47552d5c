"""Server-sent events: what comes, in which order, how often, and where a client goes on that was away."""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Callable

from flask.testing import FlaskClient

from callboard.broker.stream import events_after
from callboard.jobs.flow import chain, plan
from tests.jobs import Worker, make_call
from tests.waiting import wait_until
from tests.web.conftest import told
from tests.web.live.conftest import Reading
from web.app import create_live_app
from web.live.live import Live
from web.live.sse import HEADERS
from web.rules import RULES
from web.services import Services

Open = Callable[..., Reading]


# S1.2, S5.32
def test_a_job_is_followed_from_where_it_is_to_its_end(read: Open, services: Services) -> None:
    id = services.client.enqueue(make_call())
    stream = read(f"/api/v1/jobs/{id}/stream")
    assert stream.answer.getheader("Content-Type") == "text/event-stream"
    assert {name: stream.answer.getheader(name) for name in HEADERS} == HEADERS
    wait_until(lambda: stream.types() == ["job:state"])
    worker = Worker(services.links)
    job = worker.take()
    worker.say("log", job.id, job.fence, 1, '{"message":"one"}', '{"message":"two"}')
    worker.say("progress", job.id, job.fence, '{"done":4,"total":10,"percent":40.0,"step":"reading"}')
    wait_until(lambda: "job:progress" in stream.types())
    worker.complete(job, result=1)
    wait_until(lambda: stream.types()[-1] == "job:completed")
    frames = {frame["type"]: frame for frame in stream.frames}
    assert frames["job:state"]["state"] == "waiting"
    logs = [line["message"] for frame in stream.frames if frame["type"] == "job:log" for line in frame["data"]["lines"]]
    assert logs == ["one", "two"]
    progress = frames["job:progress"]
    shown = [progress[name] for name in ("job", "queue", "job_type", "state")]
    assert shown == [id, "default", "add", "active"]
    assert progress["data"]["percent"] == 40.0
    assert progress["v"] < frames["job:completed"]["v"]
    assert frames["job:completed"]["id"] == stream.ids[-1]
    assert frames["job:completed"]["at"].endswith("Z")


def test_each_topic_gets_what_belongs_to_it(read: Open, services: Services) -> None:
    home, mail = read("/api/v1/events?topics=home"), read("/api/v1/events?queue=Mail&types=job:added")
    services.client.enqueue(make_call("default"))
    id = services.client.enqueue(make_call("mail"))
    worker = Worker(services.links, "mail")
    job = worker.take()
    worker.say("log", job.id, job.fence, 1, '{"message":"only for those who opened it"}')
    worker.complete(job)
    wait_until(lambda: "job:completed" in home.types())
    wait_until(lambda: "job:added" in mail.types())
    assert [frame["job"] for frame in mail.frames] == [id]
    assert "job:log" not in home.types()


def test_a_flow_tells_of_its_jobs(read: Open, services: Services) -> None:
    flow = services.client.start_flow(plan(chain(make_call(), make_call()), name="two"))
    stream = read(f"/api/v1/events?flow={flow}")
    worker = Worker(services.links)
    worker.complete(worker.take())
    worker.complete(worker.take())
    wait_until(lambda: "flow:completed" in stream.types())
    assert stream.types().count("job:completed") == 2


# 500 events missed: none lost, none twice, in the order of the stream
def test_a_client_that_was_away_goes_on_without_loss_or_repeat(read: Open, services: Services, live: Live) -> None:
    stream = read("/api/v1/events?topics=queue:default")
    first = services.client.enqueue(make_call())
    wait_until(lambda: "job:added" in stream.types())
    last = stream.ids[-1]
    stream.close()
    ids = services.client.enqueue_many([make_call() for _ in range(500)])
    wait_until(lambda: live.hub.newest == events_after(services.links, last, 1_000)[-1].id)
    again = read("/api/v1/events?topics=queue:default", Last_Event_ID=last)
    late = services.client.enqueue(make_call())
    wait_until(lambda: late in [frame.get("job") for frame in again.frames])
    jobs = [frame["job"] for frame in again.frames if frame["type"] == "job:added"]
    assert jobs == [*ids, late]
    assert first not in jobs


def test_events_older_than_the_memory_come_out_of_the_stream(read: Open, services: Services) -> None:
    first = services.client.enqueue(make_call())
    (added,) = events_after(services.links, "0-0", 10)
    ids = [services.client.enqueue(make_call()) for _ in range(3)]
    stream = read(f"/api/v1/events?topics=home&after={added.id}")  # the reader begins now, after all of these
    wait_until(lambda: len(stream.types()) >= 3)
    assert [frame["job"] for frame in stream.frames if frame["type"] == "job:added"] == ids
    assert first not in ids


def test_events_that_are_gone_are_told_with_one_resync(read: Open, services: Services) -> None:
    services.client.enqueue(make_call())
    stream = read("/api/v1/events?topics=home&after=1-0")
    wait_until(lambda: stream.types() != [])
    services.client.enqueue(make_call())
    wait_until(lambda: "job:added" in stream.types())
    assert stream.types().count("resync") == 1
    assert stream.frames[0]["data"] == {"reason": "too_old"}


def test_counts_of_a_queue_come_while_somebody_looks(read: Open, services: Services) -> None:
    stream = read("/api/v1/events?topics=queue:mail")
    services.client.enqueue(make_call("mail"))
    services.client.enqueue(make_call("other"))
    wait_until(lambda: "queue:stats" in stream.types())
    stats = next(frame for frame in stream.frames if frame["type"] == "queue:stats")
    assert stats["queue"] == "mail"
    assert stats["data"] == {
        "waiting": 1, "delayed": 0, "blocked": 0, "active": 0, "completed": 0, "failed": 0, "cancelled": 0,
        "paused": False,
    }  # fmt: skip


def test_only_so_many_streams_are_served_beside_requests(read: Open, live: Live) -> None:
    live.most = (8, 1)
    stream = read("/api/v1/events?topics=home")
    refused = read("/api/v1/events?topics=home")
    assert refused.answer.status == 503
    assert refused.answer.getheader("Retry-After") == "5"
    assert json.loads(refused.answer.read())["code"] == "streams_full"
    stream.close()
    wait_until(lambda: live.figures()["clients"] == 0, what="a client that left is noticed without an event")
    assert read("/api/v1/events?topics=home").answer.status == 200


def test_a_look_at_the_headers_alone_leaves_no_listener_behind(
    served: int, token: Callable[[str], str], live: Live
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served, timeout=10)
    connection.request("HEAD", "/api/v1/events?topics=home", headers={"Authorization": f"Bearer {token('viewer')}"})
    assert connection.getresponse().status == 200
    connection.close()
    wait_until(lambda: live.figures()["clients"] == 0, what="nobody listens")


def test_a_live_process_has_only_routes_with_rules_and_knows_no_job_type(services: Services) -> None:
    rules = {rule.rule for rule in create_live_app(services.settings).url_map.iter_rules()}
    assert {"/api/v1/events", "/ws", "/livez"} <= rules <= {rule for _, rule in RULES}
    code = "import sys, web; web.create_live_app(); print(sorted({'actors', 'pipelines'} & set(sys.modules)))"
    own = {"CALLBOARD_HOME": str(services.settings.home)}
    ran = subprocess.run([sys.executable, "-c", code], env={**os.environ, **own}, capture_output=True, timeout=60)
    assert ran.stdout.strip() == b"[]", ran.stderr


def test_what_cannot_be_watched_is_told(viewer: FlaskClient) -> None:
    for query in ("", "?topics=nothing", "?topics=job:", "?topics=home&after=x", "?queue=a/b", "?token=x"):
        answer = viewer.get(f"/api/v1/events{query}")
        assert answer.status_code == 422, query
        assert told(answer)["errors"]
    assert viewer.get("/api/v1/jobs/01ABC/stream").status_code == 404
