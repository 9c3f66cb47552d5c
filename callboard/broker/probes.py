"""Probes of a process without a web page: whether it lives, is ready, and has started, on a port of its own."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from callboard.broker.link import Links
from callboard.jobs.settings import Settings

log = logging.getLogger("callboard.probes")

PATHS: Final = ("/livez", "/readyz", "/healthz", "/startupz")
Check = Callable[[], object]
Checks = Mapping[str, Check]


class ProbesFault(ValueError):
    """Raised when the port of the probes cannot be had."""


@contextmanager
def probes(settings: Settings, checks: Checks, mask: Callable[[str], str] = str) -> Iterator[int | None]:
    """Answer probes inside the block, if the settings give a port; the port, None without one.

    A check raises what is wrong, or answers False. Raises ProbesFault for a port that somebody else has.
    """
    if settings.health_port is None:
        yield None
        return
    try:
        server = ThreadingHTTPServer((settings.health_bind, settings.health_port), handler(checks, mask))
    except OSError as error:
        where = f"{settings.health_bind}:{settings.health_port}"
        raise ProbesFault(f"the health port {where} cannot be had: {error.strerror or error}") from None
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="probes", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def answers(links: Links) -> Check:
    """The check that Redis answers."""
    return lambda: links.call("PING")


def answer(path: str, checks: Checks, mask: Callable[[str], str]) -> tuple[int, dict[str, Any]]:
    """Status and values for a path, in the shape of the web page's own probes."""
    if path not in PATHS:
        return 404, {"status": "unknown", "paths": list(PATHS)}
    if path == "/livez":
        return 200, {"status": "ok"}
    told = {name: _told(check, mask) for name, check in checks.items()}
    good = all(words == "ok" for words in told.values())
    return (200 if good else 503), {"status": "ok" if good else "unavailable", "checks": told}


def _told(check: Check, mask: Callable[[str], str]) -> str:
    try:
        good = check() is not False
    except Exception as error:  # noqa: BLE001 - whatever is wrong is what is asked for
        return mask(str(error)) or type(error).__name__
    return "ok" if good else "does not answer"


def handler(checks: Checks, mask: Callable[[str], str]) -> type[BaseHTTPRequestHandler]:
    """What answers a request: GET and HEAD of the four paths."""

    class Handler(BaseHTTPRequestHandler):
        """Answers one connection."""

        timeout = 5.0
        server_version = "callboard"
        sys_version = ""

        def do_GET(self) -> None:
            """Answer with JSON."""
            status, values = answer(self.path.partition("?")[0], checks, mask)
            body = json.dumps(values).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 - as above

        def log_message(self, format: str, *values: Any) -> None:  # noqa: A002 - its own name for it
            """Probes come each second: nothing is worth a line but in debugging."""
            log.debug(format, *values)

    return Handler
