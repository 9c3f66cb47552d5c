"""Experiments in the database: replaced as a whole, on SQLite and on PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from callboard.history.database import reading, writing
from callboard.jobs.errors import Transient
from research.experiments import shelf
from research.experiments.errors import UnknownExperiment
from research.experiments.evaluate import evaluate
from research.experiments.intake import take_in
from research.experiments.models import ReadingRow
from research.experiments.readings import Wishes
from research.files import FileStore
from tests.research.experiments.files import PEM, PEM_NOTES, SOIL


def quiet(done: float, total: float, step: str) -> None:
    """Progress that nobody follows."""


def take(engine: Engine, folder: Path, path: Path, progress: Any = quiet) -> dict[str, Any]:
    stored = FileStore(folder).put_path(path)
    notes = PEM_NOTES if path == PEM else None
    return take_in(engine, path, stored, experiment_id="x", title=None, wishes=Wishes(), notes=notes, progress=progress)


def rows_in(engine: Engine) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(ReadingRow)) or 0


def test_a_second_file_replaces_readings_and_metrics_of_the_first(database: Engine, tmp_path: Path) -> None:
    take(database, tmp_path, SOIL)
    evaluate(database, "x", None, {}, quiet)
    take(database, tmp_path, PEM)
    experiment, readings = shelf.load_readings(database, "x")
    assert (experiment.file, experiment.readings, len(readings.lines), rows_in(database)) == (PEM.name, 139, 139, 139)
    assert readings.values[1][:2].tolist() == pytest.approx([0.26, 0.31])
    assert readings.lines[:2].tolist() == [2, 3]
    with reading(database) as session:
        assert shelf.metrics_of(session, "x") == []


def test_what_stops_half_way_leaves_the_readings_that_were_there(database: Engine, tmp_path: Path) -> None:
    take(database, tmp_path, SOIL)

    def stop(done: float, total: float, step: str) -> None:
        if step == "store":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take(database, tmp_path, PEM, stop)
    experiment, readings = shelf.load_readings(database, "x")
    assert (experiment.file, len(readings.lines), rows_in(database)) == (SOIL.name, 430, 430)


def test_of_two_jobs_at_once_the_one_whose_readings_were_taken_away_tries_again(
    database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = shelf.write_readings

    def interrupted(engine: Engine, *args: Any) -> None:
        written(engine, *args)
        monkeypatch.setattr("research.experiments.intake.write_readings", written)
        take(engine, tmp_path, SOIL)

    monkeypatch.setattr("research.experiments.intake.write_readings", interrupted)
    with pytest.raises(Transient, match="replaced by another job"):
        take(database, tmp_path, PEM)
    assert (shelf.load_readings(database, "x")[0].file, rows_in(database)) == (SOIL.name, 430)


def test_an_experiment_is_deleted_with_all_that_is_known_of_it(database: Engine, tmp_path: Path) -> None:
    take(database, tmp_path, SOIL)
    evaluate(database, "x", None, {}, quiet)
    with writing(database) as session:
        assert shelf.delete_experiment(session, "x")
        assert not shelf.delete_experiment(session, "x")
    assert rows_in(database) == 0
    with pytest.raises(UnknownExperiment, match="no experiment has the id 'x': process its results first"):
        evaluate(database, "x", None, {}, quiet)
