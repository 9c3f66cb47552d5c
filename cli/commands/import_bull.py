"""`callboard import-bull`: enqueue here what waits in queues of Bull or BullMQ; nothing is changed there."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import click

from cli.asking import confirm
from cli.output import Column, Out, Tally
from cli.words import word

if TYPE_CHECKING:
    from callboard.broker.bull import BullJob
    from callboard.broker.link import Links
    from callboard.jobs.call import Call

EXAMPLES = """
callboard import-bull --from redis://old:6379 --dry-run     what would come, what not, why
callboard import-bull --from redis://old:6379 --yes         stop the workers there first
callboard import-bull --from redis://old:6379 --queue emails
"""
BATCH: Final = 200
HERE: Final = "there already"
COLUMNS: Final = (
    Column("queue", "Bull queue", fold=True),
    Column("bull_id", "Bull id", fold=True),
    Column("name", "Name", fold=True),
    Column("type", "Type", fold=True),
    Column("id", "Job"),
    Column("result", "", style=lambda row: "" if row["ok"] else "red"),
    Column("reason", "Why not", fold=True),
)


@word("import-bull", EXAMPLES)
@click.option("--from", "source", metavar="URL", required=True, help="The Redis that Bull uses.")
@click.option("--prefix", default="bull", show_default=True, help="What the keys of Bull begin with.")
@click.option("--queue", "names", multiple=True, help="Only this queue of Bull; may be repeated.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def import_bull_command(out: Out, *, source: str, prefix: str, names: tuple[str, ...], dry_run: bool, yes: bool) -> int:
    """Enqueue jobs that wait or are delayed in Bull. A repeat doubles nothing; jobs are not removed there.

    What runs there now is left alone, and so are steps of flows and repeatable jobs. Each job keeps its time, its
    priority and the attempts that it has left. The exit code is 8 when some could not be mapped.
    """
    from callboard.broker.bull import bull_queues
    from callboard.broker.connect import open_links
    from cli.server import settings

    there = open_links(settings(), source)
    try:
        queues = list(names) or bull_queues(there, prefix)
        if not dry_run and queues:
            confirm(f"Enqueue what waits in {', '.join(queues)}", yes)
        rows = [row for queue in queues for row in imported(there, queue, prefix, dry_run)]
        say_rest(out, there, queues, prefix)
    finally:
        there.close()
    return report(out, rows, dry_run)


def imported(there: Links, queue: str, prefix: str, dry_run: bool) -> Iterator[dict[str, Any]]:
    """A row for each job of a queue, which is enqueued before it is told."""
    from callboard.broker.bull import bull_jobs

    jobs = bull_jobs(there, queue, prefix)
    while batch := list(islice(jobs, BATCH)):
        yield from in_batch(batch, dry_run)


def in_batch(jobs: list[BullJob], dry_run: bool) -> Iterator[dict[str, Any]]:
    """Map some jobs, enqueue those that are not here yet."""
    from callboard.facade.from_bull import NotMapped, call_from_bull
    from cli.server import client, platform

    mapped: list[tuple[BullJob, Call | None, str]] = []
    for job in jobs:
        try:
            mapped.append((job, call_from_bull(platform(), job), ""))
        except NotMapped as error:
            mapped.append((job, None, str(error)))
    known = here([call.id for _, call, _ in mapped if call])
    new = [call for _, call, _ in mapped if call and call.id not in known]
    if new and not dry_run:
        client().enqueue_many(new)
    for job, call, reason in mapped:
        result = "not possible" if call is None else HERE if call.id in known else "new" if dry_run else "enqueued"
        yield {
            "queue": job.queue,
            "bull_id": job.id,
            "name": job.name,
            "type": call.type if call else None,
            "id": call.id if call else None,
            "result": result,
            "reason": reason or None,
            "ok": call is not None,
        }


def here(ids: list[str]) -> set[str]:
    """Those of some ids that are jobs here, live or of the past."""
    from cli.look import found_history
    from cli.server import store

    found = {job.id for job in store().find_many(ids) if job}
    with found_history() as past:
        if past is not None:
            from callboard.history.search.whole import whole_jobs

            found |= {job.id for job in whole_jobs(past, ids)}
    return found


def say_rest(out: Out, there: Links, queues: list[str], prefix: str) -> None:
    """Say what is left alone in the source."""
    from callboard.broker.bull import left_alone

    for queue in queues:
        for state, number in left_alone(there, queue, prefix).items():
            out.warn(f"{queue}: {number:,} {state} left alone; they end there")


def report(out: Out, rows: list[dict[str, Any]], dry_run: bool) -> int:
    """Print the rows and their number; the exit code."""
    tally = Tally()
    for row in rows:
        tally.note(row["bull_id"], row["result"], 0 if row["ok"] else 4)
    out.rows("jobs", rows, COLUMNS, "nothing waits there")
    done = sum(row["result"] in ("new", "enqueued") for row in rows)
    already, not_possible = sum(row["result"] == HERE for row in rows), sum(not row["ok"] for row in rows)
    verb = "would be enqueued" if dry_run else "enqueued"
    out.say(f"{done:,} {verb}, {already:,} {HERE}, {not_possible:,} not possible")
    return tally.code
