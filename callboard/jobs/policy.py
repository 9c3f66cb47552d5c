"""What is decided about a job before it runs: retries, rate limits, priorities, retention."""

from __future__ import annotations

import math
import random
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any, Final

from callboard.jobs.encoding import encode

JITTERS: Final = ("full", "none")


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and how soon a failed job runs again; `attempts` counts the first run too, times are seconds.

    Delay before attempt n + 1 is min(at_most, first * factor ** (n - 1)); with full jitter a uniform
    random share of it (Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015).
    """

    attempts: int = 3
    first: float = 2.0
    at_most: float = 30.0
    factor: float = 2.0
    jitter: str = "full"

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise ValueError(f"attempts must be at least 1, got {self.attempts}")
        if not 0 <= self.first <= self.at_most:
            raise ValueError(f"first must be between 0 and at_most ({self.at_most:g} s), got {self.first:g}")
        if not math.isfinite(self.at_most):
            raise ValueError(f"at_most must be a finite number of seconds, got {self.at_most:g}")
        if not 1 <= self.factor < math.inf:
            raise ValueError(f"factor must be at least 1, got {self.factor:g}")
        if self.jitter not in JITTERS:
            raise ValueError(f'jitter must be one of {", ".join(JITTERS)}, got "{self.jitter}"')

    def ceiling(self, attempt: int) -> float:
        """Seconds to wait at the most after attempt number `attempt` failed."""
        try:
            return min(self.at_most, self.first * self.factor ** (attempt - 1))
        except OverflowError:
            return self.at_most if self.first else 0.0

    def delay(self, attempt: int, rng: random.Random | None = None) -> float:
        """Seconds to wait after attempt number `attempt` failed, jitter applied."""
        ceiling = self.ceiling(attempt)
        return ceiling if self.jitter == "none" else (rng or random).uniform(0.0, ceiling)


DEFAULT_RETRY: Final = Retry()

RETRY_PRESETS: Final = {
    "default": DEFAULT_RETRY,  # S1: 3 attempts, 2 s doubling to 30 s, full jitter
    "s1": DEFAULT_RETRY,
    "s2": Retry(attempts=3, first=2.0, at_most=60.0, jitter="none"),
    "s3": Retry(attempts=3, first=2.0, at_most=30.0, jitter="none"),
    "s4": Retry(attempts=3, first=1.0, at_most=30.0, jitter="none"),
    "excel_import": Retry(attempts=3, first=5.0, at_most=60.0),
    "ai": Retry(attempts=3, first=10.0, at_most=10.0, factor=1.0, jitter="none"),
    "database": Retry(attempts=3, first=5.0, at_most=5.0, factor=1.0, jitter="none"),
    "email": Retry(attempts=3, first=2.0, at_most=60.0),
    "webhook": Retry(attempts=8, first=5.0, at_most=3600.0, factor=3.0),  # the last wait is an hour
    "once": Retry(attempts=1),
}


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `count` starts in any window of `per` seconds."""

    count: int
    per: float

    def __post_init__(self) -> None:
        # The server counts milliseconds: a window of none would be taken for a limit that is lifted.
        if self.count < 1 or not 0.001 <= self.per < math.inf:
            raise ValueError(f"a rate limit needs count >= 1 and per >= 0.001 s, got {self.count} per {self.per:g} s")


@dataclass(frozen=True, slots=True)
class KeyLimit:
    """A rate or concurrency shared by all jobs with one key, over all queues and workers.

    `key` is a template over the arguments of the call: `provider:{provider}`.
    """

    key: str
    rate: RateLimit | None = None
    concurrency: int | None = None

    def resolve(self, arguments: dict[str, Any]) -> list[Any]:
        """[key, count, per_ms, concurrency] for one call, zeros where there is no limit.

        Raises ValueError when the template names an argument that the call lacks.
        """
        try:
            key = self.key.format(**arguments)
        except (KeyError, IndexError) as error:
            raise ValueError(f'limit key "{self.key}" needs the argument {error}') from None
        rate = self.rate
        return [key, rate.count if rate else 0, round(rate.per * 1000) if rate else 0, self.concurrency or 0]


