"""Train a model and keep it: its file and pictures in the store, its record in the database, once for each job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.history.database import reading, writing
from research.ml.model_file import dump_model, load_content
from research.ml.recipe import Recipe
from research.ml.registry import ModelRecord, Trained, model_of_job, store_model
from research.ml.source import read_rows
from research.ml.training import Progress, Training, libraries, train

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from research.files import FileStore


def train_and_keep(
    engine: Engine, files: FileStore, recipe: Recipe, *, job_id: str, progress: Progress
) -> tuple[ModelRecord, tuple[str, ...]]:
    """The record of a new version of a model, and the remarks of its training; a job that has made one makes no second.

    Raises UntrainableData, UnknownFile, UnknownDataset, and what `progress` raises.
    """
    with reading(engine) as session:
        if before := model_of_job(session, job_id):
            return before, ()
    training = train(recipe, read_rows(engine, files, recipe.data), progress)
    progress(recipe.folds + 3, recipe.folds + 4, "store")
    trained = _kept(files, recipe, training)
    with writing(engine) as session:
        record = store_model(session, trained, job_id)
    progress(1, 1, "stored")
    return record, training.remarks


def _kept(files: FileStore, recipe: Recipe, training: Training) -> Trained:
    content = dump_model(training.pipeline)
    load_content(content)  # what cannot be loaded again must not be stored
    file = files.put(content, f"{recipe.name}.skops")
    pictures = {name: files.put(png, f"{recipe.name}-{name}.png") for name, png in training.plots.items()}
    return Trained(
        recipe=recipe,
        algorithm=training.algorithm.name,
        hyperparameters=training.hyperparameters,
        features=training.table.columns,
        classes=training.table.classes,
        rows=len(training.table.target),
        left_out=training.table.left_out,
        data_sha256=training.table.fingerprint,
        libraries=libraries(),
        metrics=training.metrics,
        file=file.reference,
        file_sha256=file.sha256,
        plots={name: picture.reference for name, picture in pictures.items()},
    )
