"""Training is repeatable, learns nothing from rows held out, and beats a baseline on real tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from research.ml.algorithms import algorithm, all_hyperparameters
from research.ml.errors import UntrainableData
from research.ml.metrics import scores
from research.ml.pipeline import fit_pipeline, make_pipeline
from research.ml.recipe import Recipe
from research.ml.splitting import folds, hold_out
from research.ml.table import build_table
from research.ml.threads import one_thread
from research.ml.training import train
from tests.research.ml.conftest import CONDITIONS, PEM, VOLTAGE, rows_of, trained

SCREENING = Recipe("classification", "s", "screening.csv", "label_included", ("title", "type"), folds=2)
MENTIONS = Recipe("parameter_extraction", "q", "quantity-mentions.csv", "type", folds=2)


# S2.34
@pytest.mark.parametrize("name", ["gradient_boosting", "random_forest", "ridge"])
def test_each_algorithm_tells_the_voltage_of_a_fuel_cell_better_than_its_mean(name: str) -> None:
    few = {"gradient_boosting": {"rounds": 60}, "random_forest": {"trees": 20}}.get(name, {})
    metrics = trained(replace(VOLTAGE, algorithm=name, hyperparameters=few)).metrics
    assert metrics["held_out"]["r2"] > 0.85
    assert metrics["held_out"]["rmse"] < 0.5 * metrics["baseline"]["rmse"]
    assert abs(metrics["baseline"]["r2"]) < 0.05
    assert metrics["mean"]["r2"]["mean"] == pytest.approx(np.mean([fold["r2"] for fold in metrics["folds"]]))


# S2.34
def test_rare_papers_are_found_by_their_titles_better_than_by_chance() -> None:
    made = trained(SCREENING)
    held_out, baseline = made.metrics["held_out"], made.metrics["baseline"]
    assert made.table.classes == ("0", "1")
    assert held_out["roc_auc"] > 0.7
    assert held_out["average_precision"] > 2 * baseline["average_precision"]
    assert held_out["balanced_accuracy"] > 0.6
    assert (baseline["balanced_accuracy"], baseline["roc_auc"]) == (0.5, 0.5)
    assert set(made.plots) == {"confusion", "roc", "precision_recall"}
    assert all(png.startswith(b"\x89PNG") for png in made.plots.values())


# S2.34
def test_the_type_of_a_quantity_is_told_from_its_sentence_and_unit() -> None:
    made = trained(MENTIONS)
    assert made.metrics["held_out"]["accuracy"] > 2 * made.metrics["baseline"]["accuracy"]
    assert len(made.table.classes) > 8
    assert "of 4 that have fewer than 3" in made.table.left_out["rows of rare parameters"]


def test_the_same_recipe_gives_the_same_metrics_and_another_seed_others() -> None:
    recipe = replace(VOLTAGE, hyperparameters={"rounds": 20})
    first, again, other = trained(recipe), trained(recipe), trained(replace(recipe, seed=1))
    assert first.metrics == again.metrics
    assert first.table.fingerprint == again.table.fingerprint
    assert (first.pipeline.predict(first.table.cells) == again.pipeline.predict(first.table.cells)).all()
    assert other.metrics != first.metrics


@pytest.mark.parametrize("name", ["gradient_boosting", "random_forest"])
def test_rounds_in_stages_end_where_all_at_once_do(name: str) -> None:
    chosen = algorithm("prediction", name)
    assert chosen.rounds
    values = all_hyperparameters(chosen, {chosen.rounds[0]: 50})
    table = build_table(VOLTAGE, chosen, rows_of(PEM))
    heard: list[tuple[int, int]] = []
    staged = make_pipeline(chosen, table.columns, values, 3)
    with one_thread():
        fit_pipeline(staged, chosen, table.cells, table.target, lambda *at: heard.append(at))
        whole = make_pipeline(chosen, table.columns, values, 3).fit(table.cells, table.target)
    assert (staged.predict(table.cells) == whole.predict(table.cells)).all()
    assert heard == [(20, 50), (40, 50), (50, 50)]


def test_what_cells_are_filled_and_scaled_with_comes_from_the_rows_learned_from_alone() -> None:
    rows: list[Mapping[str, Any]] = [{"x": n, "y": n % 10} for n in range(100)]
    recipe = Recipe("prediction", "m", "lab", "y", ("x",), algorithm="ridge", folds=2)
    made = trained(recipe, rows)
    learn, _ = hold_out(recipe, made.table.target, None)
    numbers = made.pipeline[0].named_transformers_["numbers"]
    assert numbers["fill"].statistics_ == [np.median(learn)]
    assert numbers["scale"].mean_ == [pytest.approx(np.mean(learn))]


@pytest.mark.parametrize("kind", ["prediction", "classification"])
def test_rows_that_belong_together_are_never_on_both_sides(kind: str) -> None:
    recipe = replace(VOLTAGE, kind=kind, groups=CONDITIONS, folds=4)
    groups = np.arange(200) // 10
    target = np.arange(200) % 3
    for learn, test in [hold_out(recipe, target, groups), *folds(recipe, target, groups)]:
        assert not set(groups[learn]) & set(groups[test])
        assert len(test) > 0


def test_rows_that_cannot_be_divided_are_refused_in_words() -> None:
    classes, numbers = replace(VOLTAGE, kind="classification"), replace(VOLTAGE, folds=5)
    with pytest.raises(UntrainableData, match=r"cannot be divided .* the number of classes = 20"):
        hold_out(classes, np.arange(60) % 20, None)
    with pytest.raises(UntrainableData, match=r"cannot be divided .* number of groups: 4"):
        list(folds(numbers, np.arange(40), np.arange(40) // 10))


def test_numbers_of_one_sentence_are_kept_together_without_being_asked() -> None:
    table = build_table(MENTIONS, algorithm(MENTIONS.kind, None), rows_of(MENTIONS.data))
    assert table.groups is not None
    assert 20 < len(set(table.groups)) < len(table.target)


def test_a_training_stops_where_its_progress_says_so() -> None:
    heard: list[str] = []

    class Stopped(Exception):
        """Raised to stop a training, as a cancel does."""

    def progress(_done: float, _all: float, step: str) -> None:
        heard.append(step)
        if step.startswith("fold 2 of 2, round 40"):
            raise Stopped

    with pytest.raises(Stopped):
        train(replace(VOLTAGE, hyperparameters={"rounds": 100}), rows_of(PEM), progress)
    assert heard[:3] == ["load", "fold 1 of 2", "fold 1 of 2, round 20 of 100"]
    assert heard[-1] == "fold 2 of 2, round 40 of 100"


def test_groups_that_are_classes_leave_nothing_to_tell_apart() -> None:
    rows = [{"x": n % 7, "y": "a" if n < 90 else "b", "g": n // 10} for n in range(100)]
    with pytest.raises(UntrainableData, match="only one class is among the rows to learn from; take other `groups`"):
        trained(Recipe("classification", "m", "lab", "y", ("x",), ("g",), folds=2), rows)


def test_what_scikit_learn_cannot_work_with_is_no_reason_to_try_again() -> None:
    rows = [{"note": f"w{n}a w{n}b w{n}c w{n}d w{n}e", "y": n} for n in range(40)]
    with pytest.raises(UntrainableData, match="fold 1 of 2: After pruning, no terms remain"):
        trained(Recipe("prediction", "m", "lab", "y", ("note",), algorithm="ridge", folds=2), rows)


def test_a_model_without_probabilities_is_judged_by_its_margins() -> None:
    made = trained(replace(SCREENING, algorithm="linear_svm"))
    assert scores(made.pipeline, made.table.cells[:3]).shape == (3, 1)
    assert made.metrics["held_out"]["roc_auc"] > 0.7
