"""What an import has brought, for the mail and the page that tell of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from research.printing import cell

PROBLEMS_TOLD: Final = 5
COLUMNS_TOLD: Final = 20


def summary(id: str, imported: Mapping[str, Any], analysed: Mapping[str, Any] | None) -> dict[str, Any]:
    """Values for the template `job_completed`: the job, and facts about rows, bad cells and columns."""
    sheets = ", ".join(f"{sheet['sheet']} ({sheet['rows']:,})" for sheet in imported["sheets"])
    facts = [
        ["file", imported["file"]],
        ["table", imported["table"]],
        ["rows", f"{imported['inserted']:,} new, {imported['updated']:,} updated, {imported['skipped']:,} skipped"],
        ["sheets", sheets],
        *(["left out", f"{name}: {why}"] for name, why in list(imported["left_out"].items())[:PROBLEMS_TOLD]),
        *(["bad cell", told(problem)] for problem in imported["problems"][:PROBLEMS_TOLD]),
    ]
    if imported["errors"] > PROBLEMS_TOLD:
        facts.append(["bad cells", f"{imported['errors']:,} in all"])
    facts += [[line["column"], numbers(line)] for line in columns(analysed)]
    return {"type": "excel_import", "job": id, "facts": facts}


def columns(analysed: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The first columns of an analysis of the dataset, none where it was not made."""
    metrics = (analysed or {}).get("metrics", {})
    return list(metrics.get("dataset", {}).get("first", []))[:COLUMNS_TOLD]


def told(problem: Mapping[str, str]) -> str:
    """A bad cell in a sentence."""
    return f"{problem['cell']}: {problem['expected']} was expected, got {problem['got']}"


def numbers(line: Mapping[str, Any]) -> str:
    """A column in a few numbers."""
    return ", ".join(f"{name} {value}" for name, value in line.items() if isinstance(value, int | float))


def page(report: Mapping[str, Any]) -> str:
    """The facts as a page of Markdown."""
    rows = [f"| {cell(name, 40)} | {cell(value, 200)} |" for name, value in report["facts"]]
    return "\n".join(["| import | |", "| --- | --- |", *rows]) + "\n"
