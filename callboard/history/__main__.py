"""The recorder process: `python -m callboard.history`."""

from __future__ import annotations

import logging
import signal
import sys
import threading

from callboard.broker.connect import open_links
from callboard.broker.probes import ProbesFault, answers, probes
from callboard.history.database import connect, is_there
from callboard.history.errors import SchemaError
from callboard.history.reconciler import Reconciler
from callboard.history.recorder import Recorder
from callboard.history.rounds import Rounds
from callboard.history.schema import HISTORY
from callboard.jobs.log_lines import set_up_logging
from callboard.jobs.masking import masker
from callboard.jobs.settings import SettingsError, load_settings

log = logging.getLogger("callboard.recorder")


def main() -> int:
    """Record until told to stop by SIGTERM or SIGINT; the exit code."""
    try:
        settings = load_settings()
        engine = connect(settings.sql_url)
        HISTORY.require_current(engine)
    except (SettingsError, SchemaError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    set_up_logging(settings)
    logging.getLogger("callboard").setLevel(settings.log_level.upper())
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    log.info("recording %s into %s", settings.prefix, engine.url.render_as_string(hide_password=True))
    links = open_links(settings)
    checks = {"redis": answers(links), "sql": lambda: is_there(engine)}
    try:
        with probes(settings, checks, masker(settings)), Rounds(Reconciler(engine, links)) as rounds:
            Recorder(engine, links, rounds.wake).run(stop)
    except ProbesFault as error:
        log.critical("%s", error)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
