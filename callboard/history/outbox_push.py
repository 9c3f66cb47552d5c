"""Make jobs and flows of rows of the outbox, so that one that is broken holds up no other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, NamedTuple

from callboard.broker.client import Client
from callboard.broker.errors import ConnectionLost
from callboard.broker.relay import Relay
from callboard.history.outbox_models import FLOW
from callboard.jobs.call import Call
from callboard.jobs.call_json import call_from_json, plan_from_json
from callboard.jobs.flow import Plan

ERROR_CHARACTERS: Final = 500


class Waiting(NamedTuple):
    """A row as it was seen: its age, and whether the history knows its job or flow already."""

    seq: int
    kind: str
    id: str
    body: str
    tries: int
    age_ms: int
    known: bool


def push(client: Client, rows: Sequence[Waiting], before_ms: int) -> dict[int, str]:
    """What became of rows, by number: "" for one that is in Redis, else why it is not.

    One that is left out came too late, after `before_ms`. Raises ConnectionLost, after which any of them may be in
    Redis; it does no harm to push them again.
    """
    outcomes = {row.seq: "" for row in rows if row.known}
    calls: dict[int, Call] = {}
    plans: dict[int, Plan] = {}
    for row in rows:
        if row.known:
            continue
        try:
            if row.kind == FLOW:
                plans[row.seq] = plan_from_json(row.body)
            else:
                calls[row.seq] = _delayed(call_from_json(row.body), row.age_ms)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a row, the others go on
            outcomes[row.seq] = _reason(error)
    outcomes |= _push_calls(Relay(client.links), calls, before_ms)
    outcomes |= _one_by_one({seq: partial(_start, client, plan) for seq, plan in plans.items()})
    return outcomes


def _push_calls(desk: Relay, calls: dict[int, Call], before_ms: int) -> dict[int, str]:
    try:
        arrived = bool(calls) and desk.relay(calls.values(), before_ms)
    except ConnectionLost:
        raise
    except Exception:  # noqa: BLE001 - one of them is to blame, and is found by relaying each alone
        return _one_by_one({seq: partial(desk.relay, [call], before_ms) for seq, call in calls.items()})
    return dict.fromkeys(calls, "") if arrived else {}


def _one_by_one(pushes: dict[int, Callable[[], bool]]) -> dict[int, str]:
    outcomes: dict[int, str] = {}
    for seq, arrives in pushes.items():
        try:
            if arrives():
                outcomes[seq] = ""
        except ConnectionLost:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            outcomes[seq] = _reason(error)
    return outcomes


def _start(client: Client, plan: Plan) -> bool:
    # No deadline and no mark: a flow is known by its own key, which outlives its end by days.
    return bool(client.start_flow(plan))


def _delayed(call: Call, age_ms: int) -> Call:
    """The call with what is left of its delay, which counts from when its row was written."""
    return call.named(delay=max(0.0, call.delay - max(0, age_ms) / 1000)) if call.delay else call


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:ERROR_CHARACTERS]
