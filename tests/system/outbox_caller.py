"""Callers and relays of an outbox that die where they are told to.

Reads one task a line, does it in a fork, and answers how that ended: 0, or -9 when it was killed. The parent of the
forks has no thread and no connection, so that each begins like a fresh process, in milliseconds.
"""

import json
import os
import sys
import threading
from typing import Any

import dramatiq
import psycopg
from sqlalchemy.orm import Session

from callboard.broker.broker import CallboardBroker
from callboard.broker.link import Links
from callboard.broker.scripts import Scripts
from callboard.history.database import connect
from callboard.history.models import PositionRow
from callboard.history.outbox import enqueue_in, start_flow_in
from callboard.history.outbox_relay import relay
from callboard.history.outbox_state import outbox_waiting
from callboard.jobs.call import Call
from callboard.jobs.failpoints import arm, parse_failpoints
from callboard.jobs.flow import plan
from tests.system.rig import EVENTS_CAP
from tests.waiting import wait_until

SCRIPTS = Scripts({"EVENTS_CAP": EVENTS_CAP})
PATIENCE = 10.0
PRELOADED = psycopg.__version__  # loaded once, before the forks


def do(task: dict[str, Any]) -> None:
    """One task: a transaction with a row of the caller's own and a call, or a pass of the relay."""
    engine = connect(task["database"])
    broker = CallboardBroker(Links(task["redis"], SCRIPTS))
    if task["pushes"]:
        dramatiq.set_broker(broker)
    arm(parse_failpoints(task["failpoint"]) if task["failpoint"] else ())
    if task["relays"]:
        relay(engine, broker.client)
        return
    with Session(engine) as session:
        session.add(PositionRow(prefix=task["row"], epoch="", last_id="", written_ms=0))
        call = Call("quick", "work", (1,), id=task["id"])
        if task["flow"]:
            start_flow_in(session, plan(call))
        else:
            enqueue_in(session, call)
        if not task["commits"]:
            session.rollback()
            return
        session.commit()
    if task["failpoint"]:
        threading.Event().wait(PATIENCE)  # the thread that pushes is about to be killed, and this one with it
    elif task["pushes"]:
        wait_until(
            lambda: outbox_waiting(engine).waiting == 0, seconds=PATIENCE, what="the caller's own thread has pushed it"
        )


def main() -> None:
    """Do the tasks, one after the other."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            do(json.loads(line))
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write(f"{status}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
