"""The table that a model is trained on: its features, its target, and the fingerprint by which it is known again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from research.ml import mentions
from research.ml.algorithms import Algorithm
from research.ml.columns import CONSTANT, Column, read_cell, role_of
from research.ml.errors import UnfitRow, UntrainableData
from research.ml.recipe import Recipe
from research.ml.rows import kept_rows
from research.ml.targets import frequent, targets

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Table:
    """Features as an object array of (rows, columns), target as floats or as numbers of classes.

    `groups` numbers the rows that belong together; `left_out` says of columns and rows why they are not in here.
    """

    columns: tuple[Column, ...]
    cells: np.ndarray
    target: np.ndarray
    classes: tuple[str, ...]
    groups: np.ndarray | None
    fingerprint: str
    left_out: dict[str, str]


def build_table(recipe: Recipe, algorithm: Algorithm, rows: Iterable[Mapping[str, Any]]) -> Table:
    """Read rows as the recipe says. Raises UntrainableData with the column, the row or the limit in question."""
    kept, left_out = kept_rows(recipe, rows)
    names = _names(recipe, kept)
    fingerprint = _fingerprint(kept, (recipe.target, *names, *recipe.together))
    if recipe.classes:
        kept = frequent(recipe, kept, left_out)
    if recipe.kind == "parameter_extraction":
        kept = _mentions(kept)
        columns = tuple(column for column in mentions.COLUMNS if column.name != "unit" or "unit" in names)
    else:
        columns = _columns(recipe, algorithm, kept, names, left_out)
    target, classes = targets(recipe, kept)
    return Table(columns, _cells(columns, kept), target, classes, _groups(recipe, kept), fingerprint, left_out)


def _names(recipe: Recipe, kept: list[dict[str, Any]]) -> list[str]:
    """The columns to learn from. Raises UntrainableData for one that is not there."""
    there = dict.fromkeys(name for row in kept for name in row)
    if recipe.kind == "parameter_extraction":
        wanted: Iterable[str] = [name for name in mentions.INPUTS if name != "unit" or "unit" in there]
        wanted = [name for name in wanted if name != recipe.target]
    else:
        wanted = recipe.features or [name for name in there if name not in (recipe.target, *recipe.together)]
    for name in (*wanted, *recipe.together):
        if name not in there:
            raise UntrainableData(f'column "{name}" is not in {recipe.data}; there are {", ".join(sorted(there))}')
    if recipe.target in wanted:
        raise UntrainableData(f'the target "{recipe.target}" cannot be a feature as well')
    return list(wanted)


def _fingerprint(kept: list[dict[str, Any]], names: Iterable[str]) -> str:
    """SHA-256 of the rows that are learned from, in their order."""
    digest, order = hashlib.sha256(), tuple(names)
    for row in kept:
        digest.update(json.dumps([row.get(name) for name in order], default=str).encode() + b"\n")
    return digest.hexdigest()


def _columns(
    recipe: Recipe, algorithm: Algorithm, kept: list[dict[str, Any]], names: list[str], left_out: dict[str, str]
) -> tuple[Column, ...]:
    found = []
    for name in names:
        role, why = role_of([row.get(name) for row in kept])
        if role == "text" and not algorithm.text:
            role, why = None, f"it is text, which {algorithm.name} cannot read; ridge, logistic and linear_svm can"
        if role is None and recipe.features is not None and why != CONSTANT:
            raise UntrainableData(f'feature "{name}" cannot be used: {why}')
        if role is None:
            left_out[name] = why
        else:
            found.append(Column(name, role))
    if not found:
        raise UntrainableData(f"no column of {recipe.data} can be a feature: {_said(left_out)}")
    return tuple(found)


def _said(left_out: dict[str, str]) -> str:
    return "; ".join(f"{name}: {why}" for name, why in left_out.items()) or "there is none beside the target"


def _mentions(kept: list[dict[str, Any]]) -> list[dict[str, Any]]:
    try:
        return [{**row, **mentions.mention(row, f"row {n} of those with a target")} for n, row in enumerate(kept, 1)]
    except UnfitRow as error:
        raise UntrainableData(str(error)) from None


def _cells(columns: tuple[Column, ...], kept: list[dict[str, Any]]) -> np.ndarray:
    import numpy as np

    cells = np.empty((len(kept), len(columns)), dtype=object)
    for place, column in enumerate(columns):
        cells[:, place] = [read_cell(column, row.get(column.name), f"row {n}") for n, row in enumerate(kept, 1)]
    return cells


def _groups(recipe: Recipe, kept: list[dict[str, Any]]) -> np.ndarray | None:
    import numpy as np

    if not recipe.together:
        return None
    seen: dict[tuple[str, ...], int] = {}
    numbers = [seen.setdefault(tuple(str(row.get(name)) for name in recipe.together), len(seen)) for row in kept]
    if len(seen) <= recipe.folds:
        said = ", ".join(recipe.together)
        raise UntrainableData(f"{said} have {len(seen)} different values; {recipe.folds + 1} groups are needed")
    return np.array(numbers)
