"""Flows that Redis has lost in whole or in part: found, and built again from their rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine

from callboard.broker.link import Links
from callboard.broker.lookout import Sight, Unrecorded, flow_is_whole, flow_state, look_at_jobs
from callboard.broker.restoring import LostFlow, LostNode, Record, Restorer
from callboard.broker.store import Store
from callboard.history.database import writing
from callboard.history.doubts import IN_DOUBT, doubt_jobs
from callboard.history.live_rows import (
    Brief,
    Flow,
    find_flow,
    flow_steps,
    moving_flows,
    recorded_up_to,
    snapshot,
    whole_rows,
)
from callboard.history.lost_jobs import SHARE, conclude_in_order, require_same
from callboard.history.report import Report
from callboard.history.rows import record_of
from callboard.jobs.states import FINAL

FIELDS: Final = ("name", "state", "jobs", "meta", "on_failure", "broken", "started_ms", "finished_ms")


@dataclass(frozen=True, slots=True)
class Inspected:
    """A flow as SQL and Redis have it."""

    flow: Flow | None
    steps: dict[str, Brief]
    sights: dict[str, Sight | None]

    @property
    def lost(self) -> list[str]:
        """The live steps of which there is no record."""
        return [id for id, row in self.steps.items() if row.state not in FINAL and self.sights[id] is None]

    @property
    def unknown(self) -> list[str]:
        """The steps of which there is neither a record nor a row."""
        steps = [node["id"] for node in self.flow.graph if not node.get("gate")] if self.flow else []
        return [id for id in steps if id not in self.steps and self.sights[id] is None]


class LostFlows:
    """Builds flows again; what is there of them is left as it is."""

    def __init__(self, engine: Engine, links: Links, unrecorded: Unrecorded) -> None:
        self.engine = engine
        self.links = links
        self.unrecorded = unrecorded
        self.restorer = Restorer(links)
        self.now_ms = Store(links).now_ms

    def find_broken(self, flows: Sequence[Flow]) -> list[str]:
        """Those of some open flows that have lost a key, or in which nothing can go on."""
        moving = moving_flows(self.engine, [flow.id for flow in flows])
        whole = (flow.id for flow in flows if flow_is_whole(self.links, flow.id, flow.graph))
        fine = moving.intersection(whole)
        return [flow.id for flow in flows if flow.id not in fine]

    def build_again(self, ids: Iterable[str], report: Report, *, doubtless: bool = False) -> None:
        """Build flows again from their rows; one that cannot be judged yet is left to the next time.

        `doubtless`: steps in doubt come back too. Raises as `LostJobs.put_right` does.
        """
        for id in sorted(ids):
            found = self._inspect(id)
            if any(step in self.unrecorded for step in (id, *found.lost)):
                report.pending += len(found.lost)
            elif not found.flow or not found.flow.graph or found.unknown or (self._doubtful(found) and not doubtless):
                self._doubt(found, report)
            else:
                self._build(found.flow, found, report)

    def _inspect(self, id: str) -> Inspected:
        with snapshot(self.engine) as connection:
            flow, steps = find_flow(connection, id), flow_steps(connection, id)
            at = recorded_up_to(connection, self.links.prefix)
        position, _ = require_same(self.links, at)
        nodes = [node["id"] for node in flow.graph] if flow else []
        sights = look_at_jobs(self.links, list(dict.fromkeys((*nodes, *steps))))
        self.unrecorded.refresh(position.epoch, position.last_id)
        return Inspected(flow, steps, sights)

    def _doubtful(self, found: Inspected) -> bool:
        return any(found.steps[id].reason == IN_DOUBT for id in found.lost)

    def _doubt(self, found: Inspected, report: Report) -> None:
        """Put the lost steps in doubt that are not yet: those that are were counted as jobs."""
        new = [id for id in found.lost if found.steps[id].reason != IN_DOUBT]
        report.in_doubt += len(new)
        with writing(self.engine) as session:
            doubt_jobs(session.connection(), new)

    def _build(self, flow: Flow, found: Inspected, report: Report) -> None:
        if flow_state(self.links, flow.id) in (None, "active"):
            self._restore_finished(found)
        live = self._records(found.lost)
        nodes = tuple(
            LostNode(
                node["id"],
                live.get(node["id"]),
                tuple((need, policy) for need, policy in node["needs"]),
                tuple(node["parents"]),
            )
            for node in flow.graph
        )
        about = {name: str(flow.row[name]) for name in FIELDS if flow.row[name] is not None}
        state, written = self.restorer.restore_flow(LostFlow(flow.id, about, nodes), self.now_ms())
        report.flows += 1
        report.restored += written
        if written < len(live) and state in ("completed", "failed"):
            # It is over in Redis, and its steps were forgotten there: they have ended, how is not known.
            self._doubt(found, report)

    def _restore_finished(self, found: Inspected) -> None:
        """The finished steps first: those after them need their results."""
        lost = [id for id, row in found.steps.items() if row.state in FINAL and found.sights[id] is None]
        for start in range(0, len(lost), SHARE):
            self.restorer.restore(self._records(lost[start : start + SHARE]), self.now_ms())

    def _records(self, ids: Sequence[str]) -> dict[str, Record]:
        records: dict[str, Record] = {}
        for start in range(0, len(ids), SHARE):
            rows = whole_rows(self.engine, ids[start : start + SHARE])
            records |= {id: record_of(row) for id, row in rows.items()}
        return records

    def conclude(self, ids: Iterable[str], report: Report) -> None:
        """End the steps of flows that have finished in SQL, from the last one back, so that none of them is freed."""
        for id in sorted(ids):
            with snapshot(self.engine) as connection:
                flow, steps = find_flow(connection, id), flow_steps(connection, id)
            order = [node["id"] for node in reversed(flow.graph)] if flow else []
            order += sorted(set(steps) - set(order), reverse=True)
            finished = [step for step in order if step in steps and steps[step].state in FINAL]
            report.concluded += conclude_in_order(self.engine, self.restorer, finished)
