"""What goes on in the demo: a job every few seconds and a flow every minute, as long as nothing piles up."""

from __future__ import annotations

import logging
import random
import threading
import time
from typing import TYPE_CHECKING, Final

from callboard.broker.errors import ConnectionLost, StoreFull
from cli.demo_world.draws import draw, drawn_type, sequencing_run

if TYPE_CHECKING:
    from callboard.broker.broker import CallboardBroker

log = logging.getLogger("callboard.demo")

EVERY: Final = 2.0
FLOW_EVERY: Final = 60.0
MIXED_UP: Final = 1 / 5
PILE: Final = 10


def go_on(broker: CallboardBroker, stop: threading.Event, dice: random.Random) -> None:
    """Enqueue until told to stop; a server that is away is waited for."""
    flow_at = time.monotonic() + FLOW_EVERY
    while not stop.wait(dice.uniform(0.5, 1.5) * EVERY):
        try:
            enqueue_one(broker, dice)
            if time.monotonic() >= flow_at:
                flow_at = time.monotonic() + FLOW_EVERY
                broker.client.start_flow(sequencing_run(broker, dice, mixed_up=dice.random() < MIXED_UP))
        except (ConnectionLost, StoreFull) as error:
            log.warning("waits: %s", error)


def enqueue_one(broker: CallboardBroker, dice: random.Random) -> str | None:
    """Enqueue a job, and answer its id; none where enough of them wait already."""
    type = drawn_type(dice)
    if broker.store.counts(broker.actors[type].queue_name).get("waiting", 0) >= PILE:
        return None
    delay = dice.choice((20, 60, 180)) if dice.random() < 0.08 else 0
    return str(broker.client.enqueue(draw(broker, type, dice, delay=delay)))
