"""`callboard webhooks`: who receives which events; see webhook_log for what was sent."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from callboard.jobs.clock import wall_ms
from cli.asking import confirm
from cli.by_hand import noting
from cli.commands.webhook_log import LOG
from cli.completions import queue_names, type_names
from cli.output import Out
from cli.server import database, remote, settings
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
    out.rows("webhooks", every(), COLUMNS, "no webhooks; `callboard webhooks add URL` makes one")


def every() -> list[dict[str, Any]]:
    """All webhooks, oldest first."""
    if far := remote():
        from cli.remote_webhooks import webhooks as far_webhooks

        return far_webhooks(far.api)
    from callboard.history.database import reading
    from research.webhooks import registry

    with reading(database()) as session:
        return [webhook_values(webhook) for webhook in registry.every(session)]


@word(
    "add",
    "callboard webhooks add https://hooks.lab.example/jobs\n"
    "callboard webhooks add https://lab.example/x --events 'flow:*' --about 'the robot'\n"
    "callboard webhooks add https://chat.lab.example/hooks/7 --shape slack\n"
    "pass webhook | callboard webhooks add https://lab.example/x --secret-file -",
)
@click.argument("url")
@click.option("--events", metavar="LIST", help="Events or patterns, with commas; job:completed,job:failed if left out.")
@click.option("--type", "types", multiple=True, shell_complete=type_names, help="Only those of this job type.")
@click.option("--queue", "queues", multiple=True, shell_complete=queue_names, help="Only those of this queue.")
@click.option("--about", metavar="TEXT", default="", help="What it is for.")
@click.option("--shape", type=click.Choice(["slack"]), help="A text, as Slack, Mattermost and their like take it.")
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
    shape: str | None,
    secret_file: str | None,
) -> None:
    """Send events to a URL from now on. Prints the secret that signs them; it is never shown again."""
    named = [one.strip() for one in (events or "").split(",") if one.strip()]
    wanted = {"url": url, "events": named, "types": list(types), "queues": list(queues), "about": about}
    row, secret = added(wanted | {"shape": shape or ""}, _secret(secret_file))
    _tell_secret(out, row, f"{row['id']} receives {', '.join(row['events'])}", secret)


def added(wanted: dict[str, Any], secret: str | None) -> tuple[dict[str, Any], str]:
    """A new webhook and its secret. Raises BadFilter, BadTarget, OutboundRefused, ValueError for a weak secret."""
    if far := remote():
        from cli.remote_webhooks import add as far_add

        return far_add(far.api, wanted | ({"secret": secret} if secret else {}))
    from research.outbound.addresses import allowed
    from research.webhooks import registry
    from research.webhooks.filters import checked_filter

    events = checked_filter(wanted["events"], wanted["types"], wanted["queues"])
    said = {"about": wanted["about"], "shape": wanted["shape"], "secret": secret, "at_ms": wall_ms()}
    allow = allowed(settings().outbound_allow or ())
    with noting("webhook.create", wanted["about"] or "webhook") as session:
        made, key = registry.add(session, wanted["url"], events, **said, allow=allow)
    return webhook_values(made), key


@word("rotate", "callboard webhooks rotate wh_01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2")
@id_argument
@click.pass_obj
def rotate_command(out: Out, webhook: str) -> None:
    """Give a webhook a new secret. For a day the old one signs as well."""
    row, secret = rotated(webhook)
    _tell_secret(out, row, f"{webhook} has a new secret; the old one signs for another day", secret)


def rotated(id: str) -> tuple[dict[str, Any], str]:
    """A webhook and its new secret. Raises WebhookMissing."""
    if far := remote():
        from cli.remote_webhooks import change as far_change

        return far_change(far.api, id, rotate=True)
    from research.webhooks import registry

    with noting("webhook.change", id, rotate=True) as session:
        secret = registry.rotate(session, id, wall_ms())
        return webhook_values(registry.get(session, id)), secret


@word("rm", "callboard webhooks rm wh_01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2 --yes")
@id_argument
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def rm_command(out: Out, webhook: str, yes: bool) -> None:
    """Forget a webhook and its secret; deliveries that are due to it are dropped."""
    row = known(webhook)
    confirm(f"Forget webhook {webhook} to {row['target']}", yes)
    remove(webhook)
    out.page(row | {"removed": True}, lambda: out.say(f"{webhook} is forgotten"))


def known(id: str) -> dict[str, Any]:
    """A webhook. Raises WebhookMissing."""
    if far := remote():
        from cli.remote_webhooks import webhook as far_webhook

        return far_webhook(far.api, id)
    from callboard.history.database import reading
    from research.webhooks import registry

    with reading(database()) as session:
        return webhook_values(registry.get(session, id))


def remove(id: str) -> None:
    """Forget a webhook. Raises WebhookMissing."""
    if far := remote():
        from cli.remote_webhooks import remove as far_remove

        far_remove(far.api, id)
        return
    from research.webhooks import registry

    with noting("webhook.remove", id) as session:
        registry.remove(session, id)


@word("enable", "callboard webhooks enable wh_01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2")
@id_argument
@click.pass_obj
def enable_command(out: Out, webhook: str) -> None:
    """Send events to a webhook again, after it was switched off."""
    row = switched(webhook, on=True)
    out.page(row, lambda: out.say(f"{webhook} is on"))


@word("disable", "callboard webhooks disable wh_01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2")
@id_argument
@click.pass_obj
def disable_command(out: Out, webhook: str) -> None:
    """Send nothing to a webhook until it is enabled again; what happens meanwhile is not kept for it."""
    row = switched(webhook, on=False)
    out.page(row, lambda: out.say(f"{webhook} is off"))


def switched(id: str, *, on: bool) -> dict[str, Any]:
    """A webhook after it was switched on or off. Raises WebhookMissing."""
    if far := remote():
        from cli.remote_webhooks import change as far_change

        return far_change(far.api, id, enabled=on)[0]
    from research.webhooks import registry

    with noting("webhook.change", id, enabled=on) as session:
        return webhook_values(registry.switch(session, id, on=on))


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
