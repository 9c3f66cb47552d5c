"""`callboard watch`: queues and running jobs, drawn again each second."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import click

from callboard.jobs.states import ACTIVE, LIVE
from cli.commands.queues import COLUMNS as QUEUE_COLUMNS
from cli.commands.queues import values as queue_values
from cli.job_values import JOB_COLUMNS, listed
from cli.output import Out
from cli.query import Live, find_jobs, live_query
from cli.server import store
from cli.times import Duration
from cli.words import word

if TYPE_CHECKING:
    from rich.console import Group

EXAMPLES = """
callboard watch
callboard watch queue:paper-processing --every 2s
callboard watch --ndjson > numbers.ndjson
"""
ROWS = 12


@word("watch", EXAMPLES)
@click.argument("query", nargs=-1)
@click.option("--every", type=Duration(), default="1s", show_default=True, help="How often to look.")
@click.option("--times", metavar="N", type=click.IntRange(1), help="Stop after so many looks.")
@click.pass_obj
def watch_command(out: Out, query: tuple[str, ...], every: float, times: int | None) -> None:
    """Watch queues and the jobs that run or wait, until Ctrl-C. Piped, each look is one line of JSON."""
    wanted = live_query(query, "what runs and waits")
    if out.terminal and sys.stdout.isatty():
        draw(out, wanted, every, times)
        return
    from dataclasses import replace

    lines = replace(out, json=False, ndjson=True)
    for number in looks(every, times):
        lines.value({"look": number, "at": store().now_ms()} | look(wanted))


def looks(every: float, times: int | None) -> Any:
    """The numbers of the looks, with a pause between them."""
    number = 0
    while times is None or number < times:
        if number:
            time.sleep(every)
        number += 1
        yield number


def look(query: Live) -> dict[str, Any]:
    """The queues, and the jobs that run or wait."""
    queues = [queue_values(name) for name in store().queues() if not query.queues or name in query.queues]
    states = query.states or (ACTIVE,)
    jobs = find_jobs(store(), Live(states, query.queues, query.types, query.ids), ROWS)
    if not query.states and len(jobs) < ROWS:
        waiting = Live(tuple(state for state in LIVE if state != ACTIVE), query.queues, query.types, query.ids)
        jobs += find_jobs(store(), waiting, ROWS - len(jobs))
    return {"queues": queues, "jobs": [listed(job) for job in jobs]}


def draw(out: Out, query: Live, every: float, times: int | None) -> None:
    """Draw each look over the one before."""
    from rich.live import Live

    from cli.terminal import console

    with Live(console=console(out), auto_refresh=False, screen=times is None) as live:
        for _ in looks(every, times):
            live.update(picture(out, look(query)), refresh=True)


def picture(out: Out, seen: dict[str, Any]) -> Group:
    """A look as two tables."""
    from rich.console import Group
    from rich.text import Text

    from cli.terminal import console, table

    width = console(out).width
    jobs = (
        table(seen["jobs"], JOB_COLUMNS, width) if seen["jobs"] else Text("nothing runs, nothing waits", "bright_black")
    )
    queues = table(seen["queues"], QUEUE_COLUMNS, width) if seen["queues"] else Text("no queues yet", "bright_black")
    return Group(queues, Text(), jobs, Text("\nCtrl-C ends this", "bright_black"))
