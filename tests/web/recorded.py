"""What the history holds after everything that has happened is recorded."""

from callboard.history.recorder import Recorder
from web.services import Services


def record(services: Services) -> None:
    """Write all events into the history."""
    recorder = Recorder(services.engine, services.links)
    while recorder.step(block_ms=1):
        pass
