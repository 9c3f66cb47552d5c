"""`callboard workers`: the worker processes that run now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from callboard.broker.presence import there
from callboard.jobs.states import ACTIVE
from cli.failures import NOT_FOUND, Stop
from cli.output import Column, Out
from cli.query import Live, find_jobs
from cli.server import store
from cli.times import ago
from cli.words import Words, unknown, word

if TYPE_CHECKING:
    from callboard.broker.store import WorkerStatus

EXAMPLES = """
callboard workers
callboard workers show host-4711-x7k2p9
"""
MOST_ACTIVE = 10_000
workers_command = Words("workers", default="ls", examples=EXAMPLES, help="Worker processes that run now.")


def values(worker: WorkerStatus, running: dict[str, list[str]]) -> dict[str, Any]:
    """A worker as JSON values."""
    about = worker.about
    return {
        "id": worker.id,
        **{name: about.get(name) for name in ("host", "pid", "threads", "version", "python", "queues", "types")},
        "since": worker.since,
        "lease_until": worker.lease_until,
        "active": running.get(worker.id, []),
        "gone": not there(worker),
    }


def running_by_worker() -> dict[str, list[str]]:
    """The ids of running jobs by worker."""
    found: dict[str, list[str]] = {}
    for job in find_jobs(store(), Live(states=(ACTIVE,)), MOST_ACTIVE):
        found.setdefault(job.worker or "", []).append(job.id)
    return found


def busy(row: Any) -> str:
    """`2/5` slots."""
    return f"{len(row['active'])}/{row['threads'] or '?'}"


COLUMNS = (
    Column("id", "Worker", fold=True),
    Column("pid", "Pid", right=True),
    Column("busy", "Busy", show=busy, right=True),
    Column("gone", "", show=lambda row: "gone" if row["gone"] else "", style=lambda _: "red"),
    Column("since", "Since", show=lambda row: ago(row["since"])),
    Column("queues", "Queues", show=lambda row: ", ".join(row["queues"] or ()), fold=True),
)


@word("ls", "callboard workers ls\ncallboard workers ls --json")
@click.pass_obj
def ls_command(out: Out) -> None:
    """List worker processes: how busy they are, since when they run, and which queues they serve."""
    running = running_by_worker()
    rows = [values(worker, running) for worker in store().workers()]
    shown = rows if out.machine else [row | {"busy": busy(row)} for row in rows]
    out.rows("workers", shown, COLUMNS, "no workers; start some with `callboard worker` or `callboard up`")


@word("show", "callboard workers show host-4711-x7k2p9")
@click.argument("id")
@click.pass_obj
def show_command(out: Out, id: str) -> None:
    """Show one worker process and the jobs that it runs."""
    workers = {worker.id: worker for worker in store().workers()}
    if id not in workers:
        raise Stop(NOT_FOUND, unknown("worker", id, list(workers), "`callboard workers` lists those that run"))
    row = values(workers[id], running_by_worker())

    def page() -> None:
        from cli.terminal import console, facts

        listed = ("id", "host", "pid", "version", "python")
        pairs: list[tuple[str, Any]] = [(name.capitalize(), str(row[name])) for name in listed if row[name]]
        more = [("Since", ago(row["since"])), ("Busy", busy(row)), ("Runs", "\n".join(row["active"]))]
        lists = [("Queues", ", ".join(row["queues"] or ())), ("Types", ", ".join(row["types"] or ()))]
        console(out).print(facts([*pairs, *more, *lists]))

    out.page(row, page)


for further in (ls_command, show_command):
    workers_command.add_command(further)
