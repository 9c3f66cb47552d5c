"""`callboard up`: server, tables, workers, scheduler, recorder and API on a bare machine, until told to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from callboard import __version__
from callboard.jobs.variables import hide_credentials
from cli.crew import Company, crew, worker_log
from cli.home import only_one, server_for_a_while
from cli.output import Out
from cli.own_token import own_token
from cli.port import web_port
from cli.server import database, links, settings
from cli.signals import Told, until_told
from cli.words import word

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.home import OwnServer

    Then = Callable[[Told], None]

EXAMPLES = """
callboard up                                    server and workers, data in .callboard/
callboard up --workers 4 --threads 10
callboard up --home /srv/second                 a second one beside the first
REDIS_URL=redis://host:6379 callboard up        with a Redis of your own
"""


@word("up", EXAMPLES)
@click.option(
    "--workers", metavar="N", type=click.IntRange(1, 256), help="Worker processes; WORKER_PROCESSES if left out."
)
@click.option("--threads", metavar="N", type=click.IntRange(1, 1000), help="Jobs at the same time in each.")
@click.option(
    "--store-port", metavar="N", type=click.IntRange(0, 65535), default=0, help="Port of our own server; 0 takes any."
)
@click.pass_obj
def up_command(out: Out, workers: int | None, threads: int | None, store_port: int) -> None:
    """Start everything on this machine and keep it running until Ctrl-C.

    With no Redis configured it starts its own server, which keeps its data in the folder --home. Stopping hands
    running jobs back, so that they run again; a second Ctrl-C stops at once.
    """
    with only_one(settings()), server_for_a_while(settings(), store_port) as server:
        prepare()
        stay(out, server, workers, threads, None)


def prepare() -> None:
    """Look at the server before trusting it with jobs, and bring the tables up to date."""
    from callboard.broker.startup import require_safe
    from research.schema import upgrade

    require_safe(links(), settings().allow_unsafe_redis)
    upgrade(settings().sql_url)


def stay(
    out: Out, server: OwnServer | None, workers: int | None, threads: int | None, then: Then | None = None
) -> None:
    """Run workers and their companions until told to stop; `then` is called once they are started."""
    from callboard.jobs.settings import environment_for_child

    hired = crew(workers, threads, log=None if out.verbose else worker_log())
    port = web_port(settings())
    company = Company(hired, out.warn, quiet=not out.verbose, environ=environment_for_child(PORT=str(port)))
    with until_told(again=company.kill) as told:
        company.start()
        try:
            banner(out, server, hired.processes, port)
            if then:
                then(told)
            while not told.wait(1.0):
                if server and server.revive():
                    out.warn("the server had died and was started again, with its data")
            if told.number:
                out.say("\nstopping; once more stops at once")
        finally:
            company.stop()


def banner(out: Out, server: OwnServer | None, workers: int, port: int) -> None:
    """What runs, and what to do next."""
    own_token(settings().home, database())
    home = settings().home
    address = settings().redis_address or "the primary that the sentinels name"
    where = f"embedded store (data in {home}/)" if server else hide_credentials(address)
    elsewhere = str(home) != ".callboard"
    lines = [
        f"callboard {__version__}   {where}   {workers} worker{'s' if workers != 1 else ''}",
        f"API        http://{settings().bind}:{port}/api/v1   its token is in {home}/token",
        "Read       callboard run paper_intake paper.pdf --follow",
        "Enqueue    callboard enqueue extract_pdf paper_id=123 --follow",
        "Look       callboard ls     callboard watch     callboard doctor",
        *([f"Elsewhere  export CALLBOARD_HOME={home.absolute()}"] if elsewhere else []),
        *([] if out.verbose else [f"Log        {worker_log()}"]),
        "Stop       Ctrl-C",
    ]
    out.say("\n" + "\n".join(f"  {line}" for line in lines) + "\n")
