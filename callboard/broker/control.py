"""What an operator may do to queues and keys while everything runs: pause, resume, drain, clean, limit."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from callboard.broker.keys import QUEUES
from callboard.broker.link import Links
from callboard.broker.scripts import bind
from callboard.jobs.policy import RETENTION, Queue, RateLimit, Retention, queue_slug
from callboard.jobs.states import FINAL

PAUSE: Final = bind("pause", "queue")
RESUME: Final = bind("resume", "queue")
DRAIN: Final = bind("drain", "queue", "delayed", "count")
CLEAN: Final = bind("clean", "queue", "state", "grace_ms", "keep", "count")
DECLARE: Final = bind("declare", "queue", "concurrency", "rate_count", "rate_per_ms", "retention*")
TRIM: Final = bind("trim", "queue", "count", "states*")
LIMIT: Final = bind("limit", "queue", "concurrency", "rate_count", "rate_per_ms")
THROTTLE: Final = bind("throttle", "key", "hold_ms", "concurrency", "rate_count", "rate_per_ms")
ADMIT_CALLER: Final = bind("admit_caller", "caller", "count", "per_ms")
EXPIRE_FLOWS: Final = bind("expire_flows", "keep_ms", "count")
TRIM_EVENTS: Final = bind("trim_events")
BATCH: Final = 500


class Control:
    """The verbs of queues and limits, over the connections of this process."""

    def __init__(self, links: Links) -> None:
        self.links = links

    def pause(self, queue: str) -> None:
        """Stop fetching from a queue; what runs, runs on."""
        self.links.call(*self.links.script(PAUSE.name, queue_slug(queue)))

    def resume(self, queue: str) -> None:
        """Fetch from a queue again."""
        self.links.call(*self.links.script(RESUME.name, queue_slug(queue)))

    def drain(self, queue: str, *, delayed: bool = False) -> int:
        """Cancel all that waits in a queue, and all that is delayed if asked; how many that were."""
        return self._in_batches(DRAIN.name, queue_slug(queue), int(delayed))

    def clean(
        self,
        queue: str,
        state: str,
        grace: timedelta = timedelta(0),
        *,
        keep: int | None = None,
        limit: int | None = None,
    ) -> int:
        """Forget finished jobs older than `grace`, and those beyond the newest `keep`, `limit` at the most; how many.

        Raises ValueError for a state that is not final.
        """
        if state not in FINAL:
            raise ValueError(
                f'only finished jobs can be cleaned: state must be one of {", ".join(FINAL)}, got "{state}"'
            )
        grace_ms = round(grace.total_seconds() * 1000)
        kept = "" if keep is None else keep
        return self._in_batches(CLEAN.name, queue_slug(queue), state, grace_ms, kept, limit=limit)

    def _in_batches(self, verb: str, *arguments: str | int, limit: int | None = None) -> int:
        total = 0
        while limit is None or total < limit:
            most = BATCH if limit is None else min(BATCH, limit - total)
            done = int(self.links.call(*self.links.script(verb, *arguments, most)))
            total += done
            if done < most:
                break
        return total

    def limit(self, queue: str, *, concurrency: int | None = None, rate: RateLimit | None = None) -> None:
        """Set cap and rate of a queue over all workers; None leaves a value, a concurrency of 0 lifts the cap."""
        values = ("" if concurrency is None else concurrency, *_rate_values(rate))
        self.links.call(*self.links.script(LIMIT.name, queue_slug(queue), *values))

    def unlimit_rate(self, queue: str) -> None:
        """Lift the rate of a queue."""
        self.links.call(*self.links.script(LIMIT.name, queue_slug(queue), "", 0, 0))

    def throttle(
        self,
        key: str,
        *,
        hold: float | None = None,
        concurrency: int | None = None,
        rate: RateLimit | None = None,
    ) -> None:
        """Hold all jobs of a key for some seconds, or set its limits over those of the types that use it."""
        hold_ms = "" if hold is None else round(hold * 1000)
        values = ("" if concurrency is None else concurrency, *_rate_values(rate))
        self.links.call(*self.links.script(THROTTLE.name, key, hold_ms, *values))

    def admit_caller(self, caller: str, rate: RateLimit) -> float:
        """Take one of the submissions that a caller has in a window: 0, or the seconds until one is free."""
        values = (caller, *_rate_values(rate))
        return int(self.links.call(*self.links.script(ADMIT_CALLER.name, *values))) / 1000

    def declare(self, queue: Queue) -> None:
        """Make a queue known with its limits and retention; limits that an operator has set are left alone."""
        retention: list[str | int] = []
        for state, keep in queue.retention.items():
            retention += [f"keep_{state}_ms", round(keep.age.total_seconds() * 1000)]
            retention += [f"keep_{state}_count", "" if keep.count is None else keep.count]
        values = (queue.concurrency or "", *_rate_values(queue.rate), *retention)
        self.links.call(*self.links.script(DECLARE.name, queue.name, *values))

    def trim_events(self) -> int:
        """Forget events that are recorded, but for the newest ones; how many that were."""
        return int(self.links.call(*self.links.script(TRIM_EVENTS.name)))

    def forget_old(self, retention: dict[str, Retention] = RETENTION) -> bool:
        """Enforce retention on all queues, one batch each; whether there is more, so that a timer comes again."""
        states: list[str | int] = []
        for state, keep in retention.items():
            states += [state, round(keep.age.total_seconds() * 1000), "" if keep.count is None else keep.count]
        queues = self.links.call("SMEMBERS", QUEUES(self.links.prefix))
        trims = [self.links.script(TRIM.name, queue, BATCH, *states) for queue in queues]
        longest = max(keep.age for keep in retention.values())
        trims.append(self.links.script(EXPIRE_FLOWS.name, round(longest.total_seconds() * 1000), BATCH))
        return any(forgotten >= BATCH for forgotten in self.links.run(*trims))


def _rate_values(rate: RateLimit | None) -> tuple[str | int, str | int]:
    return ("", "") if rate is None else (rate.count, round(rate.per * 1000))
