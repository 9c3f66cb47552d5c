"""The process beside the workers of a demo: `python -m cli.demo_world` sets the scene once, then goes on."""

from __future__ import annotations

import random
import signal
import sys
import threading

from callboard.jobs.errors import CallboardError
from callboard.jobs.log_lines import set_up_logging
from callboard.jobs.settings import load_settings


def main() -> int:
    """Run until told to stop; the exit code."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        settings = load_settings()
        set_up_logging(settings)
        run(stop)
    except CallboardError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def run(stop: threading.Event) -> None:
    """Write the past where there is none, set the scene, and go on. Raises CallboardError."""
    import actors
    from callboard.history.database import connect
    from callboard.jobs.clock import wall_ms
    from cli.demo_world.past import write_past
    from cli.demo_world.scene import set_scene, stands
    from cli.demo_world.traffic import go_on

    dice = random.Random()
    engine = connect(load_settings().sql_url)
    if not stands(engine):
        write_past(engine, actors.broker, wall_ms())
        set_scene(actors.broker, engine, wall_ms(), dice)
    go_on(actors.broker, stop, dice)


if __name__ == "__main__":
    sys.exit(main())
