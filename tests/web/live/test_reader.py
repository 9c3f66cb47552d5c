"""The one reader: it comes back after a lost connection, loses nothing, and says so where it must have."""

import logging
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest
import redis

from callboard.broker.errors import ConnectionLost
from callboard.broker.keys import EVENTS
from callboard.jobs.encoding import decode
from tests.jobs import make_call
from tests.waiting import wait_until
from web.live import reader as module
from web.live.frames import frame_of
from web.live.hub import KEPT_BYTES, Hub
from web.live.listener import Listener
from web.live.reader import Reader
from web.services import Services


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def reader(services: Services, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    monkeypatch.setattr(module, "AGAIN", 0.05)
    made = Reader(services.reads, hub, services.mask)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def listener(hub: Hub) -> Listener:
    made = Listener(lambda text: text)
    hub.enter(made, frozenset({"home"}), None)
    return made


def cut_all(url: str) -> None:
    """Break every connection to the server but this one."""
    with redis.Redis.from_url(url) as server:
        server.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")


def test_a_lost_connection_loses_no_event_and_is_logged_once(
    services: Services, reader: Reader, hub: Hub, listener: Listener, valkey_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    ids = []
    with caplog.at_level(logging.WARNING, "callboard.live"):
        for _ in range(3):
            ids.append(services.client.enqueue(make_call()))
            cut_all(valkey_url)
        ids.append(services.client.enqueue(make_call()))
        wait_until(lambda: {frame.event.job for frame in hub._recent} == set(ids), what="all events")
    assert reader.restarts >= 1
    assert [frame.event.job for frame in listener.take() if frame.event.event == "job:added"] == ids
    assert all("the live stream waits for the server" in record.message for record in caplog.records)


def test_all_who_listen_are_told_that_the_server_is_away_and_that_it_is_back(
    services: Services, reader: Reader, hub: Hub, listener: Listener, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    choosy, late = (Listener(lambda text: text, frozenset({"job:failed"})) for _ in range(2))
    hub.enter(choosy, frozenset({"home"}), None)
    away = Event()
    read = reader._stream.read

    def unless_away(block_ms: int) -> list[Any]:
        if away.is_set():
            raise ConnectionLost("nobody answers")
        return read(block_ms)

    monkeypatch.setattr(reader._stream, "read", unless_away)
    away.set()
    wait_until(lambda: hub.away, what="it is noticed")
    hub.enter(late, frozenset({"home"}), None)
    for each in (listener, choosy, late):
        assert [decode(frame.body, "frame")["data"] for frame in each.take()] == [{"reason": "nobody answers"}]
    away.clear()
    wait_until(lambda: not hub.away, what="it is there again")
    for each in (listener, choosy, late):
        assert [frame.event.event for frame in each.take()] == ["live:back"]


def test_events_that_were_lost_meanwhile_have_all_fetch_anew(
    services: Services, reader: Reader, hub: Hub, listener: Listener, valkey_url: str
) -> None:
    services.client.enqueue(make_call())
    wait_until(lambda: hub.newest != "0-0", what="the first event")
    listener.take()
    services.links.call("DEL", EVENTS(services.settings.prefix))
    services.client.enqueue(make_call())
    services.links.call("XTRIM", EVENTS(services.settings.prefix), "MAXLEN", 0)
    services.client.enqueue(make_call())
    cut_all(valkey_url)
    wait_until(lambda: reader.restarts >= 1 and listener.waiting, what="the reader is back")
    wait_until(lambda: "resync" in [frame.event.event for frame in listener.take()], what="a resync")


def test_a_fault_in_one_event_does_not_end_the_stream(
    services: Services, reader: Reader, hub: Hub, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = iter([True])

    def faulty(event, mask):
        if next(faults, False):
            raise RuntimeError("a frame that cannot be made")
        return frame_of(event, mask)

    monkeypatch.setattr(module, "frame_of", faulty)
    services.client.enqueue(make_call())
    wait_until(lambda: reader.restarts == 1, what="it begins anew")
    assert [frame.event.event for frame in listener.take()] == ["resync"]
    id = services.client.enqueue(make_call())
    wait_until(lambda: id in [frame.event.job for frame in hub._recent], what="the stream goes on")


def test_what_is_kept_in_memory_is_bounded_in_bytes(hub: Hub) -> None:
    from tests.web.live.test_listener import told

    hub.publish(told(number, job=str(number), data='{"step":"' + "x" * 100_000 + '"}') for number in range(1, 200))
    assert sum(len(frame.event.data) for frame in hub._recent) <= KEPT_BYTES
    assert hub.since == told(199 - len(hub._recent)).id
