"""What many look at at once: queues and workers, read once for all of them."""

from __future__ import annotations

from callboard.broker.overview import COMMANDS, Overview, overview
from web.services import here


def shared_overview() -> Overview:
    """All queues and workers, fresh where few look and some seconds old where many do."""
    services = here()
    return services.shared_reads.read("overview", _cost, lambda: overview(services.store))


def changed() -> None:
    """Have the next reader see what has just been done."""
    here().shared_reads.forget()


def _cost(found: Overview) -> int:
    """Commands: the two lists, the clock, and those of each queue and worker."""
    return 3 + COMMANDS * len(found.queues) + len(found.workers)
