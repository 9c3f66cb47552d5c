"""What came out of a batch of repositories: how many were read, how well they are kept, and which failed why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

SHOWN: Final = 50
REASON: Final = 300


@dataclass(frozen=True, slots=True)
class Ended:
    """How the analysis of one repository has ended: its result, or the state it ended in and why."""

    repository: str
    job: str
    state: str
    result: dict[str, Any] | None = None
    reason: str = ""


def summary(ended: Iterable[Ended]) -> dict[str, Any]:
    """The batch as JSON values: counts, the languages and the health of all, each that failed with its reason."""
    all_of_them = list(ended)
    done = [one for one in all_of_them if one.result is not None]
    failed = [one for one in all_of_them if one.result is None]
    return {
        "repositories": len(all_of_them),
        "completed": len(done),
        "failures": len(failed),
        "failed": [_failed(one) for one in failed[:SHOWN]],
        "mean_health": round(sum(one.result["health"] for one in done if one.result) / len(done), 1) if done else None,
        "languages": _languages(done),
        "analyses": [one.result for one in done],
    }


def _failed(one: Ended) -> dict[str, str]:
    reason = one.reason or f"the job is {one.state}"
    return {"repository": one.repository, "job": one.job, "state": one.state, "reason": reason[:REASON]}


def _languages(done: list[Ended]) -> dict[str, int]:
    """In how many repositories each language is the main one."""
    counts: dict[str, int] = {}
    for one in done:
        language = (one.result or {}).get("main_language") or "none"
        counts[language] = counts.get(language, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
