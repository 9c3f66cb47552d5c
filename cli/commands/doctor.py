"""`callboard doctor`: what is wrong, and how to mend it."""

from __future__ import annotations

from typing import Any

import click

from cli.failures import FAILED
from cli.output import Column, Out
from cli.server import remote
from cli.words import word

EXAMPLES = """
callboard doctor                       server, workers, queues, tables, disk
callboard doctor --invariants          and every job: in one state only, and so on
"""
COLUMNS = (
    Column("name", "Looked at"),
    Column("ok", "", show=lambda row: "✓" if row["ok"] else "✗", style=lambda row: "green" if row["ok"] else "red"),
    Column("found", "Found", fold=True),
)


@word("doctor", EXAMPLES)
@click.option("--invariants", is_flag=True, help="Check every job too; reads all of them.")
@click.pass_obj
def doctor_command(out: Out, invariants: bool) -> int:
    """Look at everything that must be right for jobs to run safely. The exit code is 1 when something is not.

    With --url it is the board over there that looks, at its own machine; every job can be checked at the server only.
    """
    rows = examined()
    rows += broken_invariants() if invariants else []
    out.rows("findings", rows, COLUMNS if out.terminal else (*COLUMNS, Column("fix", "Fix")))
    wrong = [row for row in rows if not row["ok"]]
    if out.terminal:
        for row in wrong:
            out.line(f"\n{row['name']}: {row['found']}\n  {row['fix']}")
    out.say("\nall is well" if not wrong else f"\n{len(wrong)} of {len(rows)} need attention")
    return FAILED if wrong else 0


def examined() -> list[dict[str, Any]]:
    """What was looked at, a row each. Raises ConnectionLost when the server does not answer."""
    if far := remote():
        told = far.api.get("/doctor")["checks"]
        return [
            {"name": row["name"], "ok": row["level"] == "ok", "level": row["level"], "found": row["found"]}
            | {"fix": row["fix"] or ""}
            for row in told
        ]
    from cli.checkup import findings, values

    return [values(finding) for finding in findings()]


def broken_invariants() -> list[dict[str, Any]]:
    """What the invariants of the engine say, a row for each that is broken, or one when all hold."""
    from callboard.broker.invariants import check
    from cli.server import links

    fix = "this is a bug: please report it with the output of callboard doctor --invariants --json"
    broken = [{"name": "invariants", "ok": False, "found": sentence, "fix": fix} for sentence in check(links())]
    return broken or [{"name": "invariants", "ok": True, "found": "all hold", "fix": ""}]
