"""What `callboard up` says once it runs: where the dashboard and the API are, and what to do next."""

from __future__ import annotations

import webbrowser
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

from callboard import __version__
from callboard.jobs.variables import hide_credentials
from cli.crew import worker_log

if TYPE_CHECKING:
    from callboard.jobs.settings import Settings
    from cli.output import Out
    from cli.signals import Told

READY_WITHIN = 60.0


@dataclass(frozen=True)
class Running:
    """What runs: its settings, the port of its web page, its token, how many workers, and whether all is invented."""

    settings: Settings
    port: int
    token: str
    workers: int
    demo: bool = False

    @property
    def address(self) -> str:
        """The address of the web page, for a browser on this machine."""
        bind = self.settings.bind
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(bind, f"[{bind}]" if ":" in bind else bind)  # noqa: S104
        return f"http://{host}:{self.port}"

    @property
    def dashboard(self) -> str:
        """The address with the token behind a #, which no browser sends and so no server logs."""
        return f"{self.address}/#token={self.token}"


def welcome(out: Out, running: Running) -> None:
    """Say it, in some lines."""
    out.say("\n" + "\n".join(f"  {line}" for line in lines(running, verbose=bool(out.verbose))) + "\n")


def lines(running: Running, *, verbose: bool = False) -> list[str]:
    """What is said."""
    settings, home = running.settings, running.settings.home
    taken = f"   (port {settings.port} is taken)" if settings.port not in (0, running.port) else ""
    return [
        f"callboard {__version__}   {store(settings)}   {running.workers} worker{'s' if running.workers != 1 else ''}",
        f"Dashboard  {running.dashboard}   (opens with --open){taken}",
        f"API        {running.address}/api/v1   docs: /api/v1/docs   token: {home}/token",
        *(["Demo       invented jobs of an invented lab; they lie in the same folder"] if running.demo else []),
        "Enqueue    callboard enqueue system_health_check --follow",
        "Look       callboard ls     callboard watch     callboard doctor",
        *([f"Elsewhere  export CALLBOARD_HOME={home.absolute()}"] if str(home) != ".callboard" else []),
        *([] if verbose else [f"Log        {worker_log()}"]),
        "Stop       Ctrl-C     Next: add your own job -> docs/first-job.md",
    ]


def store(settings: Settings) -> str:
    """Which server keeps the jobs."""
    if settings.embedded:
        return f"embedded store (no Redis set; data in {settings.home}/)"
    return hide_credentials(settings.redis_address or "the primary that the sentinels name")


def open_when_ready(out: Out, running: Running, told: Told) -> None:
    """Open the dashboard in a browser as soon as it answers, or say that none is to be had."""
    waited = 0.0
    while not answers(f"{running.address}/livez"):
        if told.wait(0.2) or waited > READY_WITHIN:
            return
        waited += 0.2
    if not webbrowser.open(running.dashboard):
        out.warn("no browser was found; open the address above in one of yours")


def answers(url: str) -> bool:
    """Whether a page of this machine is served."""
    try:
        with urlopen(url, timeout=2.0) as answer:  # noqa: S310 - an address of our own
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
