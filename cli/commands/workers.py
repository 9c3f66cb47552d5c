"""`callboard workers`: the worker processes that run now, made quiet and stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from callboard.jobs.states import ACTIVE
from cli.asking import confirm
from cli.failures import NOT_FOUND, Stop
from cli.output import Column, Out
from cli.query import Live, find_jobs
from cli.server import links, remote, store
from cli.times import ago, lasted
from cli.words import Words, unknown, word

if TYPE_CHECKING:
    from callboard.broker.store import WorkerStatus
    from callboard.jobs.record import Job

EXAMPLES = """
callboard workers
callboard workers show host-4711-x7k2p9
callboard workers quiet host-4711-x7k2p9     it takes no more jobs; --off and it does again
callboard workers stop host-4711-x7k2p9      it finishes its jobs or hands them back, and ends
"""
MOST_ACTIVE = 10_000
STYLES = {"gone": "red", "quiet": "yellow", "stopping": "yellow"}
workers_command = Words("workers", default="ls", examples=EXAMPLES, help="Worker processes that run now.")


def values(worker: WorkerStatus, running: dict[str, list[Job]]) -> dict[str, Any]:
    """A worker as JSON values."""
    from callboard.broker.worker_values import worker_values

    return worker_values(worker, running.get(worker.id, ()), store().now_ms())


def running_by_worker() -> dict[str, list[Job]]:
    """The running jobs by worker."""
    found: dict[str, list[Job]] = {}
    for job in find_jobs(store(), Live(states=(ACTIVE,)), MOST_ACTIVE):
        found.setdefault(job.worker or "", []).append(job)
    return found


def listed() -> list[dict[str, Any]]:
    """The worker processes, each as one row."""
    if far := remote():
        from cli import remote_workers

        return remote_workers.listed(far.api)
    running = running_by_worker()
    return [values(worker, running) for worker in store().workers()]


def known(id: str) -> dict[str, Any]:
    """The worker of a name. Raises Stop, with what is near."""
    workers = {row["id"]: row for row in listed()}
    if id not in workers:
        raise Stop(NOT_FOUND, unknown("worker", id, list(workers), "`callboard workers` lists those that run"))
    return workers[id]


def busy(row: Any) -> str:
    """`2/5` slots."""
    return f"{row['busy']}/{row['threads'] or '?'}"


COLUMNS = (
    Column("id", "Worker", fold=True),
    Column("pid", "Pid", right=True),
    Column("busy", "Busy", show=busy, right=True),
    Column(
        "state",
        "",
        show=lambda row: "" if row["state"] == "on" else row["state"],
        style=lambda row: STYLES.get(row["state"], ""),
    ),
    Column("memory_mb", "MB", show=lambda row: f"{row['memory_mb']:,}" if row["memory_mb"] else "", right=True),
    Column("since", "Since", show=lambda row: ago(row["since"])),
    Column("queues", "Queues", show=lambda row: ", ".join(row["queues"] or ()), fold=True),
)


@word("ls", "callboard workers ls\ncallboard workers ls --json")
@click.pass_obj
def ls_command(out: Out) -> None:
    """List worker processes: how busy they are, since when they run, and which queues they serve."""
    rows = listed()
    shown = rows if out.machine else [row | {"busy": busy(row)} for row in rows]
    out.rows("workers", shown, COLUMNS, "no workers; start some with `callboard worker` or `callboard up`")


@word("show", "callboard workers show host-4711-x7k2p9\ncallboard workers show host-4711-x7k2p9 --stacks")
@click.argument("id")
@click.option("--stacks", is_flag=True, help="What each thread that runs a job does right now.")
@click.pass_obj
def show_command(out: Out, id: str, stacks: bool) -> None:
    """Show one worker process and the jobs that it runs."""
    row = known(id) | ({"stacks": stacks_of(id)} if stacks else {})
    out.page(row, lambda: print_page(out, row))


def stacks_of(id: str) -> list[dict[str, Any]]:
    """What each thread of a worker that runs a job does right now. Raises WorkerMissing, WaitTimeout, Refused."""
    if far := remote():
        from cli import remote_workers

        return remote_workers.stacks(far.api, id)
    from callboard.broker.worker_acts import read_stacks

    return read_stacks(links(), id)


def print_page(out: Out, row: dict[str, Any]) -> None:
    """A worker on a terminal, with its stacks where they were asked for."""
    from cli.terminal import console, facts

    listed = ("id", "state", "host", "pid", "memory_mb", "restarts", "version", "python")
    pairs: list[tuple[str, Any]] = [(name.capitalize(), str(row[name])) for name in listed if row[name] is not None]
    runs = [f"{job['id']}  {job['type']}  {lasted((job['elapsed_ms'] or 0) / 1000)}" for job in row["jobs"]]
    more = [("Since", ago(row["since"])), ("Busy", busy(row)), ("Runs", "\n".join(runs))]
    lists = [("Queues", ", ".join(row["queues"] or ())), ("Types", ", ".join(row["types"] or ()))]
    console(out).print(facts([*pairs, *more, *lists]))
    for thread in row.get("stacks", ()):
        child = "; its body is in a child process" if thread["in_child"] else ""
        out.line(f"\n{thread['type']} {thread['job']}{child}")
        out.line(thread["stack"].rstrip())


@word("quiet", "callboard workers quiet host-4711-x7k2p9\ncallboard workers quiet host-4711-x7k2p9 --off")
@click.argument("id")
@click.option("--off", is_flag=True, help="Take jobs again.")
@click.pass_obj
def quiet_command(out: Out, id: str, off: bool) -> None:
    """Have a worker take no more jobs; those that it runs go on."""
    known(id)
    row = quieted(id, off=off)
    out.page(row, lambda: out.say(f"{id} takes jobs again" if off else f"{id} takes no more jobs"))


def quieted(id: str, *, off: bool) -> dict[str, Any]:
    """Have a worker take no more jobs, or take them again; the worker as it is then. Raises NotPossible, Refused."""
    if far := remote():
        from cli import remote_workers

        return remote_workers.quiet(far.api, id, off=off)
    from callboard.broker.worker_acts import quiet_worker, wake_worker

    (wake_worker if off else quiet_worker)(links(), id)
    return row_now(id)


@word("stop", "callboard workers stop host-4711-x7k2p9 --yes")
@click.argument("id")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def stop_command(out: Out, id: str, yes: bool) -> None:
    """Have a worker finish its jobs, or hand them back when its shutdown timeout is over, and end."""
    confirm(f"Stop worker {id}, which runs {known(id)['busy']} jobs", yes)
    row = stopped(id)
    out.page(row, lambda: out.say(f"{id} is stopping"))


def stopped(id: str) -> dict[str, Any]:
    """Have a worker end; the worker as it is then. Raises WorkerMissing, Refused."""
    if far := remote():
        from cli import remote_workers

        return remote_workers.stop(far.api, id)
    from callboard.broker.worker_acts import stop_worker

    stop_worker(links(), id)
    return row_now(id)


def row_now(id: str) -> dict[str, Any]:
    """A worker as it is now; one that was told to stop may be gone already."""
    return next((row for row in listed() if row["id"] == id), {"id": id, "state": "gone"})


for further in (ls_command, show_command, quiet_command, stop_command):
    workers_command.add_command(further)
