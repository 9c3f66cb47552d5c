"""`callboard webhooks`: who receives which events; see webhook_log for what was sent."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from callboard.jobs.clock import wall_ms
from cli.asking import confirm
from cli.commands.webhook_log import LOG
from cli.completions import queue_names, type_names
from cli.output import Out
from cli.server import database, settings
from cli.webhook_values import COLUMNS, webhook_values
from cli.words import Words, word

EXAMPLES = """
callboard webhooks add https://hooks.lab.example/jobs --events job:failed
callboard webhooks                                 who receives what
callboard webhooks test wh_01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2
callboard webhooks deliveries --state failed       what did not arrive
callboard webhooks replay msg_01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2
"""
webhooks_command = Words("webhooks", default="ls", examples=EXAMPLES, help="Who receives which events.")
id_argument = click.argument("webhook")


@word("ls", "callboard webhooks ls\ncallboard webhooks ls --json | jq '.webhooks[] | select(.enabled | not)'")
@click.pass_obj
def ls_command(out: Out) -> None:
    """List all webhooks; their secrets are shown to nobody."""
    from callboard.history.database import reading
    from research.webhooks import registry

    with reading(database()) as session:
        rows = [webhook_values(webhook) for webhook in registry.every(session)]
    out.rows("webhooks", rows, COLUMNS, "no webhooks; `callboard webhooks add URL` makes one")


@word(
    "add",
    "callboard webhooks add https://hooks.lab.example/jobs\n"
    "callboard webhooks add https://lab.example/x --events 'flow:*' --about 'the robot'\n"
    "pass webhook | callboard webhooks add https://lab.example/x --secret-file -",
)
@click.argument("url")
@click.option("--events", metavar="LIST", help="Events or patterns, with commas; job:completed,job:failed if left out.")
@click.option("--type", "types", multiple=True, shell_complete=type_names, help="Only those of this job type.")
@click.option("--queue", "queues", multiple=True, shell_complete=queue_names, help="Only those of this queue.")
@click.option("--about", metavar="TEXT", default="", help="What it is for.")
@click.option(
    "--secret-file", metavar="FILE", help="Take the secret from a file, - for standard input; else one is made."
)
@click.pass_obj
def add_command(
    out: Out,
    *,
    url: str,
    events: str | None,
    types: tuple[str, ...],
    queues: tuple[str, ...],
    about: str,
    secret_file: str | None,
) -> None:
    """Send events to a URL from now on. Prints the secret that signs them; it is never shown again."""
    from callboard.history.database import writing
    from research.outbound.addresses import allowed
    from research.webhooks import registry
    from research.webhooks.filters import checked_filter

    wanted = checked_filter([one.strip() for one in (events or "").split(",") if one.strip()], types, queues)
    allow = allowed(settings().outbound_allow or ())
    with writing(database()) as session:
        made, secret = registry.add(
            session, url, wanted, at_ms=wall_ms(), about=about, secret=_secret(secret_file), allow=allow
        )
    _tell_secret(out, webhook_values(made), f"{made.id} receives {', '.join(wanted.events)}", secret)


@word("rotate", "callboard webhooks rotate wh_01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2")
@id_argument
@click.pass_obj
def rotate_command(out: Out, webhook: str) -> None:
    """Give a webhook a new secret. For a day the old one signs as well."""
    from callboard.history.database import writing
    from research.webhooks import registry

    with writing(database()) as session:
        secret = registry.rotate(session, webhook, wall_ms())
        values = webhook_values(registry.get(session, webhook))
    _tell_secret(out, values, f"{webhook} has a new secret; the old one signs for another day", secret)


@word("rm", "callboard webhooks rm wh_01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2 --yes")
@id_argument
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def rm_command(out: Out, webhook: str, yes: bool) -> None:
    """Forget a webhook and its secret; deliveries that are due to it are dropped."""
    from callboard.history.database import reading, writing
    from research.webhooks import registry

    with reading(database()) as session:
        values = webhook_values(registry.get(session, webhook))
    confirm(f"Forget webhook {webhook} to {values['target']}", yes)
    with writing(database()) as session:
        registry.remove(session, webhook)
    out.page(values | {"removed": True}, lambda: out.say(f"{webhook} is forgotten"))


@word("enable", "callboard webhooks enable wh_01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2")
@id_argument
@click.pass_obj
def enable_command(out: Out, webhook: str) -> None:
    """Send events to a webhook again, after it was switched off."""
    _switch(out, webhook, on=True)


@word("disable", "callboard webhooks disable wh_01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2")
@id_argument
@click.pass_obj
def disable_command(out: Out, webhook: str) -> None:
    """Send nothing to a webhook until it is enabled again; what happens meanwhile is not kept for it."""
    _switch(out, webhook, on=False)


def _switch(out: Out, webhook: str, *, on: bool) -> None:
    from callboard.history.database import writing
    from research.webhooks import registry

    with writing(database()) as session:
        values = webhook_values(registry.switch(session, webhook, on=on))
    out.page(values, lambda: out.say(f"{webhook} is {'on' if on else 'off'}"))


def _secret(file: str | None) -> str | None:
    """The secret that somebody has made elsewhere; on the command line everybody could read it."""
    if file is None:
        return None
    return (sys.stdin.read() if file == "-" else Path(file).read_text()).strip()


def _tell_secret(out: Out, values: dict[str, object], words: str, secret: str) -> None:
    """The one time that a secret is shown: alone on standard output, for a pipe to take."""

    def page() -> None:
        out.say(f"{words}\nthe secret below signs its deliveries; keep it, for it is shown only now")
        out.line(secret)

    out.page(values | {"secret": secret}, page)


for further in (ls_command, add_command, rotate_command, rm_command, enable_command, disable_command, *LOG):
    webhooks_command.add_command(further)
