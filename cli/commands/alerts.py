"""`callboard alerts`: what needs attention now, by which rules, and who is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from callboard.jobs.clock import from_ms
from cli.output import Column, Out
from cli.server import database, store
from cli.times import Duration, ago
from cli.values import parse_pairs
from cli.words import Words, word

if TYPE_CHECKING:
    from research.notifications.finding import Finding
    from research.notifications.rules import Rule

EXAMPLES = """
callboard alerts                                   what needs attention now
callboard alerts silence no_workers:mail --for 2h  tell nobody of this one for a while
callboard alerts rules                             what is watched, with its thresholds
callboard alerts set backlog waiting=5000 --to ops@lab.example
"""
alerts_command = Words("alerts", default="ls", examples=EXAMPLES, help="What needs attention.")
COLUMNS = (
    Column("key", "Condition"),
    Column("cause", "Cause", fold=True),
    Column("since", "Since", show=lambda row: ago(row["since"]), right=True),
    Column("advice", "What to do", wide=True, fold=True),
)
RULE_COLUMNS = (
    Column("name", "Rule"),
    Column("enabled", "", show=lambda row: "on" if row["enabled"] else "off"),
    Column("channels", "Told by", show=lambda row: ", ".join(row["channels"])),
    Column("numbers", "Numbers", show=lambda row: " ".join(f"{k}={v:g}" for k, v in row["numbers"].items()), fold=True),
    Column("about", "Tells", wide=True, fold=True),
)


def finding_values(finding: Finding) -> dict[str, Any]:
    """A condition as JSON values."""
    told = {name: getattr(finding, name) for name in ("key", "rule", "subject", "count", "cause", "advice")}
    times = {"since": from_ms(finding.since_ms), "silenced_until": from_ms(finding.silenced_until_ms)}
    return told | times


def rule_values(rule: Rule) -> dict[str, Any]:
    """A rule as JSON values."""
    lists = {"channels": list(rule.channels), "addresses": list(rule.addresses), "numbers": dict(rule.numbers)}
    until = from_ms(rule.silenced_until_ms or None)
    return {"name": rule.name, "about": rule.about, "enabled": rule.enabled, **lists, "silenced_until": until}


@word("ls", "callboard alerts ls --silenced\ncallboard alerts ls --json | jq '.alerts[].cause'")
@click.option("--silenced", is_flag=True, help="Those too of which nobody is told.")
@click.pass_obj
def ls_command(out: Out, silenced: bool) -> None:
    """List what needs attention now, the gravest first."""
    from research.notifications.attention import attention

    rows = [finding_values(finding) for finding in attention(store(), database(), silenced=silenced)]
    out.rows("alerts", rows, COLUMNS, "nothing needs attention")


@word("rules", "callboard alerts rules\ncallboard alerts rules --json")
@click.pass_obj
def rules_command(out: Out) -> None:
    """List the rules: what is watched, with which thresholds, and how it is told."""
    from callboard.history.database import reading
    from research.notifications.rules import rules

    with reading(database()) as session:
        rows = [rule_values(rule) for rule in rules(session).values()]
    out.rows("rules", rows, RULE_COLUMNS)


@word(
    "set",
    "callboard alerts set backlog waiting=5000 oldest_s=1800\n"
    "callboard alerts set budget usd=200 --to boss@lab.example\n"
    "callboard alerts set job_failed --channel notice\n"
    "callboard alerts set backlog --default",
)
@click.argument("rule")
@click.argument("numbers", nargs=-1, metavar="[NUMBER=VALUE]...")
@click.option("--on/--off", "enabled", default=None, help="Watch, or do not.")
@click.option("--channel", "channels", multiple=True, help="Tell by mail or notice; several times for both.")
@click.option("--to", "addresses", multiple=True, metavar="ADDRESS", help="Instead of NOTIFY_ADMINS.")
@click.option("--default", "default", is_flag=True, help="Forget all that was set.")
@click.pass_obj
def set_command(
    out: Out,
    *,
    rule: str,
    numbers: tuple[str, ...],
    enabled: bool | None,
    channels: tuple[str, ...],
    addresses: tuple[str, ...],
    default: bool,
) -> None:
    """Change a rule; what is not named stays as it is."""
    from callboard.history.database import writing
    from research.notifications.rules import change, restore

    values = parse_pairs(numbers)
    if wrong := [name for name, value in values.items() if not isinstance(value, int | float)]:
        raise click.UsageError(f"{wrong[0]} must be a number")
    with writing(database()) as session:
        if default:
            made = restore(session, rule)
        else:
            told = channels or None, addresses or None
            made = change(session, rule, enabled=enabled, channels=told[0], addresses=told[1], numbers=values or None)
    row = rule_values(made)
    out.page(row, lambda: out.say(f"{rule} is {'on' if row['enabled'] else 'off'}: {row['numbers']}"))


@word("silence", "callboard alerts silence no_workers:mail --for 2h\ncallboard alerts silence backlog --for 8h")
@click.argument("condition")
@click.option("--for", "length", type=Duration(), default="1h", show_default=True, help="So long; 0 ends a silence.")
@click.pass_obj
def silence_command(out: Out, condition: str, length: float) -> None:
    """Tell nobody of a condition, or of all of a rule, for a while."""
    from callboard.history.database import writing
    from research.notifications import alerts
    from research.notifications.rules import change

    now_ms = store().now_ms()
    until_ms = now_ms + round(length * 1000) if length else 0
    with writing(database()) as session:
        if ":" in condition:
            alerts.silence(session, condition, until_ms=until_ms, now_ms=now_ms)
        else:
            change(session, condition, silenced_until_ms=until_ms)
    until = from_ms(until_ms or None)
    words = f"nobody is told of {condition} for {length:g} s" if length else f"{condition} is told again"
    out.page({"condition": condition, "silenced_until": until}, lambda: out.say(words))


for further in (ls_command, rules_command, set_command, silence_command):
    alerts_command.add_command(further)
