"""`callboard alerts history`: what was told of conditions, and when they were over."""

from __future__ import annotations

from typing import Any

import click

from callboard.jobs.clock import from_ms
from cli.output import Column, Out
from cli.server import database, remote
from cli.times import ago, lasted, span
from cli.words import word

EXAMPLES = """
callboard alerts history
callboard alerts history --limit 200 --json | jq '.firings[] | select(.rule == "backlog")'
"""


def for_long(row: Any) -> str:
    """How long a condition held."""
    took = span(row["since"], row["resolved_at"])
    return lasted(took.total_seconds()) if took else "holds"


COLUMNS = (
    Column("fired_at", "Told", show=lambda row: ago(row["fired_at"]), right=True),
    Column("key", "Condition"),
    Column("cause", "Cause", fold=True),
    Column("resolved_at", "Lasted", show=for_long, right=True),
)


def firing_values(row: Any) -> dict[str, Any]:
    """One time that somebody was told, as JSON values."""
    same = {name: getattr(row, name) for name in ("key", "rule", "subject", "count", "cause")}
    times = {"since": from_ms(row.since_ms), "fired_at": from_ms(row.fired_ms), "resolved_at": from_ms(row.resolved_ms)}
    return same | times


@word("history", EXAMPLES)
@click.option("--limit", metavar="N", type=click.IntRange(1, 200), default=50, show_default=True, help="So many.")
@click.pass_obj
def history_command(out: Out, limit: int) -> None:
    """List what was told of conditions, the newest first, and how long each held; kept for 90 days."""
    out.rows("firings", latest(limit), COLUMNS, "nothing was told yet")


def latest(limit: int) -> list[dict[str, Any]]:
    """What was told, the newest first."""
    if far := remote():
        from cli.remote_alerts import firings as far_firings

        return far_firings(far.api, limit)
    from callboard.history.database import reading
    from research.notifications import firings

    with reading(database()) as session:
        return [firing_values(row) for row in firings.latest(session, limit)]
