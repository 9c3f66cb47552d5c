"""The flag --health-port of the processes that have no web page of their own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from callboard.jobs.settings import Settings

health_port_option = click.option(
    "--health-port",
    metavar="PORT",
    type=click.IntRange(0, 65535),
    help="Answer /livez, /readyz and /startupz there; CALLBOARD_HEALTH_PORT.",
)


def with_health_port(settings: Settings, port: int | None) -> Settings:
    """The settings with the port of the command line, if it names one."""
    return settings if port is None else replace(settings, health_port=port)


def as_variable(port: int | None) -> dict[str, str]:
    """The port of the command line as a variable of the process that takes the place of this one."""
    return {} if port is None else {"CALLBOARD_HEALTH_PORT": str(port)}
