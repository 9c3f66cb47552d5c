"""`callboard web`: the API, until told to stop."""

from __future__ import annotations

import os
import sys

from callboard.jobs.settings import environment_for_child
from cli.words import word

EXAMPLES = """
callboard web                            on the port of the settings, this machine only
CALLBOARD_BIND=0.0.0.0 callboard web     for others: needs CALLBOARD_SECRET, CALLBOARD_PUBLIC_URL
"""


@word("web", EXAMPLES)
def web_command() -> None:
    """Serve the API; `callboard token create` makes tokens for it."""
    # In place of this process: gunicorn is told by signals, and its exit code is ours.
    os.execve(sys.executable, [sys.executable, "-m", "web"], environment_for_child())  # noqa: S606
