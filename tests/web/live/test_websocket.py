"""The stream over WebSocket: who may open it, what is asked by message, the old names, and what goes wrong."""

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, RejectConnection, Request, TextMessage

from callboard.broker.stream import events_after
from tests.jobs import Worker, make_call
from tests.waiting import wait_until
from web.live.live import Live
from web.services import Services


class Phone:
    """A WebSocket client: what it heard, and why it was over."""

    def __init__(self, port: int, path: str, headers: dict[str, str]) -> None:
        self.heard: list[dict[str, Any]] = []
        self.status, self.closed = 0, 0
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._protocol = WSConnection(ConnectionType.CLIENT)
        extra = [(name.encode(), value.encode()) for name, value in headers.items()]
        self._socket.sendall(self._protocol.send(Request(f"127.0.0.1:{port}", path, extra_headers=extra)))
        self._socket.settimeout(0.05)
        wait_until(lambda: self.listen() or self.status, seconds=5, what="an answer")

    def listen(self) -> bool:
        """Take what has come; true once it is over."""
        try:
            data = self._socket.recv(65_536)
        except TimeoutError:
            return bool(self.closed)
        self._protocol.receive_data(data or None)
        for event in self._protocol.events():
            if isinstance(event, AcceptConnection):
                self.status = 101
            elif isinstance(event, RejectConnection):
                self.status = event.status_code
            elif isinstance(event, TextMessage):
                self.heard.append(json.loads(event.data))
            elif isinstance(event, CloseConnection):
                self.closed = self.closed or event.code
        return bool(self.closed) or not data

    def say(self, value: Any) -> None:
        """Send a message."""
        self._socket.sendall(self._protocol.send(TextMessage(value if isinstance(value, str) else json.dumps(value))))

    def hear(self, kind: str) -> dict[str, Any]:
        """The first message of a type or old name."""

        def found() -> dict[str, Any] | None:
            self.listen()
            return next((one for one in self.heard if kind in (one.get("type"), one.get("event"))), None)

        return wait_until(found, seconds=5, what=kind) or {}

    def leave(self) -> None:
        """Hang up."""
        self._socket.close()


Call = Callable[..., Phone]


@pytest.fixture
def call(served: int) -> Iterator[Call]:
    """Opens a WebSocket with headers."""
    phones = []

    def open_socket(path: str = "/ws", **headers: str) -> Phone:
        phones.append(Phone(served, path, {name.replace("_", "-"): value for name, value in headers.items()}))
        return phones[-1]

    yield open_socket
    for phone in phones:
        phone.leave()


@pytest.fixture
def bearer(token: Callable[[str], str]) -> dict[str, str]:
    """The header of a viewer."""
    return {"Authorization": f"Bearer {token('viewer')}"}


# S2.3
def test_a_client_hears_of_the_queues_that_it_subscribes_to(
    call: Call, bearer: dict[str, str], services: Services
) -> None:
    phone = call("/api/jobs/ws", **bearer)
    phone.say({"subscribe": {"queues": ["Paper_Processing"]}})
    assert phone.hear("subscribed")["data"] == {"topics": ["queue:paper-processing"]}
    services.client.enqueue(make_call("other"))
    id = services.client.enqueue(make_call("paper-processing"))
    frame = phone.hear("job:added")
    assert (frame["job"], frame["state"], frame["v"]) == (id, "waiting", 1)


# S2.38
def test_the_eight_events_come_under_their_old_names(call: Call, bearer: dict[str, str], services: Services) -> None:
    phone = call("/ws?names=s2&topics=queue:mail", **bearer)
    phone.hear("subscribed")
    worker = Worker(services.links, "mail")
    id = services.client.enqueue(make_call("mail"))
    added = phone.hear("job:added")["data"]
    assert (added["jobId"], added["queue"], added["name"], added["status"]) == (id, "mail", "add", "waiting")
    job = worker.take()
    phone.hear("job:active")
    worker.say("progress", id, job.fence, '{"done":3,"total":4,"percent":75.0,"step":"fold","eta_ms":9}')
    progress = phone.hear("job:progress")["data"]
    detail = {"percentage": 75.0, "step": "fold", "current": 3, "total": 4, "etaMs": 9}
    assert (progress["progress"], progress["progressDetail"]) == (75, detail)
    worker.complete(job)
    assert phone.hear("job:completed")["data"]["status"] == "completed"
    services.client.enqueue(make_call("mail", attempts=1))
    worker.fail(worker.take())
    assert phone.hear("job:failed")["data"]["failedReason"]
    services.client.remove(id)
    assert phone.hear("job:removed")["data"]["jobId"] == id
    services.control.pause("mail")
    assert phone.hear("queue:status")["data"]["status"] == "paused"
    assert phone.hear("queue:stats")["data"].keys() >= {"queue", "waiting", "active", "completed", "failed", "delayed"}


def test_a_client_that_was_away_goes_on_after_an_event(call: Call, bearer: dict[str, str], services: Services) -> None:
    services.client.enqueue(make_call())
    (last,) = events_after(services.links, "0-0", 10)
    missed = services.client.enqueue(make_call())
    phone = call(f"/ws?topics=home&after={last.id}", **bearer)
    assert phone.hear("job:added")["job"] == missed
    phone = call(**bearer)
    phone.say({"subscribe": {}, "after": last.id})
    assert phone.hear("job:added")["job"] == missed


def test_a_token_may_come_as_the_first_message(call: Call, token: Callable[[str], str]) -> None:
    phone = call()
    phone.say({"token": token("viewer"), "subscribe": {"jobs": ["x"]}})
    assert phone.hear("subscribed")["data"] == {"topics": ["job:x"]}


# X3: a page of another site must not open a socket with our cookie, nor from this machine
@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec_Fetch_Site": "cross-site"}])
def test_the_upgrade_is_refused_to_pages_of_other_sites(call: Call, headers: dict[str, str]) -> None:
    assert call(**headers).status == 403


def test_nobody_hears_anything_without_a_token(call: Call, services: Services) -> None:
    assert call(Authorization="Bearer cbt_000000000000_" + "x" * 43).status == 401
    phone = call("/ws?topics=home")
    services.client.enqueue(make_call())
    phone.say({"subscribe": {}})
    wait_until(phone.listen, seconds=8, what="the end")
    assert (phone.closed, phone.heard) == (1008, [])


def test_a_message_that_means_nothing_is_told_and_the_socket_stays(call: Call, bearer: dict[str, str]) -> None:
    phone = call(**bearer)
    for nonsense in ("[", '{"sub":1}', '{"subscribe":{"queues":"x"}}', '{"topics":["nothing"]}', '{"subscribe":[]}'):
        phone.heard.clear()
        phone.say(nonsense)
        assert phone.hear("error")["data"]["message"], nonsense
    phone.say({"topics": ["home"]})
    assert phone.hear("subscribed")


def test_a_full_process_closes_with_try_again_later(call: Call, bearer: dict[str, str], live: Live) -> None:
    live.most = (100, 0)
    phone = call(**bearer)
    wait_until(phone.listen, seconds=8, what="the end")
    assert phone.closed == 1013


def test_a_message_that_is_too_long_ends_the_socket(call: Call, bearer: dict[str, str]) -> None:
    phone = call(**bearer)
    phone.say('{"topics":["' + "x" * 70_000 + '"]}')
    wait_until(phone.listen, seconds=8, what="the end")
    assert phone.closed == 1009
