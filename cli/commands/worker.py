"""`callboard worker`: worker processes that replace those that die."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.completions import queue_names
from cli.crew import crew
from cli.failures import FAILED, Stop
from cli.health_port import health_port_option, with_health_port
from cli.output import Out
from cli.server import links, settings
from cli.signals import until_told
from cli.words import word

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.worker.supervisor import Supervisor

EXAMPLES = """
callboard worker                            all queues, 2 processes of 5 threads
callboard worker -q mail -q webhooks -p 1   these queues only
callboard worker -t 20 --reload             start again when the code changes
callboard worker --health-port 8311         probes: /livez, /readyz, /startupz
callboard worker my_jobs                    the job types of another module
"""


@word("worker", EXAMPLES)
@click.argument("modules", nargs=-1)
@click.option("-q", "--queue", "queues", multiple=True, shell_complete=queue_names, help="Serve this queue only.")
@click.option(
    "-p",
    "--processes",
    metavar="N",
    type=click.IntRange(1, 256),
    help="Worker processes; WORKER_PROCESSES if left out.",
)
@click.option(
    "-t", "--threads", metavar="N", type=click.IntRange(1, 1000), help="Jobs at a time in each; WORKER_CONCURRENCY."
)
@click.option("--reload", "reloading", is_flag=True, help="Start again when a Python file of the folder changes.")
@health_port_option
@click.pass_obj
def worker_command(
    out: Out,
    *,
    health_port: int | None,
    modules: tuple[str, ...],
    queues: tuple[str, ...],
    processes: int | None,
    threads: int | None,
    reloading: bool,
) -> None:
    """Run jobs. A process that dies is replaced; SIGTERM lets jobs finish for SHUTDOWN_TIMEOUT, then hands them back.

    MODULES declare the job types: those of the platform if left out.
    """
    from callboard.broker.probes import answers, probes
    from callboard.broker.startup import require_safe
    from callboard.jobs.masking import masker
    from callboard.jobs.policy import queue_slug
    from callboard.worker.supervisor import Supervisor

    require_safe(links(), settings().allow_unsafe_redis)
    served = tuple(queue_slug(name) for name in queues)
    hired = crew(processes, threads, served, modules or ("actors",))
    supervisor = Supervisor(hired, out.warn)
    checks = {"redis": answers(links()), "workers": running(supervisor)}
    given = with_health_port(settings(), health_port)
    with probes(given, checks, masker(given)), until_told(again=supervisor.kill) as told:
        supervisor.start()
        try:
            if reloading:
                reload_on_change(supervisor, told.event, out)
            told.event.wait()
            out.say("stopping; once more stops at once")
        finally:
            supervisor.stop()


def running(supervisor: Supervisor) -> Callable[[], None]:
    """The check that a worker process runs."""

    def check() -> None:
        if not supervisor.pids:
            raise Stop(FAILED, "no worker process runs")

    return check


def reload_on_change(supervisor: Supervisor, stop: threading.Event, out: Out) -> None:
    """Replace the workers each time that a Python file under the working folder has changed, until stopped."""
    before = stamps(Path())
    while not stop.wait(0.5):
        now = stamps(Path())
        if now != before:
            changed = sorted(str(path) for path in {*now, *before} if now.get(path) != before.get(path))
            out.say(f"{changed[0]} has changed, starting the workers again")
            supervisor.replace_all()
        before = now


def stamps(folder: Path) -> dict[Path, float]:
    """When each Python file was written last; hidden folders and environments are passed over."""
    found: dict[Path, float] = {}
    for path in folder.iterdir():
        if path.name.startswith((".", "__")) or path.name == "node_modules":
            continue
        if path.is_dir() and not path.is_symlink() and not (path / "pyvenv.cfg").exists():
            found |= stamps(path)
        elif path.suffix == ".py":
            found[path] = path.stat().st_mtime
    return found
