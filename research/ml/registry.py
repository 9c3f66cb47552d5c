"""Trained models in the database: one version for each job that trained one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from research.files import FileStore
from research.ml.columns import Column
from research.ml.errors import UnknownModel
from research.ml.models import TrainedModelRow
from research.ml.recipe import Recipe, recipe_of
from research.models import now


@dataclass(frozen=True)
class Trained:
    """What came of a training; `file` and `plots` are references of stored files."""

    recipe: Recipe
    algorithm: str
    hyperparameters: dict[str, Any]
    features: tuple[Column, ...]
    classes: tuple[str, ...]
    rows: int
    left_out: dict[str, str]
    data_sha256: str
    libraries: dict[str, str]
    metrics: dict[str, Any]
    file: str
    file_sha256: str
    plots: dict[str, str]


@dataclass(frozen=True)
class ModelRecord:
    """A stored version of a model."""

    version: int
    job_id: str
    created_at: datetime
    trained: Trained

    @property
    def name(self) -> str:
        """The name it was trained under."""
        return self.trained.recipe.name

    def values(self) -> dict[str, Any]:
        """The record as JSON values, as the command and the API show it."""
        made = asdict(self.trained)
        recipe = made.pop("recipe")
        return {
            **{name: recipe[name] for name in ("name", "kind", "target", "data")},
            "version": self.version,
            "job": self.job_id,
            "created_at": self.created_at.isoformat(),
            **{name: recipe[name] for name in ("folds", "test_share", "seed")},
            "groups": list(self.trained.recipe.together),
            **made,
            "features": list(made["features"]),
            "classes": list(made["classes"]),
        }


def store_model(session: Session, trained: Trained, job_id: str) -> ModelRecord:
    """Store a model as the next version of its name; of a job that has stored one before, that one is given back."""
    if before := model_of_job(session, job_id):
        return before
    recipe = trained.recipe
    newest = session.scalar(select(func.max(TrainedModelRow.version)).where(TrainedModelRow.name == recipe.name))
    values = asdict(trained) | {"recipe": recipe.values(), "classes": list(trained.classes)}
    row = TrainedModelRow(
        **values, name=recipe.name, kind=recipe.kind, version=(newest or 0) + 1, job_id=job_id, created_at=now()
    )
    session.add(row)
    session.flush()
    return _record(row)


def model_of_job(session: Session, job_id: str) -> ModelRecord | None:
    """The model that a job has stored, None when it has not."""
    row = session.scalar(select(TrainedModelRow).where(TrainedModelRow.job_id == job_id))
    return _record(row) if row else None


def find_model(session: Session, name: str, version: int | None = None) -> ModelRecord:
    """A version of a model, the newest when none is named. Raises UnknownModel, which names those that there are."""
    table = TrainedModelRow
    query = select(table).where(table.name == name).order_by(table.version.desc())
    rows = session.scalars(query).all()
    row = next((row for row in rows if version in (None, row.version)), None)
    if row is not None:
        return _record(row)
    if rows:
        known = ", ".join(str(row.version) for row in rows)
        raise UnknownModel(f'model "{name}" has no version {version}; there are {known}')
    names = session.scalars(select(table.name).distinct().order_by(table.name)).all()
    raise UnknownModel(f'model "{name}" is unknown; there are {", ".join(names) or "none yet"}')


def every_model(session: Session) -> list[ModelRecord]:
    """All versions of all models, by name, the newest first."""
    table = TrainedModelRow
    return [_record(row) for row in session.scalars(select(table).order_by(table.name, table.version.desc()))]


def remove_models(session: Session, name: str, version: int | None = None) -> list[ModelRecord]:
    """Forget one version of a model, or all; gives back what was there. Raises UnknownModel."""
    table = TrainedModelRow
    find_model(session, name, version)
    query = select(table).where(table.name == name).order_by(table.version)
    rows: Sequence[TrainedModelRow] = session.scalars(query).all()
    gone = [row for row in rows if version in (None, row.version)]
    for row in gone:
        session.delete(row)
    return [_record(row) for row in gone]


def delete_files(files: FileStore, record: ModelRecord) -> None:
    """Delete the files of a model that is forgotten; safe to repeat."""
    for reference in (record.trained.file, *record.trained.plots.values()):
        files.delete(reference)


def _record(row: TrainedModelRow) -> ModelRecord:
    trained = Trained(
        recipe=recipe_of(row.recipe),
        algorithm=row.algorithm,
        hyperparameters=row.hyperparameters,
        features=tuple(Column(**one) for one in row.features),
        classes=tuple(row.classes),
        rows=row.rows,
        left_out=row.left_out,
        data_sha256=row.data_sha256,
        libraries=row.libraries,
        metrics=row.metrics,
        file=row.file,
        file_sha256=row.file_sha256,
        plots=row.plots,
    )
    return ModelRecord(row.version, row.job_id, row.created_at, trained)
