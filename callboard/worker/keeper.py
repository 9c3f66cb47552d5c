"""The keeper of a worker process: renews leases, rescues jobs of dead workers, brings orders, enforces time limits.

One thread with a connection of its own. It waits on the server for orders (a cancel arrives in milliseconds) and
wakes at least each second for its rounds; every round is bounded and safe to repeat.
"""

from __future__ import annotations

import json
import logging
import math
import random
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from callboard.broker.attempt import Attempt
from callboard.broker.control import Control
from callboard.broker.errors import BrokerFault
from callboard.broker.exchange import Exchange
from callboard.broker.keys import CONTROL
from callboard.broker.link import REPLY_TIMEOUT
from callboard.broker.scripts import bind
from callboard.broker.worker_acts import ORDERS_KEPT, STEER
from callboard.jobs.policy import Queue
from callboard.worker.interrupts import Interrupts
from callboard.worker.memory import resident_mb
from callboard.worker.steering import stacks, steer

REGISTER: Final = bind("register", "worker", "lease_ms", "about", "types*")
DEREGISTER: Final = bind("deregister", "worker")
RENEW: Final = bind("renew", "worker", "lease_ms", "wish", "told", "jobs*")
RESCUE: Final = bind("rescue", "max_crashes", "count")
SETTLE: Final = bind("settle", "budget")

ROUND: Final = 1.0
RESCUE_BATCH: Final = 100
SETTLE_BATCH: Final = 500
RETENTION_EVERY: Final = 300.0
RETENTION_AFTER_JOBS: Final = 1000
log = logging.getLogger("callboard.keeper")


@dataclass(slots=True)
class Round:
    """Something that is done every so many seconds."""

    every: float
    do: Callable[[], None]
    due: float = 0.0


