"""A group of failures as the command shows it: as JSON, in a list, and on a page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from cli.output import Column, Out, Row
from cli.times import ago, local

if TYPE_CHECKING:
    from callboard.history.failed_jobs import Failure
    from callboard.history.failures import FailureGroup

SHORT: Final = 8
BARS: Final = " ▁▂▃▄▅▆▇█"
STATUS_STYLES: Final = {"open": "red", "ignored": "yellow", "resolved": "green"}


def group_values(group: FailureGroup, hours: Sequence[int], share: float | None) -> dict[str, Any]:
    """A group as JSON values: `trend` are the failures of each of the last 24 hours, `share` is that of attempts."""
    return asdict(group) | {"trend": list(hours), "share": share}


def bars(counts: Sequence[int]) -> str:
    """Counts as a row of bars, the largest full."""
    most = max(counts, default=0)
    return "".join(BARS[-(-count * (len(BARS) - 1) // most)] if count else "·" for count in counts) if most else ""


def error_of(group: Row) -> str:
    """What was raised, in one line."""
    return f"{group['error_type']}: {group['message']}"


def few(types: Sequence[str]) -> str:
    """The first of some types, and how many more there are: `email_send +3`."""
    return types[0] + (f" +{len(types) - 1}" if len(types) > 1 else "") if types else ""


def percent(share: float | None) -> str:
    """A share in percent, with a digit more where it is small."""
    return "" if share is None else f"{share:.1%}" if share < 0.1 else f"{share:.0%}"


COLUMNS: Final = (
    Column("fingerprint", "Group", show=lambda row: row["fingerprint"][:SHORT]),
    Column("failures", "Count", show=lambda row: f"{row['failures']:,}", right=True),
    Column("last_at", "Last", show=lambda row: ago(row["last_at"])),
    Column("status", "", style=lambda row: STATUS_STYLES[row["status"]]),
    Column("trend", "24 hours", show=lambda row: bars(row["trend"]), wide=True),
    Column("share", "Share", show=lambda row: percent(row["share"]), right=True, wide=True),
    Column("types", "Types", show=lambda row: few(row["types"]), fold=True),
    Column("error", "Error", show=error_of, fold=True),
)


def print_group(out: Out, values: Row, failures: Sequence[Failure]) -> None:
    """A group on a page: what and where, how often, who looks after it, its newest failures."""
    from cli.terminal import console, facts, safe

    to = console(out)
    until = f", until {local(values['ignored_until'])}" if values["ignored_until"] else ""
    since = f" since {local(values['status_at'])}" if values["status_at"] else ""
    pairs = [
        ("Group", values["fingerprint"]),
        ("Error", error_of(values)),
        ("Class", values["error_class"]),
        ("In", values["frame"]),
        ("Types", ", ".join(values["types"])),
        ("Status", f"{values['status']}{since}{until}"),
        (
            "Failures",
            f"{values['failures']:,}" + (f", {percent(values['share'])} of attempts" if values["share"] else ""),
        ),
        ("Failed jobs", f"{values['failed_jobs']:,}"),
        ("First", f"{local(values['first_at'])}  ({ago(values['first_at'])})"),
        ("Last", f"{local(values['last_at'])}  ({ago(values['last_at'])})"),
        ("24 hours", bars(values["trend"])),
        ("14 days", bars(values.get("trend_days", ()))),
        ("Assigned to", values["assignee"]),
        ("Note", values["note"]),
    ]
    to.print(facts(pairs))
    for failure in failures:
        head = f"\n{local(failure.at)}  {failure.job}  {failure.type}, run {failure.attempt}"
        to.print(head, style="bright_black", markup=False)
        to.print(safe(f"  {failure.error_type}: {failure.message}"), style="red", markup=False)
        if out.verbose and failure.traceback:
            to.print(safe(failure.traceback), style="bright_black", markup=False)
