"""The figures as a calm table, 80 columns wide."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.goals import Row

HEADINGS = ("", "Callboard", "stock", "goal", "", "")


def number(value: float | None) -> str:
    """A figure in three digits, more where it is large."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def table(rows: Iterable[Row]) -> str:
    """One line for each row; `stock` is Dramatiq with its own Redis broker, in the same run."""
    lines = [_line(HEADINGS)]
    for row in rows:
        goal = row.goal
        lines.append(_line((goal.label, number(row.value), number(row.stock), goal.in_words, goal.unit, row.verdict)))
    return "\n".join(lines)


def _line(cells: tuple[str, str, str, str, str, str]) -> str:
    label, ours, stock, goal, unit, verdict = cells
    return f"{label:<27}{ours:>11}{stock:>10}{goal:>12} {unit:<8}{verdict:>8}".rstrip()
