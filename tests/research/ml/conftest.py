"""Real tables to train on, and a store to put them in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from research.files import FileStore
from research.ml.recipe import Recipe
from research.ml.source import table_rows
from research.ml.training import Training, train

DATA = Path(__file__).parents[2] / "data/ml"
PEM = "pem-nafion112.csv"
CONDITIONS = ("pressure", "relative_humidity", "membrane_compression", "nafion_percent")
VOLTAGE = Recipe("prediction", "pem", PEM, "cell_voltage", ("current_density", *CONDITIONS), folds=2)


@cache
def rows_of(name: str) -> list[Mapping[str, Any]]:
    """The rows of a file of the test data."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(table_rows(name, file))


def trained(recipe: Recipe, rows: Iterable[Mapping[str, Any]] | None = None) -> Training:
    """A training, on the file that the recipe names or on other rows."""
    return train(recipe, rows_of(recipe.data) if rows is None else rows, lambda *_: None)


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    """An empty store."""
    return FileStore(tmp_path / "files")


Store = Callable[[str], str]


@pytest.fixture
def stored(files: FileStore) -> Store:
    """Puts a file of the test data into the store and gives back its reference."""
    return lambda name: files.put_path(DATA / name).reference
