"""A loopback proxy before Redis that does to chosen scripts what a network can do to them."""

import hashlib
import random
import select
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import hiredis

from callboard.broker.scripts import Scripts

# drop_reply: executed, then the connection breaks; hang: executed, no answer, no break; drop_request: never executed.
ACTIONS = ("drop_reply", "drop_request", "hang", "delay")


@dataclass(slots=True)
class Rule:
    """What befalls a share of the calls of some scripts (all when none is named), `count` times at most."""

    action: str
    scripts: frozenset[str] = frozenset()
    share: float = 1.0
    count: int = 1_000_000_000
    seconds: float = 0.0

    def __post_init__(self) -> None:
        assert self.action in ACTIONS, f"action must be one of {ACTIONS}, got {self.action}"


class Proxy:
    """Listens on a port of its own; each connection is one thread that passes on whole requests and whole replies."""

    def __init__(self, url: str, scripts: Scripts, seed: int = 0) -> None:
        self.rules: list[Rule] = []
        self.hits: Counter[str] = Counter()
        self._names = scripts.name_of
        self._chance = random.Random(seed)
        self._lock = threading.Lock()
        self._refusing = self._closed = False
        self._open: set[socket.socket] = set()
        target = urlsplit(url)
        self._target = (target.hostname or "127.0.0.1", target.port or 6379)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = url.replace(f":{target.port}", f":{self._listener.getsockname()[1]}")
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    def close(self) -> None:
        """Break all connections and listen no more."""
        self._closed = True
        self._listener.close()
        self.break_all()

    def break_all(self) -> None:
        """Break the connections that are open now."""
        for connection in list(self._open):
            _shut(connection)

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Break what is open and whatever is opened, for the length of a block."""
        self._refusing = True
        self.break_all()
        try:
            yield
        finally:
            self._refusing = False

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            self._open.add(client)
            try:
                if not self._refusing:
                    with socket.create_connection(self._target) as server:
                        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                        self._pass_on(client, server)
            except (OSError, EOFError):
                pass
            finally:
                self._open.discard(client)

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        while True:
            request, commands = _whole(client)
            rule = self._rule_for(commands)
            if rule and rule.action == "drop_request":
                return
            server.sendall(request)
            reply, _ = _whole(server, len(commands), client)
            if rule and rule.action == "drop_reply":
                return
            if rule and rule.action == "hang":
                _whole(client)
            if rule:
                threading.Event().wait(rule.seconds)
            client.sendall(reply)

    def _rule_for(self, commands: list[Any]) -> Rule | None:
        with self._lock:
            for name in filter(None, map(self._script, commands)):
                for rule in self.rules:
                    named = not rule.scripts or name in rule.scripts
                    if named and rule.count > 0 and self._chance.random() < rule.share:
                        rule.count -= 1
                        self.hits[name] += 1
                        return rule
        return None

    def _script(self, command: list[bytes]) -> str:
        verb = command[0].upper()
        if verb == b"EVAL":
            return self._names.get(hashlib.sha1(command[1]).hexdigest(), "")
        return self._names.get(command[1].decode(), "") if verb == b"EVALSHA" else ""


def _whole(source: socket.socket, replies: int = 1, other: socket.socket | None = None) -> tuple[bytes, list[Any]]:
    """The bytes of whole messages, `replies` of them at least; raises EOFError when `source` or `other` has closed."""
    reader, raw = hiredis.Reader(), b""
    found: list[Any] = []
    while len(found) < replies or reader.has_data():
        ready = select.select([source, other] if other else [source], [], [])[0]
        if other in ready and source not in ready:
            raise EOFError("the client went away before its reply")
        data = source.recv(1 << 16)
        if not data:
            raise EOFError("closed")
        raw += data
        reader.feed(data)
        while (message := reader.gets()) is not False:
            found.append(message)
    return raw, found


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
