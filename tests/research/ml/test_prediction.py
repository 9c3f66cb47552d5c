"""Asking a stored model: right answers, words for what it cannot read, and a record that trains it again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from callboard.history.database import Engine, connect, reading, writing
from research.datasets.row import Row
from research.datasets.store import put_rows
from research.files import FileStore
from research.ml import prediction
from research.ml.errors import UnfitRow, UnknownModel, UntrainableData, UnusableModel
from research.ml.extraction import extract
from research.ml.keeping import train_and_keep
from research.ml.models import TrainedModelRow
from research.ml.prediction import inputs, predict
from research.ml.recipe import Recipe
from research.ml.registry import ModelRecord, every_model, find_model, remove_models
from research.ml.reproduction import reproduce
from research.models import PaperRow, QuantityRow
from research.schema import RESEARCH
from tests.research.ml.conftest import CONDITIONS, PEM, VOLTAGE, Store, rows_of, trained

ROOT = Path(__file__).parents[3]
FEW = {"rounds": 30}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A database with all tables."""
    url = f"sqlite:///{tmp_path}/db"
    RESEARCH.upgrade(url)
    engine = connect(url)
    yield engine
    engine.dispose()


def keep(engine: Engine, files: FileStore, recipe: Recipe, job: str = "job-1") -> ModelRecord:
    return train_and_keep(engine, files, recipe, job_id=job, progress=lambda *_: None)[0]


# S2.34
def test_a_stored_model_says_what_it_said_when_it_was_trained(engine: Engine, files: FileStore, stored: Store) -> None:
    recipe = replace(VOLTAGE, data=stored(PEM), hyperparameters=FEW)
    record = keep(engine, files, recipe)
    rows = rows_of(PEM)[:50]
    made = trained(recipe, rows_of(PEM))
    assert [one["value"] for one in predict(engine, files, "pem", rows)] == list(
        made.pipeline.predict(made.table.cells)[:50]
    )
    assert inputs(record) == ("current_density", *CONDITIONS)
    assert predict(engine, files, "pem", []) == []


def test_a_row_that_does_not_fit_is_named_with_its_feature(engine: Engine, files: FileStore, stored: Store) -> None:
    keep(engine, files, replace(VOLTAGE, data=stored(PEM), hyperparameters=FEW))
    good: dict[str, Any] = dict(rows_of(PEM)[0])
    unknown = {**good, "pressure": None}
    assert len(predict(engine, files, "pem", [good, unknown, {**good, "note": "not looked at"}])) == 3
    lacking = {name: good[name] for name in good if name != "pressure"}
    with pytest.raises(UnfitRow, match="row 2 lacks pressure; model pem needs current_density, pressure") as refused:
        predict(engine, files, "pem", [good, lacking])
    assert refused.value.fields == {"pressure": "is missing"}
    with pytest.raises(UnfitRow, match=r"row 1: a number up to 1e\+30 was expected in pressure, got 'high'"):
        predict(engine, files, "pem", [{**good, "pressure": "high"}])
    with pytest.raises(UnfitRow, match="got '1e300'"):
        predict(engine, files, "pem", [{**good, "pressure": "1e300"}])
    with pytest.raises(UnfitRow, match="row 1: an object with the features was expected, got list"):
        predict(engine, files, "pem", [[1, 2]])  # type: ignore[list-item]
    with pytest.raises(UnfitRow, match="10,001 rows; a model is asked about 10,000 at once"):
        predict(engine, files, "pem", [good] * 10_001)


# S2.34
def test_a_record_trains_the_same_model_again_unless_its_data_have_changed(engine: Engine, files: FileStore) -> None:
    def put(rows: list[Any]) -> None:
        with writing(engine) as session:
            put_rows(session, "cells", [Row(values, source="pem", line=n) for n, values in rows])

    put(list(enumerate(rows_of(PEM)[:200], 2)))
    record = keep(engine, files, replace(VOLTAGE, data="cells", hyperparameters=FEW))
    with reading(engine) as session:
        again = reproduce(engine, files, find_model(session, "pem"), lambda *_: None)
    assert again.same
    assert again.other_libraries == {}
    assert again.training.metrics == record.trained.metrics
    put([(5, {**rows_of(PEM)[3], "pressure": 6})])
    with pytest.raises(
        UntrainableData, match="the rows of cells are no longer those that pem version 1 was trained on"
    ):
        reproduce(engine, files, record, lambda *_: None)


