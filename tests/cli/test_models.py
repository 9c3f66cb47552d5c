"""models and predict: what was trained, how good it is, and what it says."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from callboard.history.database import connect
from callboard.history.schema import HISTORY
from callboard.jobs.settings import Settings, load_settings
from cli.model_stores import model_stores
from research.files import FileStore
from research.ml.keeping import train_and_keep
from research.ml.recipe import Recipe
from research.schema import RESEARCH
from tests.cli.conftest import Command

DATA = Path(__file__).parents[1] / "data/ml"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two versions of a model, stored as their jobs do it."""
    settings = replace(Settings(), home=tmp_path_factory.mktemp("trained"))
    for schema in (HISTORY, RESEARCH):
        schema.upgrade(settings.sql_url)
    engine, files = connect(settings.sql_url), FileStore(settings.files_folder)
    pem = files.put_path(DATA / "pem-nafion112.csv").reference
    features = ("current_density", "pressure")
    recipe = Recipe("prediction", "pem", pem, "cell_voltage", features, algorithm="ridge", folds=2)
    for job in ("a", "b"):
        train_and_keep(engine, files, recipe, job_id=job, progress=lambda *_: None)
    engine.dispose()
    return settings.home


@pytest.fixture(autouse=True)
def models(callboard: Command, trained: Path) -> None:
    """The home of this test is a copy of that one."""
    shutil.copytree(trained, load_settings().home, dirs_exist_ok=True)


# S2.34
def test_a_model_is_asked_about_words_and_about_the_rows_of_a_file(callboard: Command, tmp_path: Path) -> None:
    one = callboard("predict", "pem", "current_density=400", "pressure=15", "--json").json()
    ((name, value),) = one["predictions"][0].items()
    assert name == "value"
    assert 0.4 < value < 0.7
    (tmp_path / "rows.csv").write_text("current_density,pressure,note\n400,15,a\n900,,b\n")
    rows = callboard("predict", "pem", "--rows", str(tmp_path / "rows.csv"), "--version", "1")
    assert float(rows.lines()[0][0]) == pytest.approx(value)
    assert float(rows.lines()[1][0]) < value


def test_what_a_model_cannot_answer_ends_in_words_and_the_right_code(callboard: Command) -> None:
    lacking = callboard("predict", "pem", "current_density=400")
    assert (lacking.code, lacking.err) == (
        2,
        "callboard: row 1 lacks pressure; model pem needs current_density, pressure\n",
    )
    unknown = callboard("predict", "pen", "pressure=1")
    assert (unknown.code, unknown.err) == (3, 'callboard: model "pen" is unknown; there are pem\n')
    assert callboard("predict", "pem").code == 2
    assert "kind prediction; a text needs" in callboard("predict", "pem", "--text", "It gave 5 V.").err


def test_models_are_listed_with_their_score_and_shown_with_their_baseline(callboard: Command) -> None:
    listed = callboard("models", "--json").json()["models"]
    assert [(one["name"], one["version"]) for one in listed] == [("pem", 2), ("pem", 1)]
    assert listed[0]["score"] == round(listed[0]["metrics"]["held_out"]["r2"], 3)
    shown = callboard("models", "show", "pem", "--version", "1")
    assert ["features", "current_density (number), pressure (number)"] in shown.lines()
    assert shown.lines()[-3][0] == "r2"


def test_a_model_is_trained_again_and_compared(callboard: Command) -> None:
    again = callboard("models", "reproduce", "pem", "--json")
    assert (again.code, again.json()["same"], again.json()["other_libraries"]) == (0, True, {})


def test_a_deleted_version_takes_its_files_along(callboard: Command) -> None:
    before = callboard("models", "show", "pem", "--version", "1", "--json").json()
    assert callboard("models", "rm", "pem", "--version", "1").code == 2
    assert callboard("models", "rm", "pem", "--version", "1", "--yes", "--json").json()["removed"] == [1]
    _, files = model_stores()
    left = set(files.references())
    assert not left & {before["file"], *before["plots"].values()}
    assert [one["version"] for one in callboard("models", "ls", "--json").json()["models"]] == [2]
