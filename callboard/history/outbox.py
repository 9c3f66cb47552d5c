"""Enqueue in the caller's own SQL transaction: the job exists if, and only if, the transaction commits."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Connection, CursorResult, insert
from sqlalchemy.orm import Session, scoped_session

from callboard.broker.asked import Asked, asked_call
from callboard.history.models import table_of
from callboard.history.outbox_commit import push_after_commit
from callboard.history.outbox_models import CALL, FLOW, OutboxRow
from callboard.history.sql_clock import sql_now_ms
from callboard.jobs.call_json import call_json, plan_json
from callboard.jobs.failpoints import failpoint
from callboard.jobs.flow import Plan

Transaction = Session | scoped_session[Session] | Connection


def enqueue_in(session: Transaction, call: Asked) -> str:
    """Enqueue a call when the transaction of this session or connection commits, and return the id of its job.

    Takes what `actor.call(...)` returns, or Dramatiq's `actor.message(...)`. A delay counts from now. Redis is not
    asked. Raises at once InvalidArguments, NotJson, TooLarge, or ValueError for an option that makes no sense.
    """
    asked = asked_call(call)
    _write(session, CALL, asked.id, call_json(asked))
    return asked.id


def start_flow_in(session: Transaction, plan: Plan) -> str:
    """Start a flow when the transaction of this session or connection commits, and return its id.

    Raises at once NotJson, TooLarge, or ValueError.
    """
    _write(session, FLOW, plan.id, plan_json(plan))
    return plan.id


def _write(session: Transaction, kind: str, id: str, body: str) -> None:
    failpoint("outbox.asked")
    row = {"kind": kind, "id": id, "body": body, "written_ms": sql_now_ms()}
    written = session.execute(insert(table_of(OutboxRow)).values(row))
    failpoint("outbox.written")
    if not isinstance(session, Connection):
        (number,) = cast("CursorResult[Any]", written).inserted_primary_key or (0,)
        push_after_commit(session() if isinstance(session, scoped_session) else session, number)
