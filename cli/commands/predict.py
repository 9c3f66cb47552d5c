"""`callboard predict`: ask a trained model."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import click

from cli.model_stores import model_stores
from cli.output import Column, Out
from cli.server import remote
from cli.values import parse_pairs
from cli.words import word

EXAMPLES = """
callboard predict pem-voltage current_density=400 pressure=15 nafion_percent=25
callboard predict screening --rows papers.csv --json
callboard predict parameters --text "The cell gave 1.2 W m-2 at 30 °C."
"""
COLUMNS = (
    Column("value", "Value"),
    Column("unit", "Unit"),
    Column("label", "Label"),
    Column("probability", "Probability", show=lambda row: f"{row['probability']:.2f}" if "probability" in row else ""),
)


@word("predict", EXAMPLES)
@click.argument("model")
@click.argument("values", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--rows", metavar="FILE", help="Rows of a CSV or NDJSON file, - for NDJSON on standard input.")
@click.option("--text", metavar="TEXT", help="A text whose quantities are to be named.")
@click.option("--version", type=click.IntRange(1), metavar="N", help="An older version than the newest.")
@click.pass_obj
def predict_command(
    out: Out, *, model: str, values: tuple[str, ...], rows: str | None, text: str | None, version: int | None
) -> None:
    """Ask a trained model about one row, about the rows of a file, or about the quantities of a text."""
    if sum(map(bool, (values, rows, text))) != 1:
        raise click.UsageError("expected either key=value words, --rows or --text")
    asked = [] if text else _rows_of(rows) if rows else [parse_pairs(values)]
    said = predictions(model, asked, text, version)
    out.rows("predictions", said, _columns(said), "no quantity was found")


def predictions(model: str, rows: list[Any], text: str | None, version: int | None) -> list[dict[str, Any]]:
    """What a model says of a text, or else of rows. Raises UnknownModel, UnusableModel, UnfitRow."""
    if far := remote():
        from cli.remote_models import predict as far_predict

        return far_predict(far.api, model, {"text": text} if text else {"rows": rows}, version)
    from research.ml.extraction import extract
    from research.ml.prediction import predict

    asked = *model_stores(), model
    return extract(*asked, text, version) if text else predict(*asked, rows, version)


def _columns(said: list[dict[str, Any]]) -> list[Column]:
    return [column for column in COLUMNS if any(column.key in row for row in said)]


def _rows_of(source: str) -> list[Any]:
    """The rows of a file. Raises FileNotFoundError, UntrainableData with the line that cannot be read."""
    from research.ml.source import table_rows

    if source == "-":
        return list(table_rows("standard input.ndjson", io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig")))
    with Path(source).open(encoding="utf-8-sig", newline="") as file:
        return list(table_rows(Path(source).name, file))
