"""Redis: whether it may be trusted with jobs, its memory, its clock, the event stream, and what was set aside."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from callboard.broker import startup
from callboard.broker.keys import LEASES
from research.health.check import FAIL, OK, Check, Place, judged
from research.notifications.words import counted

SKEW_MS: Final = 2_000
STREAM_SHARE: Final = 0.8
MEMORY_WARN, MEMORY_FAIL = 0.8, 0.95
# A lease that ran out is taken up within seconds, as long as any worker runs.
STALE_MS: Final = 120_000


def server(place: Place) -> Iterator[Check]:
    """What decides whether accepted jobs are safe."""
    for finding in startup.check(place.links):
        yield Check(f"server {finding.name}", OK if finding.ok else FAIL, finding.found, finding.fix)


def memory(place: Place) -> Iterator[Check]:
    """How much of its memory the server has used."""
    used, most = startup.memory_used(place.links)
    share = used / most if most else 0.0
    found = f"{used / 1e6:,.0f} MB of {most / 1e6:,.0f} MB" if most else f"{used / 1e6:,.0f} MB, without a limit"
    fix = "remove finished jobs, keep them for less long, or raise maxmemory: a full server takes no more jobs"
    yield judged("server memory", found, fix, warn=share >= MEMORY_WARN, fail=share >= MEMORY_FAIL)


def clock(place: Place) -> Iterator[Check]:
    """The clock of the server against ours."""
    before = time.time()
    skew = abs(place.store.now_ms() - (before + time.time()) * 500)
    fix = "set both clocks by NTP; only times on the screen are wrong, the server's clock decides everything"
    yield judged("clock skew", f"{skew:.0f} ms", fix, warn=skew >= SKEW_MS)


def stream(place: Place) -> Iterator[Check]:
    """The event stream against its cap."""
    length, cap = place.store.event_count(), place.events_cap
    fix = "find out why nothing is recorded, or raise CALLBOARD_EVENTS_CAP: what is older than the cap is lost"
    yield judged("event stream", f"{length:,} of {cap:,} events", fix, warn=length > cap * STREAM_SHARE)


def leases(place: Place) -> Iterator[Check]:
    """Jobs whose worker is gone and that nobody has taken up."""
    until = place.store.now_ms() - STALE_MS
    number = int(place.links.call("ZCOUNT", LEASES(place.links.prefix), "-inf", until))
    found = f"{counted(number, 'job')} of dead workers wait to be rescued" if number else "none is stale"
    yield judged("leases", found, "start a worker, which rescues them: callboard worker", fail=number > 0)


def quarantine(place: Place) -> Iterator[Check]:
    """Entries that were not jobs."""
    number = len(place.store.quarantined())
    yield judged(
        "quarantine", f"{number:,} entries", "see what somebody else writes under this prefix", warn=number > 0
    )
