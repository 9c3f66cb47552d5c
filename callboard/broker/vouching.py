"""Whether a server's data are those that were recorded: after a restart, who knows the history vouches for them.

A server that comes back over an old file holds jobs as waiting that have finished since. Whoever fetched at once would
run them again, so workers wait a moment for the recorder, which sees by the event stream which of the two is behind.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any, Final

from callboard.broker.errors import ConnectionLost, ScriptFault
from callboard.broker.keys import EPOCH, RECONCILED, RECORDED, VOUCHED
from callboard.broker.link import Command, Link, Links

# Without a recorder, or with a database that is away, jobs go on after that.
PATIENCE: Final = 5.0
PAUSE: Final = 0.1
log = logging.getLogger("callboard.vouching")


class Vouching:
    """What one worker process knows of the server it fetches from; to be asked again after each lost connection."""

    def __init__(self, prefix: str, patience: float = PATIENCE) -> None:
        self.prefix = prefix
        self.patience = patience
        self.sure = True
        self._since: float | None = None

    def doubt(self) -> None:
        """The connection is new: ask before anything is fetched."""
        self.sure = False

    def run(self, link: Link, commands: Sequence[Command]) -> list[Any]:
        """The replies to some commands; where they are lost with the connection, the next one may be to other data."""
        try:
            return link.run(commands)
        except ConnectionLost:
            self.sure = False
            raise

    def ask(self, link: Link) -> bool:
        """Whether to fetch: nobody records here, somebody has vouched, or nobody has for too long.

        Raises ConnectionLost.
        """
        run = server_run(link)
        recorded, vouched = link.run([("GET", RECORDED(self.prefix)), ("GET", VOUCHED(self.prefix))])
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        late = now - self._since > self.patience
        self.sure = recorded is None or vouched == run or not run or late
        if self.sure:
            if late:
                log.warning("jobs are fetched although no recorder has looked at the server; run callboard recorder")
            self._since = None
        return self.sure


def server_run(server: Link | Links) -> str:
    """The random name that a server gives itself when it starts, empty where we may not ask. Raises ConnectionLost."""
    try:
        about = server.run([("INFO", "server")])[0] if isinstance(server, Link) else server.call("INFO", "server")
    except ScriptFault:
        return ""
    return next((line[7:].strip() for line in about.splitlines() if line.startswith("run_id:")), "")


def vouch(links: Links, run: str) -> bool:
    """Let workers fetch from this run of a server, unless all of its data are yet to be compared; whether they may."""
    prefix = links.prefix
    epoch, compared = links.run(("GET", EPOCH(prefix)), ("HGET", RECONCILED(prefix), "epoch"))
    if epoch is None or epoch != compared:
        return False
    links.call("SET", VOUCHED(prefix), run)
    return True
