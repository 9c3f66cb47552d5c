"""What a caller asks for: a type, its arguments, and when and how it is to run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from callboard.jobs.clock import to_ms
from callboard.jobs.encoding import encode
from callboard.jobs.identity import checked_id, new_id
from callboard.jobs.policy import Policy

NAMES: Final = {"args": "arguments", "kwargs": "arguments"}


@dataclass(frozen=True, slots=True)
class Call:
    """One call to be enqueued; `delay` is in seconds, `run_at` an aware datetime that wins over it."""

    type: str
    queue: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    policy: Policy = Policy()
    id: str = field(default_factory=new_id)
    delay: float = 0.0
    run_at: datetime | None = None
    tags: tuple[str, ...] = ()
    meta: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    takes_results: bool = True

    def named(self, **changes: Any) -> Call:
        """The same call with some of it changed."""
        return replace(self, **changes)

    @property
    def delay_ms(self) -> int:
        """Milliseconds to wait from the moment of acceptance."""
        return max(0, round(self.delay * 1000))

    @property
    def due_ms(self) -> int:
        """The stamp before which it must not run, 0 for none."""
        return to_ms(self.run_at) if self.run_at else 0


def record_fields(call: Call) -> list[str | int]:
    """The fields of a new record, name and value in turn.

    Raises NotJson or TooLarge for arguments that cannot be kept, ValueError for an id or a limit key that cannot be.
    """
    checked_id(call.id)
    fields, what, policy = list(call.policy.fields), call.type, call.policy
    limits = [limit.resolve(call.kwargs) for limit in policy.limits]
    kept = (("args", call.args), ("kwargs", call.kwargs), ("limits", limits), ("tags", call.tags), ("meta", call.meta))
    for name, value in (*kept, ("options", call.options)):
        if value:
            fields += [name, encode(value, f"{NAMES.get(name, name)} of {what}")]
    for name, key in (("fairness", policy.fairness), ("unique", policy.unique)):
        if key:
            fields += [name, key]
    if limits or policy.unique:
        fields += ["ties", 1]
    return fields
