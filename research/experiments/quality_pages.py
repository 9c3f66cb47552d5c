"""What a report says on the quality of readings: in sentences, and in tables of what is wrong where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from research.experiments.readings import Readings
from research.experiments.shown import figures, in_words, plain, suited
from research.experiments.tables import Table

MOST_SHOWN: Final = 40
OF_EACH: Final = 4
MOST_GAPS: Final = 15
PROBLEM_WIDTHS: Final = (0.6, 1.3, 1.1, 1.3, 3.0)


def quality_sentences(quality: Mapping[str, Any], checks: Mapping[str, Any], readings: int) -> list[str]:
    """How good the readings are, in sentences."""
    counts, sampling = quality["counts"], quality["sampling"]
    lines = [problems_sentence(counts)]
    if sampling:
        step = suited("s", sampling["step_s"], {}).text(sampling["step_s"])
        pace = f"One reading each {step}" if sampling["regular"] else f"Irregular times, {step} apart at the median"
        lines.append(f"{pace}; {gaps_words(sampling)}.")
    if "power_rows" in checks:
        rows, off = checks["power_rows"], checks["power_differs_by_over_3_percent"]
        most = checks["power_largest_relative_difference"] or 0.0
        agree = "agrees with voltage times current" if not off else f"differs by over 3 % in {off:,} rows"
        lines.append(f"The power in the file {agree} ({rows:,} rows, largest difference {figures(100 * most, 2)} %).")
    if checks.get("implausible_rows"):
        words = "left out of" if checks["left_out"] else "included in"
        lines.append(
            f"{checks['implausible_rows']:,} of {readings:,} rows with implausible values are {words} the metrics."
        )
    return lines


def problems_sentence(counts: Mapping[str, int]) -> str:
    """How much is wrong, in one sentence."""
    if not counts:
        return "Every cell was readable and plausible."
    listed = ", ".join(f"{count:,} × {kind.replace('_', ' ')}" for kind, count in counts.items())
    return f"{sum(counts.values()):,} problems were found: {listed}."


def gaps_words(sampling: Mapping[str, Any]) -> str:
    """The gaps in words."""
    if not sampling["gaps"]:
        return "no gaps"
    missing = f", {sampling['missing_readings']:,} readings missing" if sampling["missing_readings"] else ""
    length = suited("s", sampling["gap_seconds"], {}).text(sampling["gap_seconds"])
    return f"{sampling['gaps']:,} gap{'s' if sampling['gaps'] > 1 else ''} of together {length}{missing}"


def quality_tables(quality: Mapping[str, Any], readings: Readings) -> list[Table]:
    """The first problems of each kind and column, and the longest gaps."""
    tables = []
    rows = [
        [
            f"{problem['line']:,}" if problem["line"] else "–",
            plain(problem["column"] or "–", 40),
            in_words(problem["kind"]),
            plain(problem["text"], 40),
            plain(problem["why"], 90),
        ]
        for problem in first_of_each(quality["shown"])
    ]
    if rows:
        total = sum(quality["counts"].values())
        more = f"the first {OF_EACH} of each kind and column, of {total:,} in all" if total > len(rows) else ""
        tables.append(Table("Problems by line", ["Line", "Column", "Kind", "Found", "Why"], rows, more, PROBLEM_WIDTHS))
    gaps = (quality["sampling"] or {}).get("shown", [])
    if gaps:
        longest = sorted(gaps, key=lambda gap: -gap["length_s"])[:MOST_GAPS]
        tables.append(
            Table(
                "Gaps",
                ["After line", "Begins at", "Length", "Readings missing"],
                [gap_row(gap, readings) for gap in sorted(longest, key=lambda gap: gap["at_s"])],
                f"the longest {MOST_GAPS}" if quality["sampling"]["gaps"] > MOST_GAPS else "",
            )
        )
    return tables


def gap_row(gap: Mapping[str, Any], readings: Readings) -> list[str]:
    """A gap as a row."""
    from datetime import UTC, datetime

    start = readings.times.started_at
    at = (
        f"{datetime.fromtimestamp(start + gap['at_s'], UTC):%Y-%m-%d %H:%M:%S}"
        if start is not None
        else suited("s", gap["at_s"], {}).text(gap["at_s"])
    )
    return [f"{gap['after_line']:,}", at, suited("s", gap["length_s"], {}).text(gap["length_s"]), f"{gap['missing']:,}"]


def first_of_each(problems: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first problems of each kind and column, in the order of their lines."""
    counts: dict[tuple[str, str | None], int] = {}
    shown = []
    for problem in problems:
        key = (problem["kind"], problem["column"])
        counts[key] = counts.get(key, 0) + 1
        if counts[key] <= OF_EACH:
            shown.append(problem)
    return shown[:MOST_SHOWN]
