"""Dramatiq's pipelines and groups as durable flows: what `run()` sends piece by piece is started as a whole."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from dramatiq.message import Message
from dramatiq.middleware import GroupCallbacks, Middleware
from dramatiq.rate_limits import RateLimiterBackend

from callboard.broker.policies import call_of
from callboard.jobs.call import Call
from callboard.jobs.flow import Part, chain, group, plan

if TYPE_CHECKING:
    from callboard.broker.broker import CallboardBroker


class Composer:
    """Gathers the messages of a `run()` and starts the flow that they stand for."""

    def __init__(self, broker: CallboardBroker) -> None:
        self.broker = broker
        self._here = threading.local()

    def accept(self, message: Message[Any], delay: int | None) -> None:
        """Enqueue a message on its own, start its pipeline, or keep it until its group is complete."""
        if not message.options:
            self.broker.client.enqueue(self._call(message, delay))
            return
        messages = unwind(message)
        calls = [self._call(m, delay if n == 0 else m.options.get("delay")) for n, m in enumerate(messages)]
        part = chain(*calls) if len(calls) > 1 else calls[0]
        uuid = messages[-1].options.get("group_completion_uuid")
        if uuid:
            self._gather(uuid, part, messages[-1].options["group_completion_callbacks"])
        elif len(calls) > 1:
            self.broker.client.start_flow(plan(part, name="pipeline"))
        else:
            self.broker.client.enqueue(calls[0])

    def _call(self, message: Message[Any], delay: int | None) -> Call:
        return call_of(message, self.broker.actors.get(message.actor_name), delay)

    def expect(self, uuid: str, members: int) -> None:
        """A group of so many members is about to be enqueued by this thread."""
        self._here.gathering = (uuid, members, [])

    def _gather(self, uuid: str, part: Part, callbacks: list[dict[str, Any]]) -> None:
        nothing: tuple[str | None, int, list[Part]] = (None, 0, [])
        expected, members, parts = getattr(self._here, "gathering", nothing)
        if expected != uuid:
            raise ValueError(f"group {uuid} was not announced; run it with group(...).run()")
        parts.append(part)
        if len(parts) == members:
            self._here.gathering = (None, 0, [])
            ends = [self._call(Message(**callback), None).named(takes_results=False) for callback in callbacks]
            after: Part = ends[0] if len(ends) == 1 else group(*ends)
            self.broker.client.start_flow(plan(chain(group(*parts), after), name="group"))


def unwind(message: Message[Any]) -> list[Message[Any]]:
    """The messages of a pipeline in order, however long it is; a message without a target is a pipeline of one."""
    messages = [message]
    while target := messages[-1].options.get("pipe_target"):
        fields = target if isinstance(target, dict) else target.asdict()
        messages.append(Message(**fields))
    return messages


class _Announcements(RateLimiterBackend):
    """Stands where Dramatiq keeps the barrier of a group: all that is wanted of it is the number of members."""

    def __init__(self, composer: Composer) -> None:
        self.composer = composer

    def add(self, key: str, value: int, ttl: int) -> bool:
        """Note how many members the group with this id has."""
        self.composer.expect(key, value)
        return True


class DurableGroups(GroupCallbacks):
    """Lets `group(...).run()` with callbacks pass, and counts nothing: the flow knows when its members are done."""

    def __init__(self, composer: Composer) -> None:
        super().__init__(_Announcements(composer))

    # Dramatiq counts members here, and one that is delivered twice counts twice; the flow knows better.
    after_process_message = Middleware.after_process_message
