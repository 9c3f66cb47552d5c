"""The command in this process against a private server, and jobs to look at."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from callboard.broker.client import Client
from callboard.broker.control import Control
from callboard.broker.link import Links
from callboard.broker.scripts import Scripts
from callboard.broker.store import Store
from cli import server, terminal
from cli.main import run
from tests.jobs import Worker

Command = Callable[..., "Answer"]


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Standard output as one JSON value; fails when there is anything else on it."""
        return json.loads(self.out)

    def lines(self) -> list[list[str]]:
        """Standard output as lines of fields."""
        return [line.split("\t") for line in self.out.splitlines()]


@dataclass(frozen=True)
class Board:
    """The same server seen without the command; its clock is the real one."""

    client: Client
    control: Control
    store: Store
    worker: Worker


@pytest.fixture
def board(valkey_url: str, prefix: str) -> Iterator[Board]:
    """A board whose worker serves the queues `default` and `mail`."""
    links = Links(valkey_url, Scripts(), prefix)
    yield Board(Client(links), Control(links), Store(links), Worker(links, "default", "mail"))
    links.close()


@pytest.fixture
def callboard(
    valkey_url: str,
    prefix: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Iterator[Command]:
    """The command: `callboard("ls", "--json")` answers with exit code, standard output and standard error."""
    monkeypatch.setenv("REDIS_URL", valkey_url)
    monkeypatch.setenv("CALLBOARD_PREFIX", prefix)
    monkeypatch.setenv("CALLBOARD_HOME", str(tmp_path / "home"))
    forget()

    def command(*words: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["callboard", *words])
        capfd.readouterr()
        terminal.console.cache_clear()
        terminal.error_console.cache_clear()
        code = run()
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return Answer(code, out, err)

    yield command
    if server.links.cache_info().currsize:
        server.links().close()
    if server.database.cache_info().currsize:
        server.database().dispose()
    forget()


def forget() -> None:
    """Forget the settings and connections of the test before."""
    own = (server.settings, server.links, server.store, server.database, server.client, server.control)
    for remembered in own:
        remembered.cache_clear()
