"""`@job`: declare a job type as one function with its queue, schema and policy."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final

import dramatiq
from dramatiq.actor import Actor
from dramatiq.message import Message
from marshmallow import RAISE, Schema, ValidationError

from callboard.broker.broker import CallboardBroker
from callboard.broker.policies import call_of
from callboard.jobs.call import Call
from callboard.jobs.errors import Interruption, InvalidArguments, JobSteering
from callboard.jobs.identity import new_id
from callboard.jobs.policy import (
    DEFAULT_RETRY,
    KeyLimit,
    Policy,
    Queue,
    Retry,
    priority_number,
    type_slug,
)
from callboard.worker.context import Context
from callboard.worker.current import here
from callboard.worker.isolation import run_in_child

DEFAULT_QUEUE: Final = Queue("default")


class JobActor(Actor[Any, Any]):
    """A Dramatiq actor with a schema and a policy, whose body is handed a Context first when it wants one."""

    def __init__(self, fn: Callable[..., Any], **declared: Any) -> None:
        options: dict[str, Any] = declared["options"]
        self.queue: Queue = options.pop("queue")
        self.policy: Policy = options.pop("policy")
        self.schema: Schema | None = options.pop("schema")
        self.requires: tuple[str, ...] = options.pop("requires")
        parameters = list(inspect.signature(fn).parameters.values())
        self.wants_context = bool(parameters) and parameters[0].name == "ctx"
        self.parameters = tuple(p.name for p in parameters[self.wants_context :] if p.kind != p.VAR_POSITIONAL)
        self.isolated = self.policy.isolated
        # How a body steers its job is no fault: Dramatiq logs these in one line, and no traceback.
        options.setdefault("throws", (JobSteering, Interruption))
        super().__init__(fn, **declared)
        broker = declared["broker"]
        if isinstance(broker, CallboardBroker):
            broker.declared[self.queue.name] = self.queue

    def message_with_options(
        self, *, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None, **options: Any
    ) -> Message[Any]:
        """A message with validated arguments. Raises InvalidArguments, which names each field that does not fit."""
        if self.schema is not None:
            kwargs, args = self.validated(args, kwargs or {}), ()
        return Message(self.queue_name, self.actor_name, args, kwargs or {}, options, new_id())

    def call(self, *args: Any, **kwargs: Any) -> Call:
        """A call with validated arguments, as the step of a flow. Raises InvalidArguments."""
        return call_of(self.message(*args, **kwargs), self)

    def validated(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments by name, as the schema understands them. Raises InvalidArguments."""
        assert self.schema is not None
        if len(args) > len(self.parameters):
            raise InvalidArguments(f"{self.actor_name} takes {len(self.parameters)} arguments, got {len(args)}")
        given = {**dict(zip(self.parameters, args, strict=False)), **kwargs}
        values: dict[str, Any] = self.schema.dump(self.loaded(given))
        return values

    def loaded(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments as the body gets them. Raises InvalidArguments, which names each field that does not fit."""
        assert self.schema is not None
        try:
            values: dict[str, Any] = self.schema.load(given, unknown=RAISE)
        except ValidationError as error:
            problems: dict[str, Any] = error.normalized_messages()
            raise InvalidArguments(_in_words(self.actor_name, problems), problems) from None
        return values

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the body: inside a worker with the context of its attempt, in a child process where it is isolated."""
        attempt = here.attempt
        if attempt is None or attempt.actor_name != self.actor_name:
            return self.fn(*args, **kwargs)
        try:
            if self.isolated or attempt.crashes:
                # A job that was there when its worker died runs apart: a poison job takes no neighbour along twice.
                return run_in_child(attempt, self)
            return self.run_body(attempt, *args, **kwargs)
        finally:
            # Here, where Dramatiq still catches: an interruption that comes later would cost the thread.
            attempt.close()

    def run_body(self, attempt: Any, *args: Any, **kwargs: Any) -> Any:
        """Run the body here, for an attempt. Raises InvalidArguments when they no longer fit the schema."""
        if self.schema is not None:
            # A result handed on by a flow comes last, so it belongs to the first parameter that has no value yet.
            missing = (name for name in self.parameters if name not in kwargs)
            args, kwargs = (), self.loaded({**kwargs, **dict(zip(missing, args, strict=False))})
        if not self.wants_context:
            return self.fn(*args, **kwargs)
        broker = self.broker
        assert isinstance(broker, CallboardBroker)
        return self.fn(Context(broker, attempt), *args, **kwargs)


def _in_words(type: str, messages: Mapping[str, Any]) -> str:
    """The problems of all fields in one line."""
    problems = "; ".join(f"{field}: {_said(said)}" for field, said in messages.items())
    return f"arguments of {type} do not fit: {problems}"


def _said(messages: Any) -> str:
    if isinstance(messages, dict):
        return ", ".join(f"{key}: {_said(inner)}" for key, inner in messages.items())
    return " ".join(map(str, messages)) if isinstance(messages, list) else str(messages)


def job(
    fn: Callable[..., Any] | None = None,
    *,
    queue: Queue = DEFAULT_QUEUE,
    schema: type[Schema] | None = None,
    retry: Retry | None = None,
    timeout: float | None = None,
    priority: str | int = "normal",
    isolated: bool = False,
    memory_mb: int | None = None,
    limits: tuple[KeyLimit, ...] = (),
    name: str | None = None,
    requires: tuple[str, ...] = (),
    broker: CallboardBroker | None = None,
    **options: Any,
) -> Any:
    """Declare a job type: `dramatiq.actor` with a queue, a schema and a policy.

    Without `retry` the one of the settings holds (MAX_JOB_ATTEMPTS and its kin). `timeout` is in seconds,
    `memory_mb` limits the child process of an isolated body, `requires` names the modules that a worker must have
    to run it. Raises ValueError for a policy that makes no sense.
    """
    default: Retry = getattr(broker or dramatiq.get_broker(), "default_retry", DEFAULT_RETRY)
    policy = Policy(retry or default, timeout, priority_number(priority), isolated, memory_mb, limits)

    def declare(body: Callable[..., Any]) -> JobActor:
        declare_actor: Any = dramatiq.actor(
            actor_class=JobActor,
            actor_name=type_slug(name or body.__name__),
            queue_name=queue.name,
            broker=broker,
            queue=queue,
            policy=policy,
            schema=schema() if schema else None,
            requires=requires,
            **options,
        )
        actor: JobActor = declare_actor(body)
        return actor

    return declare if fn is None else declare(fn)
