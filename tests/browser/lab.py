"""A lab at work, by `callboard up --demo`, and a browser to look at it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from callboard.history.database import connect, writing
from callboard.history.tokens import create_token
from callboard.jobs.clock import wall_ms
from callboard.jobs.settings import Settings
from tests.browser.looking import Board
from tests.waiting import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[2]


@contextmanager
def lab(home: Path, browser: Browser) -> Iterator[Board]:
    """A board in which jobs run, for an admin and a viewer, until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CALLBOARD_", "REDIS_"))}
    environment |= {"CALLBOARD_HOME": str(home), "PORT": str(port), "PYTHONPATH": str(ROOT)}
    words, command = home / "out.log", [sys.executable, "-m", "cli", "up", "--demo", "--workers", "1"]
    with words.open("w") as out:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
    try:
        wait_until(lambda: "Dashboard" in words.read_text(), seconds=90, every=0.2, what="up")
        (token,) = re.findall(r"#token=(\S+)", words.read_text())
        engine = connect(replace(Settings(), home=home).sql_url)
        with writing(engine) as session:
            viewer = create_token(session, "a student", "viewer", wall_ms())[1]
        engine.dispose()
        board = Board(f"http://127.0.0.1:{port}", browser, {"admin": token, "viewer": viewer})
        wait_until(board.answers, seconds=90, every=0.3, what="it answers, with a past")
        yield board
    finally:
        process.terminate()
        process.wait(60)
