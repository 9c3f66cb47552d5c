"""Servers on loopback that must not be reached, or that answer badly."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from pytest_httpserver import HTTPServer

Talk = Callable[[socket.socket, threading.Event], None]


@pytest.fixture(scope="module")
def inner() -> Iterator[HTTPServer]:
    """A server, started once for all tests of a module: to stop it takes half a second."""
    with HTTPServer(host="127.0.0.1") as server:
        server.expect_request("/").respond_with_data("the inner secret")
        yield server


@pytest.fixture
def canary(inner: HTTPServer) -> HTTPServer:
    """A server that counts who reaches it: `canary.log`."""
    inner.clear_log()
    return inner


@pytest.fixture
def raw() -> Iterator[Callable[[Talk], int]]:
    """Start a server that talks as it is told and return its port; it stops with the test."""
    over = threading.Event()
    started: list[tuple[socket.socket, threading.Thread]] = []

    def serve(talk: Talk) -> int:
        listener = socket.create_server(("127.0.0.1", 0))

        def accept() -> None:
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    connection.recv(65_536)
                    talk(connection, over)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        started.append((listener, thread))
        return int(listener.getsockname()[1])

    yield serve
    over.set()
    for listener, thread in started:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
