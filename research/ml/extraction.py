"""Name the quantities of a text with a model of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callboard.history.database import reading
from research.ml.errors import UnusableModel
from research.ml.prediction import predict
from research.ml.registry import find_model
from research.papers.paper import PageText
from research.papers.quantities import find_quantities

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from research.files import FileStore


def extract(engine: Engine, files: FileStore, name: str, text: str, version: int | None = None) -> list[dict[str, Any]]:
    """The quantities found in a text, each with `label`, the parameter that a model takes it for, as `predict` has it.

    Raises UnusableModel for a model of another kind, and what `predict` raises.
    """
    with reading(engine) as session:
        record = find_model(session, name, version)
    if (kind := record.trained.recipe.kind) != "parameter_extraction":
        raise UnusableModel(f"model {name} is of kind {kind}; a text needs one of kind parameter_extraction")
    found = find_quantities([PageText(1, text)])
    rows = [{"value": one.value, "unit": one.unit, "sentence": one.sentence} for one in found]
    said = predict(engine, files, name, rows, record.version)
    return [{**row, **answer} for row, answer in zip(rows, said, strict=True)]
