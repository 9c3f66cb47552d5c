"""Train a model again from its record, and compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from research.ml.errors import UntrainableData
from research.ml.registry import ModelRecord
from research.ml.source import read_rows
from research.ml.training import Progress, Training, libraries, train

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from research.files import FileStore


@dataclass(frozen=True)
class Reproduction:
    """A second training of a recorded model; `other_libraries` maps a library to (version then, version now)."""

    same: bool
    training: Training
    other_libraries: dict[str, tuple[str, str]]


def reproduce(engine: Engine, files: FileStore, record: ModelRecord, progress: Progress) -> Reproduction:
    """Train again what a record describes; `same` says whether each metric came out as it did then.

    Raises UntrainableData where the data are no longer those that it was trained on.
    """
    then = record.trained
    training = train(then.recipe, read_rows(engine, files, then.recipe.data), progress)
    if training.table.fingerprint != then.data_sha256:
        raise UntrainableData(
            f"the rows of {then.recipe.data} are no longer those that {record.name} version {record.version} "
            "was trained on"
        )
    now = libraries()
    other = {name: (was, now.get(name, "none")) for name, was in then.libraries.items() if now.get(name) != was}
    return Reproduction(training.metrics == then.metrics, training, other)
