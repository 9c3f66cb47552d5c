"""`callboard live`: a process that serves live streams only, so that they never take the threads of requests."""

from __future__ import annotations

import os
import sys

import click

from callboard.jobs.settings import environment_for_child
from cli.words import word

EXAMPLES = """
callboard live                                   streams on port 8301, a thousand at a time
callboard live --port 9001
CALLBOARD_BIND=0.0.0.0 callboard live            for others too, as `callboard web`
"""
OPTIONS = "--worker-class gthread --threads 100 --worker-connections 2000 --graceful-timeout 3 --no-control-socket"


@word("live", EXAMPLES)
@click.option("--port", metavar="PORT", type=click.IntRange(1, 65535), default=8301, show_default=True)
def live_command(port: int) -> None:
    """Serve SSE and WebSocket, and probes. A proxy sends /api/v1/events, /api/v1/jobs/ID/stream and /ws there."""
    from cli.server import settings

    bind = settings().bind
    host = f"[{bind}]" if ":" in bind else bind
    words = ["-m", "gunicorn", "web:create_live_app()", *OPTIONS.split(), "--bind", f"{host}:{port}"]
    # In place of this process: gunicorn is told by signals, and its exit code is ours.
    os.execve(sys.executable, [sys.executable, *words], environment_for_child())  # noqa: S606
