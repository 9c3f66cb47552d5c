"""What a caller hands over to be enqueued, as a call whose arguments fit its type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dramatiq.message import Message

from callboard.broker.broker import broker_of_process
from callboard.broker.policies import call_of
from callboard.jobs.call import Call

Asked = Call | Message[Any]
COMPOSED: Final = ("pipe_target", "group_completion_uuid")


def asked_call(asked: Asked) -> Call:
    """A call as it is; a Dramatiq message with the policy of its actor and the delay among its options.

    Raises InvalidArguments where this process knows a schema of the type, ValueError for a pipeline, a group, or an
    option that does not fit.
    """
    broker = broker_of_process()
    actors: Mapping[str, Any] = broker.actors if broker else {}
    if isinstance(asked, Call):
        call, actor = asked, actors.get(asked.type)
    else:
        if any(option in asked.options for option in COMPOSED):
            raise ValueError(f"{asked.actor_name} is part of a pipeline or group; make it a plan, see docs/flows.md")
        actor = actors.get(asked.actor_name)
        call = call_of(asked, actor, asked.options.get("delay"))
    if actor is None or getattr(actor, "schema", None) is None:
        return call
    return call.named(args=(), kwargs=actor.validated(call.args, call.kwargs))
