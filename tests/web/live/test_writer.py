"""The one thread that writes all streams: slow, silent and vanished clients, and the server that it takes them from."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from benchmarks.live import free_port
from tests.jobs import make_call
from tests.waiting import wait_until
from tests.web.live.conftest import Reading
from tests.web.live.test_listener import told
from tests.web.live.test_websocket import Phone
from web.live import writer
from web.live.hub import Hub
from web.live.listener import Listener
from web.services import Services

STREAMS = 30


class Ends:
    """A hub with a writer, and one listener for each client."""

    def __init__(self) -> None:
        self.hub = Hub()
        self.closed: list[Listener] = []
        self.writer = writer.Writer(self.hub, self.closed.append)

    def client(self, seconds: float = 60.0) -> tuple[socket.socket, Listener]:
        """The far end of a stream, and its listener, which watches home."""
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        theirs.settimeout(10)
        listener = Listener(lambda text: text)
        self.hub.enter(listener, frozenset({"home"}), None)
        self.writer.take(ours, listener, b"begin\n", seconds)
        return theirs, listener


@pytest.fixture
def ends() -> Iterator[Ends]:
    """A writer over socket pairs."""
    made = Ends()
    yield made
    made.writer.stop()


def heard(theirs: socket.socket, word: bytes) -> bytes:
    """What a client receives up to a word."""
    data = b""
    while word not in data:
        data += theirs.recv(65_536)
    return data


def test_a_client_that_takes_nothing_is_let_go_of_and_the_others_hear_everything(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "STUCK", 0.3)
    slow, stuck = ends.client()
    quick, _ = ends.client()
    padding = '{"step":"' + "x" * 3_000 + '"}'
    for number in range(1, 13):
        ends.hub.publish([told(number * 10 + i, job=f"{number}.{i}", data=padding) for i in range(10)])
        assert heard(quick, f'"job":"{number}.9"'.encode())
    wait_until(lambda: ends.closed == [stuck], what="the slow one is let go of")
    assert ends.hub.told["stuck"] == 1
    slow.close()
    quick.close()


def test_a_client_that_leaves_is_noticed_without_an_event(ends: Ends) -> None:
    theirs, listener = ends.client()
    heard(theirs, b"begin")
    theirs.close()
    wait_until(lambda: ends.closed == [listener], what="it is noticed")


def test_a_stream_that_cannot_be_written_ends_alone(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, listener = ends.client()
    whole, _ = ends.client()
    monkeypatch.setattr(listener, "take", lambda: 1 / 0)
    ends.hub.publish([told(1)])
    assert heard(whole, b"job:progress")
    wait_until(lambda: ends.closed == [listener], what="it is let go of")
    broken.close()
    whole.close()


def test_a_quiet_stream_has_heartbeats_with_the_newest_place_and_ends_in_time(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "HEARTBEAT", 0.05)
    monkeypatch.setattr(writer, "LOOK_EVERY", 0.02)
    ends.hub.begin("5-0")
    theirs, listener = ends.client(seconds=0.5)
    assert b": still here\nid: 5-0\n\n" in heard(theirs, b"5-0\n\n")
    wait_until(lambda: ends.closed == [listener], what="its time is over")
    theirs.close()


@pytest.fixture
def process(services: Services) -> Iterator[tuple[int, Any]]:
    """A live process on gunicorn with four threads, over the data of the test."""
    port, settings = free_port(), services.settings
    options = ["--worker-class", "gthread", "--threads", "4", "--graceful-timeout", "3", "--no-control-socket"]
    own = {
        "REDIS_URL": settings.redis_url or "",
        "CALLBOARD_PREFIX": settings.prefix,
        "CALLBOARD_HOME": str(settings.home),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "web:create_live_app()", "--bind", f"127.0.0.1:{port}", *options],
        env={**os.environ, **own}, stderr=subprocess.PIPE,
    ) as child:  # fmt: skip
        try:
            wait_until(lambda: ping(port) == 200, seconds=60, what="it answers")
            yield port, child
        finally:
            child.kill()


def ping(port: int) -> int:
    """The status of another request, 0 where nothing answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


@pytest.mark.system
def test_streams_take_no_thread_of_the_server_and_end_with_it(
    process: tuple[int, Any], token: Callable[[str], str], services: Services
) -> None:
    port, child = process
    bearer = {"Authorization": f"Bearer {token('viewer')}"}
    readings = []
    for _ in range(STREAMS):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", "/api/v1/events?topics=home", headers=bearer)
        sock = connection.sock.dup()
        readings.append(Reading(connection.getresponse(), sock))
        readings[-1].follow()
    assert {reading.answer.status for reading in readings} == {200}
    assert readings[0].answer.getheader("X-Accel-Buffering") == "no"
    phone = Phone(port, "/ws?topics=home", bearer)
    phone.hear("subscribed")
    id = services.client.enqueue(make_call())
    wait_until(lambda: all("job:added" in reading.types() for reading in readings), what="all have heard of it")
    assert phone.hear("job:added")["job"] == id
    assert ping(port) == 200
    child.send_signal(signal.SIGTERM)
    assert child.wait(timeout=10) == 0
    phone.leave()
    for reading in readings:
        reading.close()
