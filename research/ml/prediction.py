"""Ask a trained model: light to import, and a model that was asked before answers at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from callboard.history.database import reading
from research.ml import mentions
from research.ml.columns import read_cell
from research.ml.errors import UnfitRow, UnusableModel
from research.ml.model_file import load_model
from research.ml.registry import ModelRecord, find_model
from research.ml.threads import one_thread

if TYPE_CHECKING:
    import numpy as np
    from sqlalchemy import Engine

    from research.files import FileStore

ROWS: Final = 10_000


def predict(
    engine: Engine, files: FileStore, name: str, rows: Sequence[Mapping[str, Any]], version: int | None = None
) -> list[dict[str, Any]]:
    """What a model says of each row: `{"value": 0.61}`, or `{"label", "probability", "probabilities": {...}}`.

    A feature may be null where it is not known, but must be there; what is no feature is not looked at. The linear
    support vector machine knows no probabilities and gives the label alone.
    Raises UnknownModel, UnusableModel, UnfitRow with the row (counted from 1) and the feature.
    """
    if len(rows) > ROWS:
        raise UnfitRow(f"{len(rows):,} rows; a model is asked about {ROWS:,} at once at the most")
    with reading(engine) as session:
        record = find_model(session, name, version)
    cells = _cells(record, rows)
    if not len(cells):
        return []
    model = _loaded_for(files, record)
    with one_thread("openmp"):
        return answers(record, model, cells)


def inputs(record: ModelRecord) -> tuple[str, ...]:
    """The features that a row must have."""
    names = tuple(column.name for column in record.trained.features)
    if record.trained.recipe.kind != "parameter_extraction":
        return names
    return tuple(name for name in mentions.INPUTS if name != "unit" or "unit" in names)


def answers(record: ModelRecord, model: Any, cells: np.ndarray) -> list[dict[str, Any]]:
    """What a loaded model says of prepared cells."""
    if not record.trained.recipe.classes:
        return [{"value": float(value)} for value in model.predict(cells)]
    classes = record.trained.classes
    labels = [classes[int(number)] for number in model.predict(cells)]
    if not hasattr(model, "predict_proba"):
        return [{"label": label} for label in labels]
    known = [classes[int(number)] for number in model.classes_]
    shares = model.predict_proba(cells)
    return [
        {
            "label": label,
            "probability": float(max(row)),
            "probabilities": {one: float(share) for one, share in zip(known, row, strict=True)},
        }
        for label, row in zip(labels, shares, strict=True)
    ]


def _cells(record: ModelRecord, rows: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """The rows as the model reads them. Raises UnfitRow."""
    import numpy as np

    columns, needed = record.trained.features, inputs(record)
    cells = np.empty((len(rows), len(columns)), dtype=object)
    for n, row in enumerate(rows):
        where = f"row {n + 1}"
        if not isinstance(row, Mapping):
            raise UnfitRow(f"{where}: an object with the features was expected, got {type(row).__name__}")
        if missing := [name for name in needed if name not in row]:
            said = f"{where} lacks {', '.join(missing)}; model {record.name} needs {', '.join(needed)}"
            raise UnfitRow(said, dict.fromkeys(missing, "is missing"))
        if record.trained.recipe.kind == "parameter_extraction":
            row = mentions.mention(row, where)  # noqa: PLW2901 - from here on, its columns are the row
        cells[n] = [read_cell(column, row[column.name], where) for column in columns]
    return cells


def _loaded_for(files: FileStore, record: ModelRecord) -> Any:
    """The model of a record. Raises UnusableModel where this process has another scikit-learn than its training."""
    try:
        import skops  # noqa: F401
        from sklearn import __version__ as here
    except ImportError:
        raise UnusableModel("scikit-learn and skops are needed to ask a model: install callboard[science]") from None
    then = record.trained.libraries["scikit-learn"]
    if then.split(".")[:2] != here.split(".")[:2]:
        raise UnusableModel(
            f"model {record.name} was trained with scikit-learn {then}, this process has {here}: train it again"
        )
    return _loaded(files.path(record.trained.file), record.trained.file_sha256)


@lru_cache(maxsize=4)
def _loaded(path: Path, sha256: str) -> Any:
    return load_model(path, sha256)
