"""`callboard up`: server, tables, workers, scheduler, recorder and API on a bare machine, until told to stop."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from cli.crew import COMPANIONS, MODULES, Company, crew, worker_log
from cli.failures import NOT_POSSIBLE, USAGE, Stop
from cli.home import only_one, server_for_a_while
from cli.output import Out
from cli.own_token import own_token
from cli.port import web_port
from cli.server import database, links, platform, settings
from cli.signals import Told, until_told
from cli.welcome import Running, open_when_ready, welcome
from cli.words import word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cli.home import OwnServer

    Then = Callable[[Told], None]

DEMO = "actors.demo"

EXAMPLES = """
callboard up                                    server and workers, data in .callboard/
callboard up --demo --open                      with invented jobs, in the browser
callboard up --workers 4 --threads 10
callboard up --home /srv/second                 a second one beside the first
REDIS_URL=redis://:password@host:6379 callboard up     with a Redis of your own
"""


@word("up", EXAMPLES)
@click.option(
    "--workers", metavar="N", type=click.IntRange(1, 256), help="Worker processes; WORKER_PROCESSES if left out."
)
@click.option("--threads", metavar="N", type=click.IntRange(1, 1000), help="Jobs at the same time in each.")
@click.option(
    "--store-port", metavar="N", type=click.IntRange(0, 65535), default=0, help="Port of our own server; 0 takes any."
)
@click.option("--demo", is_flag=True, help="Invent the jobs of a lab, so that there is something to look at.")
@click.option("--open", "opening", is_flag=True, help="Open the dashboard in a browser.")
@click.pass_obj
def up_command(
    out: Out, *, workers: int | None, threads: int | None, store_port: int, demo: bool, opening: bool
) -> None:
    """Start everything on this machine and keep it running until Ctrl-C.

    With no Redis configured it starts its own server, which keeps its data in the folder --home. Stopping hands
    running jobs back, so that they run again; a second Ctrl-C stops at once.
    """
    from callboard.jobs.exposure import require_safe_settings

    require_safe_settings(settings())
    inventing = invented() if demo else contextlib.nullcontext()
    with inventing, only_one(settings()), server_for_a_while(settings(), store_port) as server:
        prepare()
        require_modules()
        stay(out, server, workers, threads, demo=demo, opening=opening)


def require_modules() -> None:
    """Import the types of CALLBOARD_MODULES here, where their faults are seen. Raises Stop."""
    if settings().modules:
        try:
            platform()
        except Exception as error:
            words = f"the modules of CALLBOARD_MODULES cannot be imported: {type(error).__name__}: {error}"
            raise Stop(USAGE, words) from error


@contextlib.contextmanager
def invented() -> Iterator[None]:
    """Have every process of this board know the demo's job types, and send no mail. Raises Stop."""
    from callboard.jobs.settings import Settings, environment

    given = settings()
    if given.environment == "production" or not given.embedded or given.database_url:
        raise Stop(
            NOT_POSSIBLE,
            "--demo invents jobs, which belong into no server of yours: leave out REDIS_URL and its kin, DATABASE_URL "
            "and CALLBOARD_ENV=production",
        )
    # What is invented need not be finished before all is stopped.
    changes = {"SHUTDOWN_TIMEOUT": "2s"} if given.shutdown_timeout == Settings().shutdown_timeout else {}
    with environment(CALLBOARD_MODULES=",".join([*(given.modules or ()), DEMO]), SMTP_HOST="", **changes):
        settings.cache_clear()
        yield


def prepare() -> None:
    """Look at the server before trusting it with jobs, and bring the tables up to date."""
    from callboard.broker.startup import require_safe
    from research.schema import upgrade

    require_safe(links(), settings().allow_unsafe_redis)
    upgrade(settings().sql_url)


def stay(
    out: Out,
    server: OwnServer | None,
    workers: int | None,
    threads: int | None,
    *,
    then: Then | None = None,
    demo: bool = False,
    opening: bool = False,
) -> None:
    """Run workers and their companions until told to stop; `then` is called once they are started."""
    from callboard.jobs.settings import environment_for_child

    hired = crew(workers, threads, log=None if out.verbose else worker_log())
    port = web_port(settings())
    names = [name for name in MODULES if name in COMPANIONS or (demo and name == "demo")]
    environ = environment_for_child(PORT=str(port))
    company = Company(hired, out.warn, quiet=not out.verbose, names=names, environ=environ)
    running = Running(settings(), port, own_token(settings().home, database()), hired.processes, demo)
    with until_told(again=company.kill) as told:
        company.start()
        try:
            welcome(out, running)
            if opening:
                open_when_ready(out, running, told)
            if then:
                then(told)
            while not told.wait(1.0):
                if server and server.revive():
                    out.warn("the server had died and was started again, with its data")
            if told.number:
                out.say("\nstopping; once more stops at once")
        finally:
            company.stop()