class Keeper:
    """Keeps what one worker process has claimed, and looks after what others have lost."""

    def __init__(
        self,
        exchange: Exchange,
        control: Control,
        interrupts: Interrupts,
        max_crashes: int,
        about: dict[str, Any],
        *,
        queues: Iterable[Queue],
        mend: Callable[[], None],
    ) -> None:
        self.queues = tuple(queues)
        self.exchange = exchange
        self.control = control
        self.interrupts = interrupts
        self.max_crashes = max_crashes
        self.about = about
        self._link = exchange.links.open()
        self._stopped = threading.Event()
        self._known = False
        self._wish = self._told = ""
        self._trimmed = 0
        self._third = exchange.lease_ms / 3000
        self._answered_at = -math.inf
        self._renewing = Round(self._third, self.renew)
        self._rescuing = Round(ROUND, self.rescue)
        self._rounds = (
            self._renewing,
            self._rescuing,
            Round(RETENTION_EVERY, self._forget_old, time.monotonic() + RETENTION_EVERY * random.random()),
            Round(ROUND, self._forget_surplus),
            Round(ROUND, mend),
        )
        self._thread = threading.Thread(target=self._run, name="callboard-keeper", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and take the worker off the list; what it held must have been handed back.

        The thread is not waited for: it may be waiting on the server for another second, and does nothing after.
        """
        self._stopped.set()
        links = self.exchange.links
        try:
            links.call(*links.script(DEREGISTER.name, self.exchange.worker))
        except BrokerFault as error:
            log.warning("the worker stays listed until its lease runs out: %s", error)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._do_rounds()
                self._wait_for_orders()
            except BrokerFault as error:
                log.warning("the keeper goes on when the server answers again: %s", error)
                self.interrupts.enforce(time.monotonic())
                self._stopped.wait(ROUND / 2)
            except Exception:
                # The keeper must outlive any fault of one round: without it leases run out and jobs run twice.
                log.exception("a round of the keeper failed")
                self._stopped.wait(ROUND)

    def _do_rounds(self) -> None:
        now = time.monotonic()
        if now - self._answered_at > 2 * self._third:
            # The server was away, and leases ran out with nobody dead: who lives may renew before anybody is rescued.
            self._renewing.due, self._rescuing.due = now, now + self._third
        for turn in self._rounds:
            now = time.monotonic()
            if now >= turn.due:
                turn.do()
                turn.due = now + turn.every
        self._answered_at = time.monotonic()
        self.interrupts.enforce(time.monotonic())

    def _wait_for_orders(self) -> None:
        now = time.monotonic()
        wait = min(*(turn.due for turn in self._rounds), self.interrupts.next_due(now)) - now
        key = CONTROL(self.exchange.links.prefix, self.exchange.worker)
        order = self._link.run([("BLPOP", key, max(min(wait, ROUND), 0.01))], timeout=ROUND + REPLY_TIMEOUT)[0]
        if order:
            self._obey(json.loads(order[1]))

    def _obey(self, order: dict[str, Any]) -> None:
        if order.get("order") == "steer":
            self.steer(order["wish"])
        elif order.get("order") == "stacks":
            told = json.dumps({"threads": stacks(self.exchange)})
            self._link.run([("RPUSH", order["answer"], told), ("EXPIRE", order["answer"], ORDERS_KEPT)])
        else:
            self._obey_for_job(order)

    def steer(self, wish: str) -> None:
        """Be quiet, stop, or take jobs again; an order that comes twice is obeyed once."""
        if wish != self._wish:
            self._wish = wish
            steer(self.exchange, wish)

    def _obey_for_job(self, order: dict[str, Any]) -> None:
        attempt = self.exchange.held.get(order.get("id", ""))
        if attempt is None or attempt.fence != int(order.get("fence", -1)):
            return
        if order.get("order") == "cancel":
            self.interrupts.cancel(attempt, time.monotonic())
        elif order.get("order") == "withdraw":
            self.interrupts.withdraw(attempt)

    def _call(self, verb: str, *arguments: str | int) -> Any:
        return self._link.run([self.exchange.links.script(verb, *arguments)])[0]

    # -- rounds

    def renew(self) -> None:
        """Renew the leases of all held jobs, and hear which are lost or cancelled."""
        exchange = self.exchange
        if not self._known:
            self._register()
        held = dict(exchange.held)
        claims = [value for attempt in held.values() for value in (attempt.message_id, attempt.fence)]
        told = (exchange.worker, exchange.lease_ms, self._wish, self._news())
        for notice in self._call(RENEW.name, *told, *claims):
            word, _, id = notice.partition(":")
            if word == "UNLISTED":  # we stood still for so long that nobody counts on us any more, or all was lost
                self._known = False
                for queue in self.queues:
                    self.control.declare(queue)
            elif word == "WISH":  # the order to us was lost
                self.steer(id)
            elif exchange.held.get(id) is held[id]:  # else concluded meanwhile, and perhaps fetched by us again
                (self.interrupts.lose if word == "LOST" else self._cancel)(held[id])

    def _register(self) -> None:
        """Tell that we are there, and what is wanted of us where the server has forgotten that."""
        exchange, about = self.exchange, json.dumps(self.about)
        self._call(REGISTER.name, exchange.worker, exchange.lease_ms, about, *self.about["types"])
        if self._wish:
            self._call(STEER.name, exchange.worker, self._wish)
        self._known, self._told = True, ""

    def _cancel(self, attempt: Attempt) -> None:
        self.interrupts.cancel(attempt, time.monotonic())

    def _news(self) -> str:
        """What the worker tells of itself, nothing where that is as it was."""
        told = json.dumps({"memory_mb": resident_mb()})
        told, self._told = ("" if told == self._told else told), told
        return told

    def rescue(self) -> None:
        """Take in what dead workers held, in bounded batches, and settle steps that were too many for one script."""
        if not self.exchange.vouching.sure:  # on old data, what has finished since would look like lost
            return
        rescued, unsettled = self._call(RESCUE.name, self.max_crashes, RESCUE_BATCH)
        while rescued >= RESCUE_BATCH and not self._stopped.is_set():
            rescued, unsettled = self._call(RESCUE.name, self.max_crashes, RESCUE_BATCH)
        while unsettled and not self._stopped.is_set():
            unsettled = self._call(SETTLE.name, SETTLE_BATCH)

    def _forget_old(self) -> None:
        self.control.forget_old()
        self.control.trim_events()

    def _forget_surplus(self) -> None:
        """After many jobs, forget those beyond what is kept, so that a fast queue does not outgrow its retention."""
        if self.exchange.concluded - self._trimmed >= RETENTION_AFTER_JOBS:
            self._trimmed = self.exchange.concluded
            self.control.trim_events()
            while self.control.forget_old() and not self._stopped.is_set():
                pass
