"""A row of the fault matrix: a fault, how often it is tried, and what was counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.system.rig import Rig


@dataclass(slots=True)
class Tally:
    """What a row counted; `worst` is the longest delay that the row is about, in seconds."""

    trials: int = 0
    lost: int = 0
    duplicated: int = 0
    worst: float = 0.0
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def expect(self, ok: bool, words: str) -> None:
        """Note what is not as it must be."""
        if not ok:
            self.problems.append(words)

    @property
    def verdict(self) -> str:
        """`ok`, or what is wrong."""
        return "ok" if not self.problems else "FAILED: " + "; ".join(self.problems[:5])

    def check(self, rig: Rig, ids: list[str], seconds: float = 60.0) -> None:
        """The checker of all rows: all jobs end, each completion is accepted once, the store is sound."""
        rig.settled(ids, seconds)
        jobs = {job.id: job for job in rig.jobs(ids)}
        ended = {event["id"] for event in rig.events("job:completed", "job:failed", "job:cancelled")}
        stranded = [id for id in ids if (jobs[id].finished_at is None if id in jobs else id not in ended)]
        self.lost += len(stranded)
        self.expect(
            not stranded, f"{len(stranded)} jobs lost or stranded, e.g. {[jobs.get(id) for id in stranded[:1]]}"
        )
        for event in ("job:completed", "job:failed"):
            doubled = [id for id, n in rig.count_events(event, ids).items() if n > 1]
            self.duplicated += len(doubled)
            self.expect(not doubled, f"{len(doubled)} jobs have {event} more than once")
        broken = rig.broken_invariants()
        self.expect(not broken, f"{len(broken)} broken invariants, e.g. {broken[:2]}")


@dataclass(frozen=True, slots=True)
class Row:
    """`run` gets a rig and a size: `quick` in the normal test run, `full` in `make faults`.

    With no quick size it is not in the normal run, for its cells are tests there.
    """

    id: str
    fault: str
    run: Callable[[Rig, int], Tally]
    quick: int
    full: int
