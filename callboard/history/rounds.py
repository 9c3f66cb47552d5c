"""A thread that reconciles beside a recorder: at once when Redis turns out to hold other data, and now and then."""

from __future__ import annotations

import logging
import threading
from types import TracebackType
from typing import Final, Self

from sqlalchemy.exc import SQLAlchemyError

from callboard.broker.errors import BrokerFault
from callboard.history.reconciler import Reconciler

# Oftener than the rounds are due, so that one which came to nothing is soon tried again; looking costs five commands.
EVERY: Final = 5.0
log = logging.getLogger("callboard.reconciler")


class Rounds:
    """Reconciles for the length of a block."""

    def __init__(self, reconciler: Reconciler, every: float = EVERY) -> None:
        self.reconciler = reconciler
        self.every = every
        self._stopped = False
        self._wanted = threading.Event()
        self._thread = threading.Thread(target=self._run, name="callboard-reconciler", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopped = True
        self._wanted.set()
        self._thread.join(self.every)

    def wake(self) -> None:
        """Look now."""
        self._wanted.set()

    def _run(self) -> None:
        while not self._stopped:
            self._wanted.wait(self.every)
            self._wanted.clear()
            if not self._stopped:
                self._round()

    def _round(self) -> None:
        try:
            self.reconciler.round()
        except (BrokerFault, SQLAlchemyError) as error:
            log.warning("nothing is compared until Redis and the database answer: %s", error)
        except Exception:
            # The thread must outlive any fault of one round: it is what finds jobs that were lost.
            log.exception("a round of the reconciler failed")
