"""`callboard events`: what happened lately, and what happens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from cli.output import Column, Out
from cli.query import live_query
from cli.server import store, stream
from cli.times import Duration
from cli.words import word

if TYPE_CHECKING:
    from callboard.broker.stream import Event
    from cli.query import Live

EXAMPLES = """
callboard events                      of the last ten minutes
callboard events -f                   and everything that follows
callboard events -f queue:mail --ndjson
callboard events --since 1h type:extract_pdf
"""
COLUMNS = (
    Column("at", "When", show=lambda row: row["at"].astimezone().strftime("%H:%M:%S.%f")[:-3]),
    Column("event", "Event"),
    Column("job", "Job or flow"),
    Column("type", "Type", fold=True),
    Column("queue", "Queue", wide=True),
    Column("data", "", fold=True),
)


@word("events", EXAMPLES)
@click.argument("query", nargs=-1)
@click.option("-f", "--follow", is_flag=True, help="Go on until Ctrl-C.")
@click.option("--since", type=Duration(), default="10m", show_default=True, help="How far back to begin.")
@click.option("--limit", metavar="N", type=click.IntRange(1), help="Stop after so many.")
@click.pass_obj
def events_command(out: Out, query: tuple[str, ...], follow: bool, since: float, limit: int | None) -> None:
    """Print what changed, oldest first. QUERY is made of queue:, type: and ids; states have no meaning here."""
    wanted = live_query(query, "events")
    if wanted.states:
        raise click.UsageError("events have no state; use queue:, type: or ids")
    found = first(limit, (values(event) for event in read(out, since, follow) if fits(wanted, event)))
    if not follow:
        out.rows("events", found, COLUMNS, "nothing happened; --since 1h looks further back")
        return
    for row in found:
        print_event(out, row)


def read(out: Out, since: float, follow: bool) -> Iterator[Event]:
    """Events from so many seconds ago; for ever, or to the present end."""
    events = stream(f"{store().now_ms() - round(since * 1000)}-0" if since else "$")
    try:
        while batch := events.read(2000 if follow else 1) or follow:
            for event in batch if isinstance(batch, list) else ():
                if event.event == "resync":
                    out.warn("what was before this is not all kept: over the API --since reaches back to what is")
                else:
                    yield event
    finally:
        events.close()


def fits(query: Live, event: Event) -> bool:
    """Whether an event is about what was asked for."""
    pairs = ((query.queues, event.queue), (query.types, event.type), (query.ids, event.job))
    return all(not wanted or value in wanted for wanted, value in pairs)


def first(limit: int | None, rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The first so many."""
    for number, row in enumerate(rows, 1):
        yield row
        if number == limit:
            return


def values(event: Event) -> dict[str, Any]:
    """An event as JSON values."""
    names = ("id", "event", "job", "type", "queue", "version", "data")
    return {"at": event.at} | {name: getattr(event, name) for name in names}


def print_event(out: Out, row: dict[str, Any]) -> None:
    """One event as it comes."""
    if out.machine:
        from dataclasses import replace

        replace(out, json=False, ndjson=True).value(row)
        return
    at = row["at"].astimezone().strftime("%H:%M:%S.%f")[:-3]
    if out.terminal:
        from cli.terminal import console, safe

        text = f"{at}  {row['event']:<15} {row['job'] or row['queue']:<26}  {row['type']}  {row['data']}"
        console(out).print(safe(text)[: console(out).width], markup=False, no_wrap=True)
    else:
        from cli.output import plain

        out.line("\t".join(plain(row[column.key]) for column in COLUMNS))
