"""The rows that a model learns from: those that have a target, as many as fit into the limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from research.column_types import storable
from research.ml import mentions
from research.ml.errors import UntrainableData
from research.ml.recipe import Recipe
from research.ml.source import is_missing
from research.ml.targets import with_target

ROWS: Final = 200_000
COLUMNS: Final = 200
CELLS: Final = 5_000_000
CHARACTERS: Final = 100_000_000


def kept_rows(recipe: Recipe, rows: Iterable[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The rows with a target, with the columns that are asked for, and how many had none.

    Raises UntrainableData where there are too few of them or, before they are all read, too many.
    """
    needed = _needed(recipe)
    kept: list[dict[str, Any]] = []
    columns: dict[str, None] = {}
    size = empty = 0
    for row in rows:
        if is_missing(row.get(recipe.target)):
            empty += 1
            continue
        cells = {name: row[name] for name in row if needed is None or name in needed}
        kept.append(cells)
        columns |= dict.fromkeys(cells)
        size += sum(len(cell) for cell in cells.values() if isinstance(cell, str))
        _within_limits(len(kept), len(columns), size)
    with_target(recipe, kept, empty)
    for name in columns:
        if storable(name) != name:
            raise UntrainableData(f"column {name!r} has characters in its name that cannot be stored")
    return kept, {"rows without a target": str(empty)} if empty else {}


def _needed(recipe: Recipe) -> set[str] | None:
    """The columns that are asked for, None for all."""
    if recipe.kind == "parameter_extraction":
        return {recipe.target, *mentions.INPUTS, *recipe.together}
    return None if recipe.features is None else {recipe.target, *recipe.features, *recipe.together}


def _within_limits(rows: int, columns: int, characters: int) -> None:
    for count, most, what in (
        (rows, ROWS, "rows"),
        (columns, COLUMNS, "columns"),
        (rows * columns, CELLS, "cells"),
        (characters, CHARACTERS, "characters"),
    ):
        if count > most:
            raise UntrainableData(f"more than {most:,} {what}: name fewer `features`, or train on a part of the rows")
