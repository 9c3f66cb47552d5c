"""One fetched job as Dramatiq's worker handles it: the message, the fence that it is held by, and how it ended."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping
from typing import Any

from dramatiq.broker import MessageProxy
from dramatiq.message import Message

from callboard.jobs.encoding import NotJson, decode
from callboard.jobs.errors import Interruption
from callboard.jobs.outcome import Outcome
from callboard.jobs.policy import DEFAULT_RETRY, Retry


class Attempt(MessageProxy):
    """A message proxy that carries the claim on its job; built for every job, so it does no more than it must."""

    __slots__ = (
        "actor_name",
        "args",
        "attempt",
        "attempts",
        "cancelled",
        "checkpoint_json",
        "crashes",
        "fence",
        "fetched_at",
        "flow",
        "guard",
        "in_child",
        "interrupted",
        "isolated",
        "kwargs",
        "last_words",
        "lost",
        "memory_mb",
        "message_id",
        "message_timestamp",
        "options",
        "outcome",
        "queue_name",
        "results_of",
        "retry_json",
        "started_at",
        "stop",
        "thread",
        "timeout_ms",
    )

    def __init__(self, id: str, fence: int, attempt: int, fields: Mapping[str, str]) -> None:
        get = fields.get
        self.message_id = id
        self.fence = fence
        self.attempt = attempt
        self.actor_name = fields["type"]
        self.queue_name = fields["queue"]
        self.failed = False
        self._exception = None
        self.attempts = int(get("attempts", 1))
        self.crashes = int(get("crashes", 0))
        self.timeout_ms = int(get("timeout_ms", 0))
        self.isolated = "isolated" in fields
        self.memory_mb = int(get("memory_mb", 0))
        self.message_timestamp = int(fields["enqueued_ms"])
        self.retry_json = get("retry")
        self.checkpoint_json = get("checkpoint")
        self.results_of = get("results_of")
        self.flow = get("flow")
        args, kwargs, options = get("args"), get("kwargs"), get("options")
        self.args: tuple[Any, ...] = tuple(decode(args, "args")) if args else ()
        self.kwargs: dict[str, Any] = decode(kwargs, "kwargs") if kwargs else {}
        self.options: dict[str, Any] = decode(options, "options") if options else {}
        if not isinstance(self.kwargs, dict) or not isinstance(self.options, dict):
            raise NotJson("kwargs and options must be JSON objects")
        self.outcome: Outcome | None = None
        self.started_at = 0.0
        self.fetched_at = time.monotonic()
        self.thread = 0
        self.guard = threading.Lock()
        self.in_child = False
        self.last_words = ""
        self.interrupted = False
        self.cancelled = False
        self.lost = False
        self.stop = False

    def close(self) -> None:
        """The body is over: from here on nothing is raised in its thread; raises what was on its way already."""
        with self.guard:
            self.thread = 0
        for _ in (0, 1):  # an exception set from outside is delivered at a turn of a loop, so here and not later
            pass

    def stuff_exception(self, exception: BaseException) -> None:
        """Called by Dramatiq where a body has raised: what would stop that body now is no longer wanted."""
        with contextlib.suppress(Interruption):
            self.close()
        super().stuff_exception(exception)

    @property
    def message(self) -> Attempt:
        """Itself: the work queue holds attempts without a wrapper."""
        return self

    @property
    def _message(self) -> Message[Any]:  # type: ignore[override]
        """The Dramatiq message, for middleware that wants the whole of it."""
        return Message(
            self.queue_name,
            self.actor_name,
            self.args,
            self.kwargs,
            self.options,
            self.message_id,
            self.message_timestamp,
        )

    @property
    def retry(self) -> Retry:
        """The retry policy that was fixed when the job was enqueued; the default where nobody can read it any more."""
        try:
            return Retry(**decode(self.retry_json, "retry policy")) if self.retry_json else DEFAULT_RETRY
        except (NotJson, TypeError, ValueError):
            return DEFAULT_RETRY
