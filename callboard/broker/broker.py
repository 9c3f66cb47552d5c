"""Dramatiq's broker over our engine: declares, enqueues, consumes; hooks that nobody has cost nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import dramatiq.broker
from dramatiq.broker import Broker
from dramatiq.errors import QueueNotFound
from dramatiq.message import Message
from dramatiq.middleware import Middleware, MiddlewareError
from dramatiq.results import Results

from callboard.broker.client import Client
from callboard.broker.composition import Composer, DurableGroups
from callboard.broker.consumer import QueueConsumer
from callboard.broker.control import Control
from callboard.broker.exchange import Exchange
from callboard.broker.link import Links
from callboard.broker.policies import call_of
from callboard.broker.results import EngineResults
from callboard.broker.store import Store
from callboard.jobs.policy import DEFAULT_RETRY, Queue, Retry, queue_slug
from callboard.jobs.progress import PER_SECOND

# Options of actors: those of `@job`, and those of Dramatiq's own that mean something here (`policies.py` says what).
OWN_OPTIONS: Final = ("queue", "policy", "schema", "requires")
STOCK_OPTIONS: Final = (
    "max_retries",
    "min_backoff",
    "max_backoff",
    "time_limit",
    "throws",
    "pipe_ignore",
    "pipe_target",
)
# Accepted so that present actors can be declared; the engine keeps results and reports ends by itself.
IGNORED_OPTIONS: Final = ("store_results", "result_ttl", "max_age", "jitter", "notify_shutdown")
Hook = Callable[..., Any]


class CallboardBroker(Broker):
    """The broker of a process that enqueues or works; one worker's exchange hangs on it once the worker boots."""

    def __init__(
        self, links: Links, *, middleware: Iterable[Middleware] = (), default_retry: Retry = DEFAULT_RETRY
    ) -> None:
        self._hooks: dict[str, list[tuple[Middleware, Hook]]] = {}
        super().__init__(middleware=list(middleware))
        self.actor_options |= {*OWN_OPTIONS, *STOCK_OPTIONS, *IGNORED_OPTIONS}
        self.links = links
        self.default_retry = default_retry
        self.client = Client(links)
        self.control = Control(links)
        self.store = Store(links)
        self.results = EngineResults(self.store)
        # So that Dramatiq knows that results are kept; its hooks are left out below, for the engine has kept them.
        self.add_middleware(Results(backend=self.results))
        self.declared: dict[str, Queue] = {}
        self.exchange: Exchange | None = None
        self.progress_every = 1 / PER_SECOND
        self.mask: Callable[[str], str] = str  # what hides secrets in what bodies tell
        self.composer = Composer(self)
        self.add_middleware(DurableGroups(self.composer))

    # -- declaring

    def declare_queue(self, queue_name: str) -> None:
        """Make a queue known to this process."""
        if queue_name not in self.queues:
            queue_slug(queue_name)
            self.emit_before("declare_queue", queue_name)
            self.queues[queue_name] = None
            self.emit_after("declare_queue", queue_name)

    def add_middleware(self, middleware: Middleware, **where: Any) -> None:
        """Add a middleware; which hooks it has is found out once, not for each job."""
        self._hooks.clear()
        super().add_middleware(middleware, **where)
        self._hooks.clear()

    def _hooks_for(self, signal: str) -> list[tuple[Middleware, Hook]]:
        """The hooks for a signal that some middleware really has, in the order in which it is sent."""
        hooks = self._hooks.get(signal)
        if hooks is None:
            stock = getattr(Middleware, signal)
            order = reversed(self.middleware) if signal.startswith("after_") else self.middleware
            has = [m for m in order if getattr(type(m), signal) is not stock and type(m) is not Results]
            hooks = [(m, getattr(m, signal)) for m in has]
            self._hooks[signal] = hooks
        return hooks

    def emit_before(self, signal: str, *args: Any, **kwargs: Any) -> None:
        """Call the before-hooks; only a MiddlewareError stops what they precede, as in Dramatiq."""
        for middleware, hook in self._hooks_for("before_" + signal):
            try:
                hook(self, *args, **kwargs)
            except MiddlewareError:
                raise
            except Exception:
                self.logger.critical("Unexpected failure in before_%s of %r.", signal, middleware, exc_info=True)

    def emit_after(self, signal: str, *args: Any, **kwargs: Any) -> None:
        """Call the after-hooks; nothing that must happen is in one, for their errors are only logged."""
        for middleware, hook in self._hooks_for("after_" + signal):
            try:
                hook(self, *args, **kwargs)
            except Exception:
                self.logger.critical("Unexpected failure in after_%s of %r.", signal, middleware, exc_info=True)

    # -- enqueueing

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Accept a message; one that carries a pipeline or completes a group starts a durable flow."""
        self.emit_before("enqueue", message, delay)
        self.composer.accept(message, delay)
        self.emit_after("enqueue", message, delay)
        return message

    def enqueue_many(self, messages: Iterable[Message[Any]]) -> list[str]:
        """Accept many single messages in batches and return the ids of their jobs; raises as the client does."""
        actors = self.actors
        return self.client.enqueue_many(call_of(m, actors.get(m.actor_name)) for m in messages)

    # -- consuming

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 30_000) -> QueueConsumer:
        """The consumer of a queue; the first one asked for leads. Raises QueueNotFound."""
        if queue_name not in self.queues:
            raise QueueNotFound(queue_name)
        assert self.exchange is not None, "a worker boots the exchange before it consumes"
        if queue_name not in self.exchange.queues:
            self.exchange.coming.add(queue_name)
            self.exchange.queues.append(queue_name)
        self.exchange.lead = self.exchange.lead or queue_name
        return QueueConsumer(self.exchange, queue_name, queue_name == self.exchange.lead, timeout)

    def get_results_backend(self) -> EngineResults:
        """What `message.get_result()` asks: results are part of the record, no middleware stores them."""
        return self.results

    def flush(self, queue_name: str) -> None:
        """Cancel all that waits or is delayed in a queue."""
        self.control.drain(queue_name, delayed=True)

    def flush_all(self) -> None:
        """Cancel all that waits or is delayed in the declared queues."""
        for queue in self.queues:
            self.flush(queue)

    def close(self) -> None:
        """Close the connections of this process."""
        self.links.close()


def broker_of_process() -> CallboardBroker | None:
    """The broker that `set_up` has made for this process, None when there is none yet."""
    broker = dramatiq.broker.global_broker
    return broker if isinstance(broker, CallboardBroker) else None