PRIORITIES: Final = {"critical": 1, "high": 2, "normal": 3, "low": 4}
NORMAL: Final = PRIORITIES["normal"]


def priority_number(value: str | int) -> int:
    """The number of a priority given by name or number; lower runs sooner.

    Raises ValueError unless it is a known word or a whole number from 1 to 100.
    """
    if isinstance(value, str):
        word = value.strip().lower()
        value = PRIORITIES.get(word, int(word) if word.isdecimal() else 0)
    if type(value) is not int or not 1 <= value <= 100:  # True is an int too, and JSON knows 2.5
        words = ", ".join(PRIORITIES)
        raise ValueError(f"priority must be one of {words} or a whole number from 1 to 100, got {value!r}")
    return value


def priority_word(number: int) -> str:
    """The name of a priority, or its number where it has none."""
    return next((word for word, n in PRIORITIES.items() if n == number), str(number))


@dataclass(frozen=True, slots=True)
class Retention:
    """How long Redis keeps finished jobs of a state: until older than `age` or beyond the newest `count` of a queue."""

    age: timedelta
    count: int | None = None


RETENTION: Final = {
    "completed": Retention(timedelta(hours=24), 1000),
    "failed": Retention(timedelta(days=7)),
    "cancelled": Retention(timedelta(hours=24)),
}


@dataclass(frozen=True, slots=True)
class Queue:
    """A named line of jobs with its defaults; what an operator sets later at run time wins."""

    name: str
    concurrency: int | None = None
    rate: RateLimit | None = None
    retention: dict[str, Retention] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", queue_slug(self.name))


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that is fixed for a call when it is enqueued, from its type and the options of the call."""

    retry: Retry = DEFAULT_RETRY
    timeout: float | None = None
    priority: int = NORMAL
    isolated: bool = False
    memory_mb: int | None = None
    limits: tuple[KeyLimit, ...] = ()
    fairness: str | None = None
    unique: str | None = None
    fields: tuple[str | int, ...] = field(init=False, repr=False, compare=False, default=())

    def __post_init__(self) -> None:
        """Work out once what every record of this policy keeps of it: only what differs from the default."""
        fields: list[str | int] = ["attempts", self.retry.attempts]
        if self.priority != NORMAL:
            fields += ["priority", self.priority]
        if self.retry != DEFAULT_RETRY:
            fields += ["retry", encode(asdict(self.retry), "retry policy")]
        for name, value in (("timeout_ms", round((self.timeout or 0) * 1000)), ("memory_mb", self.memory_mb)):
            fields += [name, value] if value else []
        fields += ["isolated", 1] if self.isolated else []
        object.__setattr__(self, "fields", tuple(fields))


def queue_slug(name: str) -> str:
    """The canonical name of a queue: lower case with hyphens.

    Raises ValueError unless it consists of letters, digits and hyphens, at most 64 of them.
    """
    slug = name.strip().lower().replace("_", "-").replace(" ", "-")
    if not 0 < len(slug) <= 64 or not slug.replace("-", "").isalnum() or not slug.isascii():
        raise ValueError(f'queue "{name}" is not a name; use at most 64 letters, digits and hyphens')
    return slug


def type_slug(name: str) -> str:
    """The canonical name of a type: lower case with underscores.

    Raises ValueError unless it consists of letters, digits and underscores, at most 64 of them.
    """
    slug = name.strip().lower().replace("-", "_").replace(" ", "_")
    if not 0 < len(slug) <= 64 or not slug.replace("_", "").isalnum() or not slug.isascii():
        raise ValueError(f'type "{name}" is not a name; use at most 64 letters, digits and underscores')
    return slug
