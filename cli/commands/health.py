"""`callboard health`: a probe for whoever restarts what does not work."""

from __future__ import annotations

import click

from callboard.broker.presence import there
from cli.failures import FAILED
from cli.output import Out
from cli.server import store
from cli.words import word

EXAMPLES = """
callboard health                     server answers and a worker runs
callboard health --no-worker         server answers
"""


@word("health", EXAMPLES)
@click.option("--worker/--no-worker", default=True, help="Whether a worker must run.")
@click.pass_obj
def health_command(out: Out, worker: bool) -> int:
    """Say in the exit code whether jobs can run: 0 yes, 1 no worker runs, 5 the server cannot be reached."""
    running = sum(there(one) for one in store().workers())
    healthy = bool(running) or not worker
    words = (
        f"{'ok' if healthy else 'no worker runs'}: the server answers, {running} worker{'' if running == 1 else 's'}"
    )
    out.page({"ok": healthy, "workers": running}, lambda: out.line(words))
    return 0 if healthy else FAILED
