"""The reconciler: what SQL holds as live and Redis has lost comes back, what is final in one becomes so in the other.

A round each minute compares some thousand live jobs. After a loss everything is compared at once: the name of the
data that were compared as a whole is kept in Redis, so that a loss of it is found by its absence. All of it may be
repeated, and several at once do no harm; a key with an expiry keeps them from doing the same work twice.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Engine

from callboard.broker.keys import EPOCH, RECONCILED, RECONCILING
from callboard.broker.link import Links, text_list
from callboard.broker.lookout import DataSet, RecorderBehind, Unrecorded, look_at_jobs, scan_jobs
from callboard.broker.vouching import vouch
from callboard.history.comparing import differs
from callboard.history.errors import NotComparable
from callboard.history.live_rows import ORDER, live_page, open_flows, recorded_up_to, snapshot
from callboard.history.lost_flows import LostFlows
from callboard.history.lost_jobs import LostJobs, require_same
from callboard.history.position import Position
from callboard.history.report import Report
from callboard.jobs.identity import new_id

PERIOD: Final = 60.0
BUDGET: Final = 20_000
PAGE: Final = 1_000
FLOWS_PAGE: Final = 100
LOCK_MS: Final = 60_000
log = logging.getLogger("callboard.reconciler")


class Reconciler:
    """Compares one prefix of one Redis with one database; of several, one in each `period` of seconds."""

    def __init__(self, engine: Engine, links: Links, period: float = PERIOD) -> None:
        self.engine = engine
        self.links = links
        self.period = period
        unrecorded = Unrecorded(links)
        self.jobs = LostJobs(engine, links, unrecorded)
        self.flows = LostFlows(engine, links, unrecorded)

    def round(self, budget: int = BUDGET, *, full: bool = False) -> Report:
        """Compare some live jobs, or everything where that is due or asked for; what was found and done.

        Raises BrokerFault or SQLAlchemyError when Redis or the database is away.
        """
        report = Report()
        try:
            with self._alone() as alone:
                report.full = full or self._full_is_due()
                if not alone:
                    report.waiting = "another reconciler is at work"
                elif report.full or self._is_due():
                    at, data = self._require_same()
                    self._compare_all(report, at.epoch) if report.full else self._compare_some(report, budget)
                    vouch(self.links, data.run)
                    self._note(report)
                else:
                    report.waiting = "another reconciler has just been at work"
        except (NotComparable, RecorderBehind) as error:
            report.waiting = str(error)
        if report.differences:
            log.warning("Redis and SQL did not say the same: %s", report)
        return report

    def bring_back(self, *ids: str) -> list[str]:
        """Write jobs again that are in doubt, because somebody has decided so; those that are back.

        A step of a flow brings the lost ones of its flow along. Raises NotComparable, BrokerFault or SQLAlchemyError.
        """
        report = Report()
        self.flows.build_again(self.jobs.bring_back(ids, report), report, doubtless=True)
        return [id for id, sight in look_at_jobs(self.links, ids).items() if sight]

    # -- all of it

    def _full_is_due(self) -> bool:
        """Whether these data were never compared as a whole: they are new, or came in place of others."""
        prefix = self.links.prefix
        epoch, done = self.links.run(("GET", EPOCH(prefix)), ("HGET", RECONCILED(prefix), "epoch"))
        return epoch is None or bool(epoch != done)

    def _is_due(self) -> bool:
        last = last_round(self.links)
        return last is None or time.time() * 1000 >= last[0] + self.period * 800

    def _require_same(self) -> tuple[Position, DataSet]:
        with snapshot(self.engine) as connection:
            return require_same(self.links, recorded_up_to(connection, self.links.prefix))

    def _compare_all(self, report: Report, epoch: str) -> None:
        # What has finished is ended before anything comes back that could set it free.
        for ids in scan_jobs(self.links):
            self._put_right(ids, report)
        for state in ORDER:
            after: int | None = 0
            while after is not None:
                after = self._compare_page(state, after, PAGE, report)
        self._compare_flows("", None, report)
        self.links.call("HSET", RECONCILED(self.links.prefix), "epoch", epoch)

    # -- a part of it

    def _compare_some(self, report: Report, budget: int) -> None:
        key = RECONCILED(self.links.prefix)
        state, after, flow = self.links.call("HMGET", key, "state", "after", "flow")
        state, after = (state, int(after)) if state in ORDER and after else (ORDER[0], 0)
        ended = False
        while report.checked < budget and not ended:
            left = min(PAGE, budget - report.checked)
            next_after = self._compare_page(state, after, left, report)
            if next_after is None:
                ended = state == ORDER[-1]  # the next round begins anew
                state = ORDER[(ORDER.index(state) + 1) % len(ORDER)]
            after = next_after or 0
        flow = self._compare_flows(flow or "", budget // FLOWS_PAGE, report)
        self.links.call("HSET", key, "state", state, "after", after, "flow", flow)

    def _compare_page(self, state: str, after: int, limit: int, report: Report) -> int | None:
        page = live_page(self.engine, state, after, limit)
        sights = look_at_jobs(self.links, [row.id for row in page.rows])
        report.checked += len(page.rows)
        self._put_right([row.id for row in page.rows if differs(row, sights[row.id])], report)
        return page.next

    def _put_right(self, ids: list[str], report: Report) -> None:
        self._still_alone()
        if ids:
            lost, over = self.jobs.put_right(ids, report)
            self.flows.conclude(over, report)
            self.flows.build_again(lost, report)

    def _compare_flows(self, after: str, most: int | None, report: Report) -> str:
        """Look after open flows behind an id; where to go on, empty where these were the last."""
        while most is None or most > 0:
            page = min(FLOWS_PAGE, most or FLOWS_PAGE)
            flows = open_flows(self.engine, after, page)
            self.flows.build_again(self.flows.find_broken(flows), report)
            self._still_alone()
            if len(flows) < page:
                return ""
            after = flows[-1].id
            most = None if most is None else most - len(flows)
        return after

    # -- alone

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Whether nobody else is at it, for the length of a block."""
        key, token = RECONCILING(self.links.prefix), new_id()
        taken = bool(self.links.call("SET", key, token, "NX", "PX", LOCK_MS))
        try:
            yield taken
        finally:
            if taken and self.links.call("GET", key) == token:
                self.links.call("DEL", key)

    def _still_alone(self) -> None:
        self.links.call("PEXPIRE", RECONCILING(self.links.prefix), LOCK_MS)

    def _note(self, report: Report) -> None:
        values = ("at", round(time.time() * 1000), "report", json.dumps(report.values()))
        self.links.call("HSET", RECONCILED(self.links.prefix), *values)


def last_round(links: Links) -> tuple[int, Report] | None:
    """When a round was over the last time, ms, and what it found; None where none ever was."""
    at, report = text_list(links.call("HMGET", RECONCILED(links.prefix), "at", "report"))
    return (int(at), Report(**json.loads(report))) if at else None