def test_each_job_makes_one_version_and_the_newest_is_asked(database: Engine, files: FileStore, stored: Store) -> None:
    engine = database
    recipe = replace(VOLTAGE, data=stored(PEM), algorithm="ridge")
    versions = [keep(engine, files, recipe, job).version for job in ("a", "b", "a")]
    assert versions == [1, 2, 1]
    with reading(engine) as session:
        assert [(one.name, one.version) for one in every_model(session)] == [("pem", 2), ("pem", 1)]
        assert find_model(session, "pem").version == 2
        with pytest.raises(UnknownModel, match='model "pem" has no version 3; there are 2, 1'):
            find_model(session, "pem", 3)
        with pytest.raises(UnknownModel, match='model "pen" is unknown; there are pem'):
            find_model(session, "pen")
    with writing(engine) as session:
        assert [one.version for one in remove_models(session, "pem", 1)] == [1]
        assert [one.version for one in every_model(session)] == [2]


def test_a_model_is_loaded_once_and_never_from_another_file(
    engine: Engine, files: FileStore, stored: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = keep(engine, files, replace(VOLTAGE, data=stored(PEM), algorithm="ridge"))
    prediction._loaded.cache_clear()
    rows = rows_of(PEM)[:1]
    for _ in range(3):
        predict(engine, files, "pem", rows)
    assert prediction._loaded.cache_info().misses == 1
    prediction._loaded.cache_clear()
    files.path(record.trained.file).write_bytes(b"something else")
    with pytest.raises(UnusableModel, match="not the one that was stored"):
        predict(engine, files, "pem", rows)


def test_a_model_of_another_scikit_learn_is_not_guessed_with(engine: Engine, files: FileStore, stored: Store) -> None:
    record = keep(engine, files, replace(VOLTAGE, data=stored(PEM), algorithm="ridge"))
    with writing(engine) as session:
        row = session.get(TrainedModelRow, 1)
        assert row
        row.libraries = record.trained.libraries | {"scikit-learn": "1.2.0"}
    with pytest.raises(UnusableModel, match=r"trained with scikit-learn 1\.2\.0, this process has .*: train it again"):
        predict(engine, files, "pem", rows_of(PEM)[:1])


# S2.34
def test_what_was_found_in_papers_teaches_to_name_the_quantities_of_a_text(engine: Engine, files: FileStore) -> None:
    with writing(engine) as session:
        session.add(PaperRow(id="p", file="p.pdf"))
        session.flush()
        for n, row in enumerate(rows_of("quantity-mentions.csv")):
            given = {"value": float(row["value"]), "unit": row["unit"], "sentence": row["sentence"]}
            session.add(QuantityRow(paper_id="p", position=n, name=row["type"], page=1, **given))
    keep(engine, files, Recipe("parameter_extraction", "types", "paper_quantities", "name", folds=2))
    text = "The generator weighed 3.1 kg. Its output power reached 2.9 kW at a speed of 7000 rpm."
    found = extract(engine, files, "types", text)
    assert [(one["value"], one["unit"]) for one in found][:2] == [(3.1, "kg"), (2.9, "kW")]
    assert [one["label"] for one in found][:2] == ["mass", "power"]
    assert all(sum(one["probabilities"].values()) == pytest.approx(1) for one in found)
    with pytest.raises(UnfitRow, match="row 1: a sentence was expected in sentence, got '5'"):
        predict(engine, files, "types", [{"sentence": 5, "value": 1, "unit": "V"}])


def test_only_a_model_of_parameters_reads_a_text(engine: Engine, files: FileStore, stored: Store) -> None:
    keep(engine, files, replace(VOLTAGE, data=stored(PEM), algorithm="ridge"))
    with pytest.raises(UnusableModel, match="model pem is of kind prediction; a text needs one of kind parameter"):
        extract(engine, files, "pem", "It gave 5 V.")


def test_the_way_to_a_model_imports_nothing_heavy_before_it_is_asked() -> None:
    heavy = {"sklearn", "skops", "scipy", "numpy", "matplotlib"}
    code = f"import sys, research.ml.algorithms, research.ml.prediction; print(sorted({heavy} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert said.stdout == "[]\n"


def test_without_scikit_learn_it_is_said_what_to_install(
    engine: Engine, files: FileStore, stored: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(engine, files, replace(VOLTAGE, data=stored(PEM), algorithm="ridge"))
    monkeypatch.setitem(sys.modules, "skops", None)
    with pytest.raises(UnusableModel, match=r"install callboard\[science\]"):
        predict(engine, files, "pem", rows_of(PEM)[:1])
