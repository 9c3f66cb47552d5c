"""`callboard migrate`: bring the tables up to date."""

from __future__ import annotations

import click

from cli.output import Out
from cli.server import settings
from cli.words import word


@word("migrate", "callboard migrate\nDATABASE_URL=postgresql://host/db callboard migrate")
@click.pass_obj
def migrate_command(out: Out) -> None:
    """Create the tables or bring them to the version of this release; safe to repeat, and to run twice at once."""
    from research.schema import upgrade

    version = upgrade(settings().sql_url)
    out.page({"version": version}, lambda: out.say(f"the tables are up to date: {version}"))
