"""The scheduler process: `python -m scheduler`; `--init` only creates the schedules of the timetable."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import time
from dataclasses import asdict
from typing import Final

import orjson

from callboard.broker.probes import ProbesFault, answers, probes
from callboard.history.database import is_there
from callboard.history.errors import SchemaError
from callboard.history.schema import HISTORY
from callboard.jobs.errors import CallboardError, classify
from callboard.jobs.log_lines import set_up_logging
from callboard.jobs.masking import masker
from callboard.jobs.settings import load_settings
from scheduler.alarms import AlarmClock
from scheduler.duty import COMPLAIN_EVERY
from scheduler.services import Services, open_services
from scheduler.ticks import TICKS
from scheduler.timetable import init_timetable

log = logging.getLogger("callboard.scheduler")

WATCH_EVERY: Final = 0.5
# What cannot end in this time may be cut off anywhere: whoever comes next finishes it.
LAST_WORDS: Final = 1.0


def main() -> int:
    """Run until told to stop by SIGTERM or SIGINT; the exit code."""
    asked = parse(sys.argv[1:])
    try:
        settings = load_settings()
        services = open_services(settings, asked.modules or ["actors"])
        if asked.init:
            return init(services)
    except (CallboardError, ImportError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    set_up_logging(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: services.stopping.set())
    checks = {"redis": answers(services.links), "sql": lambda: is_there(services.engine)}
    try:
        with probes(settings, checks, masker(settings)):
            return run(services)
    except ProbesFault as error:
        log.critical("%s", error)
        return 2


def parse(arguments: list[str]) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser("scheduler", description="Make the jobs of schedules when they are due.")
    parser.add_argument("modules", nargs="*", help="modules that declare job types; those of the platform if left out")
    parser.add_argument("--init", action="store_true", help="create the schedules of the timetable, and end")
    return parser.parse_args(arguments)


def init(services: Services) -> int:
    """Create the schedules of the timetable and print what became of each as JSON."""
    HISTORY.require_current(services.engine)
    sys.stdout.write(orjson.dumps([asdict(put) for put in init_timetable(services)]).decode() + "\n")
    services.close()
    return 0


def run(services: Services) -> int:
    """Do all duties until told to stop; the exit code."""
    try:
        if not ready(services):
            return 0
    except SchemaError as error:
        log.critical("%s", error)
        return 2
    log.info("%s looks after the schedules, types known: %d", services.name, len(services.types))
    clock = AlarmClock(services, TICKS)
    clock.start()
    while not services.stopping.wait(WATCH_EVERY):
        clock.watch()
    if not clock.stop(LAST_WORDS):
        log.warning("left in the middle of its work; it is finished by whoever comes next")
        leave()
    services.close()
    log.info("%s has stopped", services.name)
    return 0


def ready(services: Services) -> bool:
    """Wait until both stores answer, and create the timetable if the settings ask for it; False when told to stop.

    Raises SchemaError for tables that are not those of this code.
    """
    told_at = -COMPLAIN_EVERY
    while not services.stopping.is_set():
        try:
            HISTORY.require_current(services.engine)
            services.clock.now_ms()
            for put in init_timetable(services) if services.settings.init_scheduled_jobs else ():
                log.debug("schedule %s of the timetable is %s", put.name, put.result)
        except Exception as error:
            if classify(error) != "transient":
                raise
            if time.monotonic() - told_at >= COMPLAIN_EVERY:
                told_at = time.monotonic()
                log.warning("waits: %s: %s", type(error).__name__, str(error).partition("\n")[0])
            services.stopping.wait(1.0)
        else:
            return True
    return False


def leave() -> None:
    """End without waiting for threads that wait for a store."""
    logging.shutdown()
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
