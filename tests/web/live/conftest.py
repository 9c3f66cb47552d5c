"""The live application on a loopback socket, and clients that read its streams as they come."""

import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.waiting import wait_until
from web.live.live import NAME, Live


@dataclass
class Reading:
    """An open stream: its status, and the frames that have come so far."""

    answer: http.client.HTTPResponse
    socket: socket.socket
    frames: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    def follow(self) -> None:
        """Read until the stream ends, in a thread of its own."""
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        try:
            for line in self.answer:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name == "data":
                    self.frames.append(json.loads(value))
                elif name == "id":
                    self.ids.append(value)
                elif not name:
                    self.comments.append(value)
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass  # it was closed under us

    def types(self) -> list[str]:
        """The types of the frames so far."""
        return [frame["type"] for frame in self.frames]

    def close(self) -> None:
        """Leave."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


@pytest.fixture
def served(app: Flask) -> Iterator[int]:
    """The port on which the application answers."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server.server_port
    stop(app)
    server.shutdown()
    server.server_close()
    thread.join()


def stop(app: Flask) -> None:
    """End the streams of an application."""
    live: Live = app.extensions[NAME]
    for listener in live.hub.listeners():
        listener.end()
    live.stop()
    wait_until(lambda: live.figures()["clients"] == 0, what="all streams are over")


@pytest.fixture
def live(app: Flask) -> Live:
    """The live stream of the application."""
    found: Live = app.extensions[NAME]
    return found


@pytest.fixture
def read(served: int, token: Callable[[str], str]) -> Iterator[Callable[..., Reading]]:
    """Opens a stream as a viewer."""
    readings = []
    text = token("viewer")

    def open_stream(path: str, **headers: str) -> Reading:
        connection = http.client.HTTPConnection("127.0.0.1", served, timeout=20)
        sent = {"Authorization": f"Bearer {text}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        connection.request("GET", path, headers=sent)
        own = connection.sock.dup()
        reading = Reading(connection.getresponse(), own)
        if reading.answer.status == 200:
            reading.follow()
        readings.append(reading)
        return reading

    yield open_stream
    for reading in readings:
        reading.close()
