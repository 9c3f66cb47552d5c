"""The files of a Valkey data directory: configuration, password, pid and log."""

import contextlib
import os
import secrets
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

SERVER_OPTIONS = {
    "bind": "127.0.0.1",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": '""',  # the append-only file is the one copy; snapshots would only fork and write it twice
    "maxmemory-policy": "noeviction",
    "pidfile": "valkey.pid",
}


def configure(folder: Path, port: int, options: Mapping[str, str]) -> None:
    """Write the configuration of the next start; `options` go last and win."""
    lines = SERVER_OPTIONS | {"port": str(port), "requirepass": _password(folder)} | dict(options)
    _write_private(folder / "valkey.conf", "".join(f"{name} {value}\n" for name, value in lines.items()))


def configured_port(folder: Path) -> int:
    """Return the port in the directory's configuration, 0 before the first start."""
    with contextlib.suppress(FileNotFoundError):
        lines = (folder / "valkey.conf").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("port "))
    return 0


def free_port(folder: Path, port: int) -> int | None:
    """Return the port asked for, or else the directory's last one or any; None if it is not free."""
    for wanted in (port,) if port else (configured_port(folder), 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            # As the server does it: connections of the last run, still closing, do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", wanted))
            return int(probe.getsockname()[1])
    return None


def server_url(folder: Path) -> str:
    """Return the URL of the directory's server, with its password."""
    return f"redis://:{_password(folder)}@127.0.0.1:{configured_port(folder)}/0"


def _password(folder: Path) -> str:
    path = folder / "password"
    if not path.exists():
        _write_private(path, secrets.token_urlsafe(24))
    return path.read_text()


def _write_private(path: Path, content: str) -> None:
    # Renamed into place, so that a crash in between leaves the old file or the new one, and nobody else reads it.
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(content)
    draft.replace(path)


def recorded_pid(folder: Path) -> str:
    """Return the pid the server wrote down, for messages: it may be out of date."""
    with contextlib.suppress(FileNotFoundError):
        return (folder / "valkey.pid").read_text().strip()
    return "unknown"


def port_is_taken(port: int) -> str:
    """Say that the port cannot be had."""
    return f"port {port} on 127.0.0.1 is taken by another program; choose another, or 0 for a free one"


def port_was_taken(folder: Path) -> bool:
    """Whether the last start ended because another program has the port."""
    return "Address already in use" in (folder / "valkey.log").read_text(errors="replace")


def why_it_died(folder: Path) -> str:
    """Say why the last start ended, from its log."""
    if port_was_taken(folder):
        return port_is_taken(configured_port(folder))
    tail = (folder / "valkey.log").read_text(errors="replace").strip().splitlines()[-5:]
    return f"the Valkey of {folder} ended while it started; the end of its log, {folder / 'valkey.log'}:\n" + "\n".join(
        tail
    )


def fresh_log(folder: Path) -> BinaryIO:
    """Open an empty log for the next start, keeping the previous one beside it."""
    log = folder / "valkey.log"
    if log.exists():
        log.replace(folder / "valkey.log.1")
    return log.open("wb")
