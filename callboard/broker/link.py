"""Held connections to the server: one policy for time limits and errors, no retry hidden inside."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, cast

import redis
from redis import exceptions
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import SentinelConnectionPool

from callboard.broker.errors import ConnectionGone, ConnectionLost, ScriptFault, StoreFull
from callboard.broker.keys import HELD_CLOCK
from callboard.broker.scripts import Scripts

CONNECT_TIMEOUT: Final = 3.0
REPLY_TIMEOUT: Final = 5.0
BUSY: Final = ("BUSY", "LOADING", "READONLY", "TRYAGAIN", "MASTERDOWN", "CLUSTERDOWN", "UNKILLABLE", "NOREPLICAS")
Command = Sequence[str | bytes | int | float]


def translate(error: Exception) -> Exception:
    """The one error class that callers know for what the client library raises."""
    text = str(error)
    if isinstance(error, exceptions.OutOfMemoryError) or "OOM " in text:
        return StoreFull(f"the Redis server is full and refuses new jobs: {text}; free memory or raise maxmemory")
    if isinstance(error, exceptions.ConnectionError) and not isinstance(error, exceptions.BusyLoadingError):
        return ConnectionGone(f"no connection to the Redis server: {text}")
    passing = isinstance(
        error, (exceptions.ConnectionError, exceptions.TimeoutError, exceptions.ReadOnlyError, OSError)
    )
    if passing or text.startswith(BUSY) or any(f"-{word}" in text for word in BUSY):
        return ConnectionLost(f"no answer from the Redis server: {text}")
    return ScriptFault(text)


class Link:
    """One open connection, used by one thread at a time."""

    def __init__(self, pool: redis.ConnectionPool, scripts: Scripts) -> None:
        self._connection: Any = pool.make_connection()
        self._scripts = scripts
        self.used = False
        self._open = False

    def ask(self, commands: Sequence[Command], timeout: float | None = None) -> list[Any]:
        """The replies to some commands sent in one write; an error of one is returned in its place.

        Raises ConnectionLost when any reply is missing; the connection is closed then, for later replies
        would answer the wrong question.
        """
        connection = self._connection
        try:
            if not self._open:  # a connection found by sentinels asks them in here, and only in here
                connection.connect()
                self._open = True
            connection.send_packed_command(connection.pack_commands(commands), check_health=False)
            return [self._reply(timeout) for _ in commands]
        except (exceptions.RedisError, OSError) as error:
            self.close()
            raise translate(error) from None
        except BaseException:
            # A body is interrupted in here by its time limit: the reply still on its way is for nobody else.
            self.close()
            raise

    def _reply(self, timeout: float | None) -> Any:
        try:
            if timeout is None:
                return self._connection.read_response(disconnect_on_error=False)
            return self._connection.read_response(timeout=timeout, disconnect_on_error=False)
        except exceptions.ResponseError as error:
            return error
        except exceptions.AuthenticationError as error:
            return error

    def run(self, commands: Sequence[Command], timeout: float | None = None) -> list[Any]:
        """The replies to some commands; scripts that the server does not know are loaded and run again.

        Raises ConnectionLost, StoreFull or ScriptFault for the first command that failed.
        """
        replies = self.ask(commands, timeout)
        self.used = True
        for i, reply in enumerate(replies):
            if isinstance(reply, exceptions.NoScriptError):
                text = self._scripts.text[self._scripts.name_of[str(commands[i][1])]]
                replies[i] = self.ask([("EVAL", text, *commands[i][2:])], timeout)[0]
            if isinstance(replies[i], Exception):
                if isinstance(replies[i], exceptions.ReadOnlyError):
                    self.close()  # it has been demoted: the next connection finds the new primary
                raise translate(replies[i]) from None
        return replies

    def close(self) -> None:
        """Close the connection; the next command opens it again."""
        self._open = False
        self._connection.disconnect()


@dataclass(frozen=True, slots=True)
class Sentinels:
    """The sentinels that know which server is the primary now: their addresses, its name, and what to log in with."""

    addresses: tuple[tuple[str, int], ...]
    master: str
    sentinel_password: str | None = field(default=None, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    db: int = 0

    def pool(self, options: dict[str, Any]) -> redis.ConnectionPool:
        """Where connections to the primary are made; each new one asks the sentinels again."""
        own = {name: options[name] for name in ("socket_timeout", "socket_connect_timeout")}
        asked = redis.Sentinel(list(self.addresses), sentinel_kwargs={**own, "password": self.sentinel_password})
        login = {"username": self.username, "password": self.password, "db": self.db}
        return SentinelConnectionPool(self.master, asked, **options, **login)


class Links:
    """The connections of a process to one server; each is held by who uses it and put back after."""

    def __init__(
        self,
        url: str | Callable[[], str],
        scripts: Scripts,
        prefix: str = "{callboard}",
        sentinels: Sentinels | None = None,
        **options: Any,
    ) -> None:
        self._url = url
        self._sentinels = sentinels
        self._options: dict[str, Any] = {
            "socket_timeout": REPLY_TIMEOUT,
            "socket_connect_timeout": CONNECT_TIMEOUT,
            "socket_keepalive": True,
            "decode_responses": True,
            "encoding_errors": "replace",
            "retry": Retry(NoBackoff(), 0),
            "health_check_interval": 0,
            "protocol": 2,
            # The pool only makes connections and counts those it ever made: with its limit of 100 it would stop there.
            "max_connections": 2**31,
            **options,
        }
        self.prefix = prefix
        self.scripts = scripts
        self._idle: deque[Link] = deque()
        self._pid = os.getpid()

    @cached_property
    def pool(self) -> redis.ConnectionPool:
        """Where connections are made; found out at the first one, so that importing job types needs no server.

        Raises ConnectionLost when there is no server to be found.
        """
        if self._sentinels:
            return self._sentinels.pool(self._options)
        return redis.ConnectionPool.from_url(self.url, **self._options)

    @property
    def url(self) -> str:
        """The address of the server, password included."""
        return self._url if isinstance(self._url, str) else self._url()

    def open(self) -> Link:
        """A connection of one's own, to be closed by the caller."""
        return Link(self.pool, self.scripts)

    @contextmanager
    def held(self) -> Iterator[Link]:
        """A connection for the length of a block."""
        if self._pid != os.getpid():  # A forked child must not write into its parent's sockets.
            self._idle, self._pid = deque(), os.getpid()
        try:
            link = self._idle.pop()
        except IndexError:
            link = self.open()
        try:
            yield link
        finally:
            self._idle.append(link)

    def run(self, *commands: Command) -> list[Any]:
        """The replies to some commands on any connection.

        A connection that the server has closed while it lay idle is replaced once: every command here may be repeated.
        """
        with self.held() as link:
            try:
                return link.run(commands)
            except ConnectionGone:
                if not link.used:
                    raise
                link.used = False
                return link.run(commands)

    def call(self, *command: str | bytes | int | float) -> Any:
        """The reply to one command."""
        return self.run(command)[0]

    def script(self, name: str, *arguments: str | bytes | int | float) -> Command:
        """The command that runs a verb."""
        return ("EVALSHA", self.scripts.digest[name], 1, self.prefix, *arguments)

    def now_ms(self) -> int:
        """The clock that the scripts go by: the server's, or the one that a test holds."""
        held = self.call("GET", HELD_CLOCK(self.prefix)) if self.scripts.held_clock else None
        if held:
            return int(held)
        seconds, micros = self.call("TIME")
        return int(seconds) * 1000 + int(micros) // 1000

    @contextmanager
    def replaced_by(self, other: Links) -> Iterator[None]:
        """For a block, be other connections: whoever was handed these talks to their server. Made for tests."""
        own, self.__dict__ = self.__dict__, other.__dict__
        try:
            yield
        finally:
            self.__dict__ = own

    def close(self) -> None:
        """Close all idle connections."""
        while self._idle:
            self._idle.pop().close()


def text_list(reply: Any) -> list[str]:
    """A reply that is a list of texts, for the type checker."""
    return cast("list[str]", reply)
