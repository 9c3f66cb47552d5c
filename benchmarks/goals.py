"""What is to be reached, and whether it was: one row for each figure."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

# A figure of this machine varies by so much from run to run without any change.
NOISE = 0.05
Rounds = Sequence[Mapping[str, float]]


@dataclass(frozen=True)
class Goal:
    """A figure with its unit and bound; where `stock` is named, the bound is so many times that figure."""

    figure: str
    label: str
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    stock: str | None = None
    in_words: str = "-"

    def share(self, figures: Mapping[str, float]) -> float:
        """How far a round reaches the goal: 1 is exactly, more is better; 1 where there is no goal."""
        value = figures[self.figure]
        if self.at_least is not None:
            return value / max(self.at_least * (figures[self.stock] if self.stock else 1.0), 1e-9)
        return self.at_most / max(value, 1e-9) if self.at_most is not None else 1.0


GOALS = (
    Goal("enqueue_one", "enqueue, one call each", "jobs/s", at_least=1, stock="stock_enqueue_one", in_words=">= stock"),
    Goal("enqueue_bulk", "enqueue, in bulk", "jobs/s", at_least=20_000, in_words=">= 20,000"),
    Goal("drain_1", "drain, 1 process", "jobs/s", at_least=2.2, stock="stock_drain_1", in_words=">= 2.2 x"),
    Goal("drain_2", "drain, 2 processes", "jobs/s", at_least=2.2, stock="stock_drain_2", in_words=">= 2.2 x"),
    Goal("latency_p50", "idle pick-up, p50", "ms", at_most=3, stock="stock_latency_p50", in_words="< 3"),
    Goal("latency_p99", "idle pick-up, p99", "ms", at_most=10, stock="stock_latency_p99", in_words="< 10"),
    Goal("waiting_bytes", "waiting job", "bytes", at_most=500, in_words="<= 500"),
    Goal("finished_bytes", "finished job", "bytes", at_most=500, in_words="<= 500"),
    Goal("idle_sent", "idle worker, sent", "cmds/s", at_most=10, in_words="< 10"),
    Goal("idle_run", "idle worker, with scripts'", "cmds/s", at_most=10, in_words="< 10"),
    Goal("chain_1000", "start a chain of 1,000", "ms"),
    Goal("group_10000", "start a group of 10,000", "ms"),
    Goal("retry_bulk", "retry 100,000 failed", "jobs/s", at_least=5_000, in_words=">= 5,000"),
    Goal("retry_batch", "longest batch of a retry", "ms"),
    Goal("bulk_answer", "retry by search: answer", "ms", at_most=300, in_words="<= 300"),
    Goal("bulk_retry", "retry 100,000 by search", "jobs/s", at_least=5_000, in_words=">= 5,000"),
    Goal("bulk_gap", "longest between two words", "ms", at_most=1_500, in_words="each second"),
    Goal("outbox_thread_p95", "SQL commit to job, p95", "ms", at_most=1000, in_words="< 1,000"),
    Goal("outbox_relay_p95", "the same by relay alone", "ms", at_most=1000, in_words="< 1,000"),
    Goal("outbox_rows", "relay of a backlog", "jobs/s"),
    Goal("outbox_call", "a call in a transaction", "us"),
    Goal("sqlite_id", "SQLite: job by its id, p95", "ms", at_most=15, in_words="<= 15"),
    Goal("sqlite_page", "first page", "ms", at_most=40, in_words="<= 40"),
    Goal("sqlite_deep", "10,000th page", "ms", at_most=40, in_words="<= 40"),
    Goal("sqlite_indexed", "search by one index", "ms", at_most=100, in_words="<= 100"),
    Goal("sqlite_combined", "search by several", "ms", at_most=100, in_words="<= 100"),
    Goal("sqlite_args", "search in arguments", "ms", at_most=500, in_words="<= 500"),
    Goal("sqlite_error", "words of an error", "ms", at_most=500, in_words="<= 500"),
    Goal("sqlite_scan", "search without index", "ms", at_most=2000, in_words="<= 2,000"),
    Goal("sqlite_terms", "terms of a new job", "us"),
    Goal("postgresql_id", "PostgreSQL: by id, p95", "ms", at_most=15, in_words="<= 15"),
    Goal("postgresql_page", "first page", "ms", at_most=40, in_words="<= 40"),
    Goal("postgresql_deep", "10,000th page", "ms", at_most=40, in_words="<= 40"),
    Goal("postgresql_indexed", "search by one index", "ms", at_most=100, in_words="<= 100"),
    Goal("postgresql_combined", "search by several", "ms", at_most=100, in_words="<= 100"),
    Goal("postgresql_args", "search in arguments", "ms", at_most=500, in_words="<= 500"),
    Goal("postgresql_error", "words of an error", "ms", at_most=500, in_words="<= 500"),
    Goal("postgresql_scan", "search without index", "ms", at_most=2000, in_words="<= 2,000"),
    Goal("postgresql_terms", "terms of a new job", "us"),
    Goal("live_delivered", "1,000 live clients: events", "%", at_least=100, in_words="100"),
    Goal("live_p50", "event to client, p50", "ms", at_most=250, in_words="<= 250"),
    Goal("live_p99", "event to client, p99", "ms", at_most=1_000, in_words="<= 1,000"),
    Goal("live_ping_p99", "other requests, p99", "ms", at_most=200, in_words="<= 200"),
    Goal("live_memory", "memory of the live process", "MB", at_most=150, in_words="<= 150"),
    Goal("live_resumed", "back after 500: once each", "%", at_least=100, in_words="100"),
    Goal("live_commands", "Redis, 100 viewers", "cmds/s", at_most=20, in_words="<= 20"),
    Goal("readers_added", "100 look at all: Redis, more", "cmds/s", at_most=20, in_words="<= 20"),
    Goal("readers_requests", "requests of theirs", "/s"),
    Goal("readers_p95", "their answers, p95", "ms"),
    Goal("readers_stale", "an ended job shown as going on", "s", at_most=12, in_words="<= 12"),
    Goal("readers_forbidden", "scans and slow commands, +1", "", at_most=1, in_words="none"),
    Goal("list_first", "API: list of 1,000,000, p95", "ms", at_most=40, in_words="<= 40"),
    Goal("list_deep", "the same, 10,000th page", "ms", at_most=40, in_words="<= 40"),
    Goal("list_kb", "50 rows", "kB", at_most=60, in_words="<= 60"),
    Goal("page_ttfb", "Jobs page: first byte, p95", "ms", at_most=150, in_words="<= 150"),
    Goal("page_lcp", "its largest paint", "ms", at_most=800, in_words="<= 800"),
    Goal("page_tbt", "blocked beyond 50 ms, +1", "ms", at_most=50, in_words="<= 50"),
    Goal("page_kb", "cold transfer", "kB", at_most=150, in_words="<= 150"),
    Goal("page_requests", "its requests", "", at_most=8, in_words="<= 8"),
    Goal("screen_p50", "event to screen, p50", "ms", at_most=150, in_words="<= 150"),
    Goal("screen_p99", "event to screen, p99", "ms", at_most=500, in_words="<= 500"),
    Goal("screen_seen", "events that 10 windows show", "%", at_least=100, in_words="100"),
    Goal("screen_moved", "layout shift, x 1000, +1", "", at_most=21, in_words="<= 21"),
    Goal("web_memory", "memory of the web process", "MB", at_most=200, in_words="<= 200"),
    Goal("scrape_p50", "scrape of /metrics, p50", "ms"),
    Goal("scrape_p95", "scrape of /metrics, p95", "ms", at_most=50, in_words="<= 50"),
    Goal("scrape_cpu", "its time on a processor", "ms"),
    Goal("scrape_series", "series, 10 queues, 50 types", "", at_most=2_000, in_words="<= 2,000"),
    Goal("scrape_kilobytes", "size of a scrape", "kB"),
    Goal("scrape_commands", "Redis, a scrape", "cmds"),
    Goal("export_csv", "export as CSV", "rows/s"),
    Goal("export_json", "export as JSON", "rows/s"),
    Goal("export_ndjson", "export as NDJSON", "rows/s"),
    Goal("export_excel", "export as Excel", "rows/s"),
    Goal("export_backup", "backup", "rows/s"),
    Goal("export_peak_mb", "peak memory of all these", "MB", at_most=200, in_words="<= 200"),
    Goal("export_growth", "by ten times the rows", "x", at_most=1.1, in_words="<= 1.1"),
)


@dataclass(frozen=True)
class Row:
    """A goal with what was measured: the medians of the rounds, and the verdict."""

    goal: Goal
    value: float
    stock: float | None
    verdict: str

    @property
    def missed(self) -> bool:
        """Whether the goal was missed by more than noise."""
        return self.verdict == "missed"


def judge(goal: Goal, rounds: Rounds) -> Row:
    """The row of a goal. Missed is what no round reaches and the median misses by more than noise."""
    shares = [goal.share(figures) for figures in rounds]
    value = statistics.median(figures[goal.figure] for figures in rounds)
    stock = statistics.median(figures[goal.stock] for figures in rounds) if goal.stock else None
    if goal.at_least is None and goal.at_most is None:
        return Row(goal, value, stock, "")
    if statistics.median(shares) >= 1:
        return Row(goal, value, stock, "met")
    near = max(shares) >= 1 or statistics.median(shares) >= 1 - NOISE
    return Row(goal, value, stock, "noise" if near else "missed")


def judged(rounds: Rounds, *, too_small: bool = False) -> list[Row]:
    """The rows of all goals whose figures were measured, without a verdict where so few jobs say nothing."""
    rows = [judge(goal, rounds) for goal in GOALS if goal.figure in rounds[0]]
    return [replace(row, verdict="") for row in rows] if too_small else rows
