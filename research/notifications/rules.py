"""The rules of who is told of what: their defaults here, what an operator has changed of them in SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy.orm import Session

from callboard.history.notification_models import RuleRow
from callboard.jobs.encoding import decode, encode
from callboard.jobs.errors import CallboardError
from research.mail.addresses import address

MAIL: Final = "mail"
NOTICE: Final = "notice"
CHANNELS: Final = (MAIL, NOTICE)


class BadRule(CallboardError, ValueError):
    """Raised when a rule is unknown, or is to be what it cannot be."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason to tell somebody something; `numbers` are its thresholds, with their unit in the name."""

    name: str
    about: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    enabled: bool = True
    channels: tuple[str, ...] = CHANNELS
    # Instead of the administrators of the settings.
    addresses: tuple[str, ...] = ()
    silenced_until_ms: int = 0

    def silent(self, now_ms: int) -> bool:
        """Whether nobody is told now."""
        return not self.enabled or self.silenced_until_ms > now_ms


DEFAULTS: Final = (
    Rule("job_ended", "a user whose job asked for it: that it has completed or failed"),
    Rule(
        "job_failed",
        "administrators of jobs that have failed for good, by fault: after a minute, then once an hour",
        {"collect_s": 60, "window_s": 3_600, "between_s": 300, "groups": 20},
    ),
    Rule(
        "server",
        "administrators: Redis may forget keys, or has used a share of its memory",
        {"memory_share": 0.85, "for_s": 60},
    ),
    Rule("recorder", "administrators: the history lags behind what happens", {"behind_s": 60, "for_s": 60}),
    Rule("no_workers", "administrators: jobs wait in a queue that no worker serves", {"for_s": 60}),
    Rule(
        "backlog",
        "administrators: too many jobs wait in a queue, or one for too long",
        {"waiting": 1_000, "oldest_s": 900, "for_s": 60},
    ),
    Rule("paused", "administrators: jobs wait in a queue that was paused long ago", {"for_s": 3_600}),
    Rule("stuck", "administrators: jobs run on after their time, or lost their worker", {"for_s": 60}),
    Rule(
        "failure_rate",
        "administrators: too many jobs of a type fail",
        {"share": 0.5, "least": 20, "window_s": 900, "for_s": 0},
    ),
    Rule(
        "new_error",
        "administrators: a kind of failure that was never seen before",
        {"window_s": 86_400, "least": 1, "for_s": 0},
        channels=(NOTICE,),  # the mail of job_failed tells of it already
    ),
    Rule(
        "schedule_missed",
        "administrators: a schedule has missed a time, is overdue or disabled",
        {"overdue_s": 120, "window_s": 3_600, "for_s": 0},
    ),
    # Without a cap in US dollars a month there is no budget.
    Rule("budget", "administrators: the month's cost nears its cap", {"usd": 0, "share": 0.8, "for_s": 0}),
    Rule("view", "administrators: more jobs fit a search than somebody wants", {"for_s": 0}),
    Rule("webhook_off", "administrators: a webhook was switched off because it failed", {"for_s": 0}),
)
NAMES: Final = tuple(rule.name for rule in DEFAULTS)


def rules(session: Session) -> dict[str, Rule]:
    """All rules by name, as they hold now."""
    changed = {row.name: row for row in session.query(RuleRow)}
    return {rule.name: _merged(rule, changed[rule.name]) if rule.name in changed else rule for rule in DEFAULTS}


def change(
    session: Session,
    name: str,
    *,
    enabled: bool | None = None,
    channels: Iterable[str] | None = None,
    addresses: Iterable[str] | None = None,
    numbers: Mapping[str, float] | None = None,
    silenced_until_ms: int | None = None,
) -> Rule:
    """Change a rule; what is left out stays. Raises BadRule, or MailRefused for what is no address."""
    default = _default(name)
    row = session.get(RuleRow, name)
    if row is None:
        row = RuleRow(name=name)
        session.add(row)
    if enabled is not None:
        row.enabled = enabled
    if channels is not None:
        row.channels = encode(_channels(channels), "channels")
    if addresses is not None:
        row.addresses = encode([address(one, "recipient").addr_spec for one in addresses], "addresses")
    if numbers is not None:
        row.numbers = encode(_object(row.numbers) | _numbers(default, numbers), "numbers")
    if silenced_until_ms is not None:
        row.silenced_until_ms = silenced_until_ms
    session.flush()
    return _merged(default, row)


def restore(session: Session, name: str) -> Rule:
    """Forget what was changed of a rule. Raises BadRule."""
    default = _default(name)
    row = session.get(RuleRow, name)
    if row is not None:
        session.delete(row)
    return default


def _default(name: str) -> Rule:
    rule = next((rule for rule in DEFAULTS if rule.name == name), None)
    if rule is None:
        raise BadRule(f'rule "{name}" is unknown; there are {", ".join(NAMES)}')
    return rule


def _merged(rule: Rule, row: RuleRow) -> Rule:
    return replace(
        rule,
        enabled=rule.enabled if row.enabled is None else row.enabled,
        channels=rule.channels if row.channels is None else tuple(decode(row.channels, "channels")),
        addresses=tuple(decode(row.addresses, "addresses")) if row.addresses else (),
        numbers={**rule.numbers, **_object(row.numbers)},
        silenced_until_ms=row.silenced_until_ms or 0,
    )


def _channels(given: Iterable[str]) -> list[str]:
    chosen = list(dict.fromkeys(given))
    if unknown := [channel for channel in chosen if channel not in CHANNELS]:
        raise BadRule(f'channel "{unknown[0]}" is unknown; there are {", ".join(CHANNELS)}')
    return chosen


def _numbers(rule: Rule, given: Mapping[str, float]) -> dict[str, float]:
    for name, value in given.items():
        if name not in rule.numbers:
            known = ", ".join(rule.numbers) or "none"
            raise BadRule(f'rule {rule.name} has no number "{name}"; it has {known}')
        if not 0 <= value <= 1e9:
            raise BadRule(f"{name} of rule {rule.name} must be from 0 to 1,000,000,000, got {value}")
    return dict(given)


def _object(text: str | None) -> dict[str, Any]:
    return decode(text, "numbers") if text else {}
