"""`callboard alerts`: what needs attention now, by which rules, and who is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from callboard.jobs.clock import from_ms
from cli.by_hand import noting
from cli.commands.alert_history import history_command
from cli.commands.alert_watch import watch_command
from cli.failures import NOT_FOUND, Stop
from cli.output import Column, Out
from cli.server import database, remote, store
from cli.times import Duration, ago
from cli.values import parse_pairs
from cli.words import Words, unknown, word

if TYPE_CHECKING:
    from research.notifications.finding import Finding
    from research.notifications.rules import Rule

EXAMPLES = """
callboard alerts                                   what needs attention now
callboard alerts silence no_workers:mail --for 2h  tell nobody of this one for a while
callboard alerts rules                             what is watched, with its thresholds
callboard alerts set backlog waiting=5000 --to ops@lab.example
callboard alerts watch add "failed mails" state:failed type:email_send --above 50
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
    told = {
        name: getattr(finding, name) for name in ("key", "rule", "subject", "count", "cause", "advice", "silence_note")
    }
    times = {"since": from_ms(finding.since_ms), "silenced_until": from_ms(finding.silenced_until_ms)}
    return told | times


def rule_values(rule: Rule) -> dict[str, Any]:
    """A rule as JSON values; whole numbers are whole."""
    numbers = {name: int(number) if number == int(number) else number for name, number in sorted(rule.numbers.items())}
    lists = {"channels": list(rule.channels), "addresses": list(rule.addresses), "numbers": numbers}
    until = from_ms(rule.silenced_until_ms or None)
    return {"name": rule.name, "about": rule.about, "enabled": rule.enabled, **lists, "silenced_until": until}


@word("ls", "callboard alerts ls --silenced\ncallboard alerts ls --json | jq '.alerts[].cause'")
@click.option("--silenced", is_flag=True, help="Those too of which nobody is told.")
@click.pass_obj
def ls_command(out: Out, silenced: bool) -> None:
    """List what needs attention now, the gravest first."""
    out.rows("alerts", [finding_values(finding) for finding in found(silenced)], COLUMNS, "nothing needs attention")


def found(silenced: bool) -> list[Finding]:
    """What needs attention, that of which nobody is told only if asked for."""
    if far := remote():
        from cli.remote_alerts import attention as far_attention

        return far_attention(far.api, silenced=silenced)
    from research.notifications.attention import attention

    return attention(store(), database(), silenced=silenced)


@word("rules", "callboard alerts rules\ncallboard alerts rules --json")
@click.pass_obj
def rules_command(out: Out) -> None:
    """List the rules: what is watched, with which thresholds, and how it is told."""
    out.rows("rules", [rule_values(rule) for rule in every_rule()], RULE_COLUMNS)


def every_rule() -> list[Rule]:
    """The rules as they hold now."""
    if far := remote():
        from cli.remote_alerts import rules as far_rules

        return far_rules(far.api)
    from callboard.history.database import reading
    from research.notifications.rules import rules

    with reading(database()) as session:
        return list(rules(session).values())


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
    values = parse_pairs(numbers)
    if wrong := [name for name, value in values.items() if not isinstance(value, int | float)]:
        raise click.UsageError(f"{wrong[0]} must be a number")
    given = {"enabled": enabled, "channels": list(channels), "addresses": list(addresses), "numbers": values}
    changes = {name: value for name, value in given.items() if value is not None and value not in ([], {})}
    if not changes and not default:
        raise click.UsageError("say what to change: NUMBER=VALUE, --on, --off, --channel, --to or --default")
    row = rule_values(restored(rule) if default else changed(rule, changes))
    out.page(row, lambda: out.say(f"{rule} is {'on' if row['enabled'] else 'off'}: {row['numbers']}"))


def changed(name: str, changes: dict[str, Any]) -> Rule:
    """A rule after it was changed. Raises BadRule, Stop."""
    if far := remote():
        from cli.remote_alerts import change as far_change

        return far_change(far.api, name, changes)
    from research.notifications.rules import change

    with noting("alert.rule", known_rule(name), **changes) as session:
        return change(session, name, **changes)


def restored(name: str) -> Rule:
    """A rule after what was changed of it is forgotten. Raises Stop."""
    if far := remote():
        from cli.remote_alerts import restore as far_restore

        return far_restore(far.api, name)
    from research.notifications.rules import restore

    with noting("alert.default", known_rule(name)) as session:
        return restore(session, name)


@word(
    "silence",
    "callboard alerts silence no_workers:mail --for 2h --note 'the server room is moved'\n"
    "callboard alerts silence backlog --for 8h",
)
@click.argument("condition")
@click.option("--for", "length", type=Duration(), default="1h", show_default=True, help="So long; 0 ends a silence.")
@click.option("--note", metavar="TEXT", help="Why, for those who wonder; of a single condition.")
@click.pass_obj
def silence_command(out: Out, condition: str, length: float, note: str | None) -> None:
    """Tell nobody of a condition, or of all of a rule, for a while."""
    if note and len(note) > 500:
        raise click.UsageError("a note has at most 500 characters")
    until = from_ms(silenced(condition, round(length * 1000), note) or None)
    words = f"nobody is told of {condition} for {length:g} s" if length else f"{condition} is told again"
    out.page({"condition": condition, "silenced_until": until}, lambda: out.say(words))


def silenced(condition: str, for_ms: int, note: str | None = None) -> int:
    """Silence a condition or a rule for so long, or end that with 0; until when, 0 for not. Raises UnknownAlert."""
    if far := remote():
        from cli.remote_alerts import silence as far_silence

        return far_silence(far.api, condition, for_ms, note)
    from research.notifications import alerts
    from research.notifications.rules import change

    known_rule(condition.partition(":")[0])
    now_ms = store().now_ms()
    until_ms = now_ms + for_ms if for_ms else 0
    with noting("alert.silence", condition, until_ms=until_ms, note=note) as session:
        if ":" in condition:
            alerts.silence(session, condition, until_ms=until_ms, now_ms=now_ms, note=note)
        else:
            change(session, condition, silenced_until_ms=until_ms)
    return until_ms


def known_rule(name: str) -> str:
    """The name of a rule that there is. Raises Stop with what was meant."""
    from research.notifications.rules import NAMES

    if name not in NAMES:
        raise Stop(NOT_FOUND, unknown("rule", name, NAMES, f"there are {', '.join(NAMES)}"))
    return name


for further in (ls_command, rules_command, set_command, silence_command, watch_command, history_command):
    alerts_command.add_command(further)
