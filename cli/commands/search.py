"""`callboard search`: which stored papers answer a question."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from cli.output import Column, Out
from cli.words import word

EXAMPLES = """
callboard search "which anode survives fast charging"
callboard search power density --limit 3 --json
"""
COLUMNS = (
    Column("score", "Score", show=lambda row: f"{row['score']:.2f}"),
    Column("paper", "Paper"),
    Column("page", "Page"),
    Column("title", "Title"),
    Column("passage", "Passage"),
)


@word("search", EXAMPLES)
@click.argument("question", nargs=-1, required=True)
@click.option(
    "--limit", metavar="N", type=click.IntRange(1, 100), default=5, show_default=True, help="At most so many papers."
)
@click.pass_obj
def search_command(out: Out, question: tuple[str, ...], limit: int) -> None:
    """Find the stored papers that answer a question, with the passage that does it best."""
    from callboard.history.database import reading
    from cli.model_stores import model_stores
    from research.search import search

    engine, _ = model_stores()
    with reading(engine) as session:
        found = [asdict(hit) for hit in search(session, " ".join(question), limit)]
    if not out.terminal:
        out.rows("papers", found, COLUMNS)
        return
    for hit in found:
        print_hit(out, hit)
    if not found:
        out.say("no stored paper answers this; store some with `callboard run paper_intake paper.pdf`")


def print_hit(out: Out, hit: dict[str, Any]) -> None:
    """A paper with its passage."""
    from rich.padding import Padding
    from rich.text import Text

    from cli.terminal import console, safe

    head = Text(safe(hit["title"] or hit["paper"]), style="bold")
    head.append(f"   p. {hit['page']}   {hit['score']:.2f}", style="bright_black")
    passage = " ".join(hit["passage"].split())
    to = console(out)
    to.print(head)
    to.print(Padding(Text(safe(passage if len(passage) < 500 else passage[:500] + " …")), (0, 2, 1, 2)))
