"""`callboard scheduler`: make the jobs of schedules when they are due, until told to stop."""

from __future__ import annotations

import os
import sys

import click

from callboard.jobs.settings import environment_for_child
from cli.health_port import as_variable, health_port_option
from cli.words import word

EXAMPLES = """
callboard scheduler                     any number may run, each time gets one job
callboard scheduler my_jobs             schedules of the types of another module
"""


@word("scheduler", EXAMPLES)
@click.argument("modules", nargs=-1)
@health_port_option
def scheduler_command(modules: tuple[str, ...], health_port: int | None) -> None:
    """Run one scheduler in this process. Any number may run: each time of a schedule becomes one job.

    MODULES declare the job types: those of the platform if left out.
    """
    program = [sys.executable, "-m", "scheduler", *modules]
    sys.stdout.flush()
    # In the place of this process, so that who watches over it signals the scheduler itself.
    os.execve(sys.executable, program, environment_for_child(**as_variable(health_port)))  # noqa: S606
