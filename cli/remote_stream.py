"""The live stream of a board over its API, read like the stream of the engine."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from callboard.broker.errors import ConnectionLost
from callboard.broker.stream import Event
from callboard.jobs.encoding import NotJson, decode, encode
from cli.api import Api, require
from cli.failures import Stop

if TYPE_CHECKING:
    import httpx2

# The board sends a sign of life each 15 seconds.
SILENCE: Final = 40.0
AGAIN: Final = 1.0
# What is there already arrives within this time after the answer has begun.
FIRST: Final = 1_000
NEWEST: Final = "newest"
MOST_TOPICS: Final = 50
SUBJECTS: Final = ("job", "flow", "schedule", "worker", "error", "subject")


class RemoteStream:
    """Events of all jobs or of some, read by a thread of its own; reading goes on after a break."""

    def __init__(self, api: Api, after: str = NEWEST, ids: Sequence[str] = ()) -> None:
        self.api = api
        self.after = after
        topics = [f"job:{id}" for id in ids] if 0 < len(ids) <= MOST_TOPICS else ["home"]
        self.params = {"topics": ",".join(topics)}
        self._heard: SimpleQueue[Event | Exception] = SimpleQueue()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._wait_ms = FIRST

    def latest(self) -> str:
        """Listen from now on; a board that has no stream to give is asked in turns instead."""
        try:
            self._open()
        except (ConnectionLost, Stop):
            # Whoever asked for the newest looks at the jobs themselves each second as well.
            self._closed.set()
        return NEWEST

    def read(self, block_ms: int = 2_000) -> list[Event]:
        """The next events, waiting for the first; a `resync` is a gap. Raises ConnectionLost, Refused."""
        if self._thread is None and not self._closed.is_set():
            self._open()
        if self._closed.is_set():
            time.sleep(min(block_ms, 1_000) / 1000)
            return []
        wait, self._wait_ms = max(block_ms, self._wait_ms), 0
        try:
            found = [_event(self._heard.get(timeout=wait / 1000))]
        except Empty:
            return []
        while not self._heard.empty():
            found.append(_event(self._heard.get()))
        return found

    def close(self) -> None:
        """Stop listening."""
        self._closed.set()

    def _open(self) -> None:
        """Begin; what is refused is refused here, what breaks later begins anew."""
        answer = self._ask(None if self.after == NEWEST else self.after)
        self._thread = threading.Thread(target=self._listen, args=(answer,), name="live stream", daemon=True)
        self._thread.start()

    def _ask(self, after: str | None) -> httpx2.Response:
        import httpx2

        http = httpx2.Client(base_url=self.api.base, headers=self.api.http.headers, timeout=SILENCE)
        params = self.params | ({"after": after} if after else {})
        try:
            answer = http.send(http.build_request("GET", "/api/v1/events", params=params), stream=True)
            if answer.status_code >= 400:
                answer.read()
        except httpx2.TransportError as error:
            raise ConnectionLost(f"{self.api.base} cannot be reached: {error}") from None
        require(answer.status_code, answer)
        return answer

    def _listen(self, answer: httpx2.Response) -> None:
        import httpx2

        last = None
        while not self._closed.is_set():
            try:
                for id, body in frames(answer.iter_lines()):
                    last = id or last
                    for event in events_of(id, body):
                        self._heard.put(event)
            except httpx2.TransportError:
                pass
            while not self._closed.wait(AGAIN):
                try:
                    answer = self._ask(last)
                    break
                except ConnectionLost:
                    continue
                except Stop as error:
                    self._heard.put(error)
                    return


def _event(found: Event | Exception) -> Event:
    if isinstance(found, Exception):
        raise found
    return found


def frames(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The id and data of each server-sent event; an id alone says how far the stream is."""
    id, data = "", list[str]()
    for line in lines:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "id":
            id = value
        elif name == "data":
            data.append(value)
        elif not line and (id or data):
            yield id, "\n".join(data)
            data = []


def events_of(id: str, body: str) -> Iterator[Event]:
    """The events of a frame: one, or a line of a log each."""
    try:
        values: Any = decode(body, "event") if body else None
    except NotJson:
        return
    if not isinstance(values, dict):
        return
    data = values.get("data") or {}
    kind = str(values.get("type", ""))
    subject = str(next((values[name] for name in SUBJECTS if name in values), ""))
    for one in data.get("lines", ()) if kind == "job:log" else (data,):
        text = encode(one, "event") if one else ""
        yield Event(id, kind, subject, values.get("job_type", ""), values.get("queue", ""), values.get("v", 0), text)
