"""Jobs of which Redis and SQL do not say the same: looked at closely, and put right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import Engine

from callboard.broker.link import Links
from callboard.broker.lookout import DataSet, Unrecorded, look_at_data, look_at_jobs
from callboard.broker.restoring import Record, Restorer
from callboard.broker.store import Store
from callboard.history.comparing import CONCLUDE, DOUBT, RESTORE, TELL, TIE, WAIT, compare
from callboard.history.continuity import SAME, judge
from callboard.history.errors import NotComparable
from callboard.history.live_rows import Brief, briefs, recorded_up_to, snapshot, whole_rows
from callboard.history.position import Position
from callboard.history.report import Report
from callboard.history.rows import record_of
from callboard.jobs.states import FINAL

SHARE: Final = 250


class LostJobs:
    """Puts jobs right; steps of flows that were lost or must be ended are left to who builds their flow again."""

    def __init__(self, engine: Engine, links: Links, unrecorded: Unrecorded) -> None:
        self.engine = engine
        self.links = links
        self.unrecorded = unrecorded
        self.restorer = Restorer(links)
        self.now_ms = Store(links).now_ms

    def put_right(self, ids: Sequence[str], report: Report) -> tuple[set[str], set[str]]:
        """Compare jobs and do what is to be done; the flows to build again, and those whose steps are to be ended.

        Raises NotComparable when Redis and SQL no longer belong together, RecorderBehind, StoreFull, ConnectionLost.
        """
        with snapshot(self.engine) as connection:
            rows, at = briefs(connection, ids), recorded_up_to(connection, self.links.prefix)
        todo = self._compare(ids, rows, require_same(self.links, at)[0])
        report.pending += len(todo.get(WAIT, ()))
        report.in_doubt += len(todo.get(DOUBT, ()))
        known = {id: rows.get(id) for id in ids}
        self._tell([(id, known[id]) for id in todo.get(TELL, ())], report)
        report.restored += self._restore([id for id in todo.get(RESTORE, ()) if not rows[id].flow], report)
        over = [id for id in todo.get(CONCLUDE, ()) if not rows[id].flow]
        report.concluded += conclude_in_order(self.engine, self.restorer, over)
        lost = _flows(rows, (*todo.get(RESTORE, ()), *todo.get(TIE, ())))
        return lost, _flows(rows, todo.get(CONCLUDE, ()))

    def bring_back(self, ids: Sequence[str], report: Report) -> set[str]:
        """Write live jobs again although they are in doubt; the flows of those that belong to one."""
        with snapshot(self.engine) as connection:
            rows = briefs(connection, ids)
        sights = look_at_jobs(self.links, ids)
        gone = [id for id in ids if id in rows and rows[id].state not in FINAL and sights[id] is None]
        report.checked += len(ids)
        report.restored += self._restore([id for id in gone if not rows[id].flow], report)
        return _flows(rows, gone)

    def _compare(self, ids: Sequence[str], rows: dict[str, Brief], at: Position) -> dict[str, list[str]]:
        sights = look_at_jobs(self.links, ids)
        self.unrecorded.refresh(at.epoch, at.last_id)
        todo: dict[str, list[str]] = {}
        for id in ids:
            word = compare(rows.get(id), sights[id], unrecorded=id in self.unrecorded)
            todo.setdefault(word, []).append(id)
        return todo

    def _tell(self, jobs: Iterable[tuple[str, Brief | None]], report: Report) -> None:
        told = self.restorer.tell_again((id, row.version if row else 0, row.fence if row else 0) for id, row in jobs)
        report.told += sum(reply == "TOLD" for reply in told.values())

    def _restore(self, ids: Sequence[str], report: Report) -> int:
        replies: dict[str, str] = {}
        for start in range(0, len(ids), SHARE):
            rows = whole_rows(self.engine, ids[start : start + SHARE])
            records = {id: record_of(row) for id, row in rows.items() if row["state"] not in FINAL}
            replies |= self.restorer.restore(records, self.now_ms())
        report.held += sum(reply == "HELD" for reply in replies.values())
        return sum(reply == "RESTORED" for reply in replies.values())


def _flows(rows: Mapping[str, Brief], ids: Iterable[str]) -> set[str]:
    return {flow for id in ids if (flow := rows[id].flow)}


def conclude_in_order(engine: Engine, restorer: Restorer, ids: Sequence[str]) -> int:
    """End jobs that have finished in SQL, in the order given; how many were live in Redis."""
    ended = 0
    for start in range(0, len(ids), SHARE):
        rows = whole_rows(engine, ids[start : start + SHARE])
        records: dict[str, Record] = {id: record_of(row) for id, row in rows.items() if row["state"] in FINAL}
        ended += sum(reply == "CONCLUDED" for reply in restorer.conclude(records).values())
    return ended


def require_same(links: Links, at: Position | None) -> tuple[Position, DataSet]:
    """The position and the data, if these are the ones that were recorded up to there. Raises NotComparable."""
    if at is None:
        raise NotComparable("nothing was recorded yet; a recorder must run: callboard recorder")
    data = look_at_data(links, at.last_id)
    verdict = judge(at, data)
    if verdict != SAME:
        raise NotComparable(f"Redis is {verdict}, and no recorder has seen it yet; one must run: callboard recorder")
    return at, data
