"""The server of this home for the length of a command: started where none runs, stopped by whoever is the last."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from callboard.jobs.settings import environment_for_child
from cli.failures import NOT_POSSIBLE, Stop

if TYPE_CHECKING:
    from callboard.jobs.settings import Settings

# How long the last one waits for the process that started the server to let go of it.
HANDOVER: Final = 5.0


@contextlib.contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """Keep a second `up` out of this home. Raises Stop."""
    from callboard.broker.file_lock import release, take

    settings.home.mkdir(parents=True, exist_ok=True)
    path = settings.home / "up.lock"
    lock = take(path)
    if lock is None:
        raise Stop(
            NOT_POSSIBLE,
            f"callboard up runs already in {settings.home} (process {path.read_text()}); "
            "stop it with Ctrl-C, or choose another folder with --home",
        )
    try:
        yield
    finally:
        release(lock)


class OwnServer:
    """Our own server as this command uses it: started by it, or by another command of the same home."""

    def __init__(self, folder: Path, port: int) -> None:
        from callboard.broker.embedded import start_embedded

        self.folder = folder
        self._embedded = start_embedded(folder, attach=True, port=port)

    def revive(self) -> bool:
        """Start the server again, with its data, if it has died; whether it had. Raises EmbeddedError."""
        from callboard.broker.embedded import start_embedded

        if not self._embedded.owned or self._embedded.is_alive():
            return False
        self._embedded.stop()
        self._embedded = start_embedded(self.folder, attach=True)
        return True

    def stop(self) -> None:
        """Stop the server if it was started here."""
        self._embedded.stop()


@contextlib.contextmanager
def server_for_a_while(settings: Settings, port: int = 0) -> Iterator[OwnServer | None]:
    """Have a server run; None where the settings name a Redis that is not ours. Raises EmbeddedError.

    Commands of one home share its server: each holds the same lock with others, and who gets it alone is the last.
    """
    if not settings.embedded:
        yield None
        return
    users = _join(settings.home)
    try:
        server = OwnServer(settings.store_folder, port)
        with _cleaner(settings.home):
            try:
                yield server
            finally:
                _leave(settings.store_folder, users, server)
    finally:
        os.close(users)


def stop_if_unused(home: Path, store_folder: Path) -> None:
    """Stop the server of a home that nobody uses: for what runs after a command was killed."""
    users = _join(home)
    try:
        _leave(store_folder, users, None)
    finally:
        os.close(users)


def _join(home: Path) -> int:
    """Become one of those who use the server; waits while the last one stops it."""
    home.mkdir(parents=True, exist_ok=True)
    users = os.open(home / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(users, fcntl.LOCK_SH)
    return users


def _leave(store_folder: Path, users: int, server: OwnServer | None) -> None:
    """Stop the server unless others use it."""
    try:
        # Gives up our share even where it fails: of two that leave at once, the second is alone.
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    from callboard.broker.embedded import EmbeddedError, find_running, start_embedded

    if server:
        server.stop()
    deadline = time.monotonic() + HANDOVER
    while find_running(store_folder):
        try:
            start_embedded(store_folder).stop()
        except EmbeddedError:
            # Whoever started it has left already, but its process is not quite gone.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@contextlib.contextmanager
def _cleaner(home: Path) -> Iterator[None]:
    """Have something left behind that stops the server when this process is killed and can do nothing itself.

    A shell that waits for the end of a pipe takes 1 MB; only our death makes it more.
    """
    script = 'read _ || exec "$0" -m cli.clean_up "$1"'
    waiting = subprocess.Popen(
        ["/bin/sh", "-c", script, sys.executable, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=environment_for_child(CALLBOARD_HOME=str(home)),
    )
    try:
        yield
    finally:
        waiting.kill()
        waiting.wait()
        if waiting.stdin:
            waiting.stdin.close()
