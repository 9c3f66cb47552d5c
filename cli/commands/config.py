"""`callboard config`: the settings as this process reads them."""

from __future__ import annotations

import click

from cli.output import Column, Out
from cli.server import settings
from cli.words import Words, word

EXAMPLES = """
callboard config show
callboard config show --changed
"""
config_command = Words("config", default="show", examples=EXAMPLES, help="Settings as they are read.")
COLUMNS = (
    Column("variable", "Variable", style=lambda row: "bold" if row["changed"] else ""),
    Column("value", "Value", fold=True),
    Column("changed", "", show=lambda row: "set" if row["changed"] else "", style=lambda _: "green"),
    Column("about", "Meaning", fold=True),
)


@word("show", "callboard config show --changed\ncallboard config show --json")
@click.option("--changed", is_flag=True, help="Only those that differ from their default.")
@click.pass_obj
def show_command(out: Out, changed: bool) -> None:
    """Show every setting with its value, secrets hidden."""
    from callboard.jobs.settings import shown

    rows = [
        {"variable": row.name, "value": value, "changed": differs, "about": row.about, "section": row.section}
        for row, value, differs in shown(settings())
        if differs or not changed
    ]
    out.rows("settings", rows, COLUMNS, "every setting has its default")


config_command.add_command(show_command)
