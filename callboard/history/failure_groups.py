"""Failures of one fingerprint counted as a group, in the transaction that records them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from sqlalchemy import Connection, and_, bindparam, case, or_, update
from sqlalchemy.dialects import postgresql, sqlite

from callboard.history.models import FailureGroupRow
from callboard.jobs.fingerprint import fingerprint

OPEN: Final = "open"
IGNORED: Final = "ignored"
RESOLVED: Final = "resolved"
TYPES_MOST: Final = 20
GROUPS: Final = FailureGroupRow.__table__.c
AT_ONCE: Final = 500
TOLD: Final = ("error_class", "error_type", "message", "traceback")


@dataclass(frozen=True, slots=True)
class Noted:
    """Fingerprints that were never seen before, and those of groups that were resolved, or ignored until now."""

    new: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)


def note_failures(connection: Connection, failures: Iterable[Mapping[str, Any]]) -> Noted:
    """Count failures in their groups; each has the columns of `job_failures` and is counted each time it is given.

    One statement for every 500 groups, in an order that lets several recorders write at once.
    """
    groups = _gathered(failures)
    rows = [groups[id] for id in sorted(groups)]
    noted = Noted()
    for start in range(0, len(rows), AT_ONCE):
        batch = rows[start : start + AT_ONCE]
        noted.new.extend(_count(connection, batch))
        noted.returned.extend(_reopen(connection, [row["fingerprint"] for row in batch]))
    return noted


def _gathered(failures: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """One row for each fingerprint of the failures, the newest of them its sample."""
    groups: dict[str, dict[str, Any]] = {}
    for failure in failures:
        group = groups.get(failure["fingerprint"]) or groups.setdefault(failure["fingerprint"], _first(failure))
        at_ms = failure["at_ms"]
        group["failures"] += 1
        group["first_ms"] = min(group["first_ms"], at_ms)
        if at_ms >= group["last_ms"]:
            group |= {"last_ms": at_ms, "sample_job": failure["job_id"]}
        if failure["type"] not in group["types"]:
            group["types"].append(failure["type"])
    return groups


def _first(failure: Mapping[str, Any]) -> dict[str, Any]:
    known = fingerprint(*(failure[name] for name in TOLD))
    counts = {"failures": 0, "first_ms": failure["at_ms"], "last_ms": failure["at_ms"]}
    return {
        "fingerprint": failure["fingerprint"],
        "error_class": failure["error_class"],
        "error_type": failure["error_type"],
        "message": known.message,
        "frame": known.frame,
        **counts,
        "types": [],
        "sample_job": failure["job_id"],
        "status": OPEN,
    }


def _count(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Add the counts of some groups to the table; returns which are new in it."""
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(FailureGroupRow)
    given = insert.excluded
    newer = given.last_ms >= GROUPS.last_ms
    counting = insert.on_conflict_do_update(
        index_elements=[GROUPS.fingerprint],
        set_={
            "failures": GROUPS.failures + given.failures,
            "first_ms": case((given.first_ms < GROUPS.first_ms, given.first_ms), else_=GROUPS.first_ms),
            "last_ms": case((newer, given.last_ms), else_=GROUPS.last_ms),
            "sample_job": case((newer, given.sample_job), else_=GROUPS.sample_job),
        },
    ).returning(GROUPS.fingerprint, GROUPS.failures, GROUPS.types)
    values = [{**row, "types": _as_text(row["types"])} for row in rows]
    found = {row.fingerprint: row for row in connection.execute(counting, values)}
    _add_types(connection, {id: row.types for id, row in found.items()}, rows)
    return [row["fingerprint"] for row in rows if found[row["fingerprint"]].failures == row["failures"]]


def _add_types(connection: Connection, known: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Add job types to groups that have not yet failed in them; the rows are locked by what counted them."""
    changes = []
    for row in rows:
        before = orjson.loads(known[row["fingerprint"]])
        after = list(dict.fromkeys([*before, *row["types"]]))[:TYPES_MOST]
        if after != before:
            changes.append({"id": row["fingerprint"], "after": _as_text(after)})
    if changes:
        statement = update(FailureGroupRow).where(GROUPS.fingerprint == bindparam("id"))
        connection.execute(statement.values(types=bindparam("after")), changes)


def _as_text(types: Sequence[str]) -> str:
    return orjson.dumps(types[:TYPES_MOST]).decode()


def _reopen(connection: Connection, fingerprints: Sequence[str]) -> list[str]:
    """Open the groups that failed again after they were resolved, or after the time until which they are ignored."""
    back = or_(
        and_(GROUPS.status == RESOLVED, GROUPS.last_ms > GROUPS.status_ms),
        and_(GROUPS.status == IGNORED, GROUPS.last_ms > GROUPS.ignored_until_ms),
    )
    reopening = (
        update(FailureGroupRow)
        .where(GROUPS.fingerprint.in_(fingerprints), back)
        .values(status=OPEN, status_ms=GROUPS.last_ms, ignored_until_ms=None)
        .returning(GROUPS.fingerprint)
    )
    return sorted(connection.scalars(reopening))
