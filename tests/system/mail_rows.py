"""Mail from several workers at once: never more in a minute than the mail server is to see, and each mail once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from callboard.history.schema import HISTORY
from callboard.jobs.call import Call
from callboard.jobs.policy import RETRY_PRESETS, Policy, RateLimit
from callboard.jobs.settings import load_settings
from research.schema import RESEARCH
from tests.research.mail.conftest import Server
from tests.system.rig import Rig
from tests.system.row import Row, Tally

QUEUE = "email-notifications"
DESIGN = RateLimit(100, 60.0)
SCALED = RateLimit(12, 2.0)
FULL = 250
REFUSED_EVERY = 10


@dataclass
class Clock:
    """What a mail server saw: when it was given each mail, and whose it took; it says no to every tenth."""

    arrivals: list[float] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Note the time, of those that are refused for now as well."""
        self.arrivals.append(time.monotonic())
        if len(self.arrivals) % REFUSED_EVERY == 0:
            return "451 4.3.2 busy"
        self.taken += envelope.rcpt_tos
        return "250 OK"


def rated(rig: Rig, size: int) -> Tally:
    """Many mails are enqueued at once for three workers; the small size runs at a rate that an operator has set."""
    rate = DESIGN if size >= FULL else SCALED
    tally, clock = Tally(trials=size), Clock()
    with mail_server(clock) as port:
        hire(rig, port)
        if rate is not DESIGN:
            rig.control.limit(QUEUE, rate=rate)
        began = time.monotonic()
        ids = rig.start(mail(n) for n in range(size))
        tally.check(rig, ids, seconds=size * 2.0)
        took = time.monotonic() - began
    got = Counter(clock.taken)
    tally.lost += size - len(got)
    tally.duplicated += sum(n > 1 for n in got.values())
    most = most_within(clock.arrivals, rate.per)
    tally.expect(len(got) == size == len(clock.taken), f"{len(got)} of {size} got {len(clock.taken)} mails")
    tally.expect(most <= rate.count, f"{most} mails within {rate.per:g} s, {rate.count} are allowed")
    tally.notes.append(f"at most {most} of {len(clock.arrivals)} deliveries within {rate.per:g} s, {took:.0f} s in all")
    return tally


def hire(rig: Rig, port: int) -> None:
    """Three workers that send to this port."""
    environ = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(port)}
    settings = load_settings(rig.environment(**environ))
    for schema in (HISTORY, RESEARCH):
        schema.upgrade(settings.sql_url)
    for _ in range(3):
        rig.hire(threads=5, module="mail_jobs", **environ)
    rig.ready(3)


def mail(n: int) -> Call:
    """A mail to somebody else each time."""
    arguments = {"to": [f"to-{n}@lab.example"], "template": "welcome", "data": {"name": str(n)}}
    return Call("email_send", QUEUE, kwargs=arguments, policy=Policy(RETRY_PRESETS["email"], timeout=60))


@contextmanager
def mail_server(clock: Clock) -> Iterator[int]:
    """The port of a mail server."""
    server = Server(clock, hostname="127.0.0.1", port=0)
    server.start()
    try:
        yield int(server.port)
    finally:
        server.stop()


def most_within(arrivals: Sequence[float], seconds: float) -> int:
    """The largest number of arrivals in any window of so many seconds, both of its ends counted."""
    most, first = 0, 0
    for last, at in enumerate(arrivals):
        while at - arrivals[first] > seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


ROWS = (Row("M1", "250 mails at once, three workers, 100 a minute", rated, quick=20, full=FULL),)
