"""Train a model: judge it on folds and on rows held out, against a baseline, and say so in numbers and pictures."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from research.ml.algorithms import Algorithm, algorithm, all_hyperparameters
from research.ml.errors import UntrainableData
from research.ml.metrics import Metrics, baseline, measure, scores, summary
from research.ml.pipeline import fit_pipeline, make_pipeline
from research.ml.recipe import Recipe
from research.ml.splitting import folds, hold_out
from research.ml.table import Table, build_table
from research.ml.threads import one_thread

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np

LIBRARIES: Final = ("scikit-learn", "numpy", "scipy", "skops")
Progress = Callable[[float, float, str], None]


@dataclass(frozen=True)
class Training:
    """A trained pipeline with its table, its metrics and its pictures as PNG; `remarks` are warnings it gave."""

    algorithm: Algorithm
    hyperparameters: dict[str, Any]
    table: Table
    pipeline: Any
    metrics: dict[str, Any]
    plots: dict[str, bytes]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class _Run:
    """One training under way: what it works on and whom it tells how far it is."""

    recipe: Recipe
    algorithm: Algorithm
    values: dict[str, Any]
    table: Table
    progress: Progress

    def fit(self, rows: np.ndarray, step: int, name: str) -> Any:
        """A pipeline fitted to these rows, as one step of the whole."""
        target = self.table.target[rows]
        if self.recipe.classes and len(set(target)) < 2:
            raise UntrainableData(f"{name}: only one class is among the rows to learn from; take other `groups`")
        pipeline = make_pipeline(self.algorithm, self.table.columns, self.values, self.recipe.seed)

        def said(done: int, of: int) -> None:
            self.progress(step + done / of, self.steps, f"{name}, round {done} of {of}")

        self.progress(step, self.steps, name)
        try:
            return fit_pipeline(pipeline, self.algorithm, self.table.cells[rows], target, said)
        except ValueError as error:  # by which scikit-learn says what it cannot work with
            raise UntrainableData(f"{name}: {error}") from error

    def measure(self, model: Any, rows: np.ndarray) -> Metrics:
        """The metrics of a model on these rows."""
        return measure(model, self.table.cells[rows], self.table.target[rows], classes=len(self.table.classes))

    @property
    def steps(self) -> int:
        """Load, the folds, fit, plot, store."""
        return self.recipe.folds + 4


def train(recipe: Recipe, rows: Iterable[Mapping[str, Any]], progress: Progress) -> Training:
    """Train a model as a recipe says; with the same recipe, rows and versions the result is the same.

    `progress(done, all, step)` may raise to stop it: between folds, and between some rounds. The model is fitted to
    the rows that are not held out, so that the metrics of the held-out ones are those of this very model.
    Raises UntrainableData.
    """
    chosen = algorithm(recipe.kind, recipe.algorithm)
    progress(0, recipe.folds + 4, "load")
    table = build_table(recipe, chosen, rows)
    run = _Run(recipe, chosen, all_hyperparameters(chosen, recipe.hyperparameters), table, progress)
    with one_thread(), _heard() as remarks:
        learn, test = hold_out(recipe, table.target, table.groups)
        judged = _judged_on_folds(run, learn)
        model = run.fit(learn, recipe.folds + 1, "fit")
        metrics = {
            "folds": judged,
            "mean": summary(judged),
            "held_out": run.measure(model, test),
            "baseline": baseline(table.target[learn], table.target[test], classes=len(table.classes)),
            "rows": {"learned": len(learn), "held_out": len(test)},
        }
        progress(recipe.folds + 2, run.steps, "plot")
        plots = _plots(run, model, test)
    return Training(chosen, run.values, table, model, metrics, plots, tuple(dict.fromkeys(remarks)))


def _judged_on_folds(run: _Run, learn: np.ndarray) -> list[Metrics]:
    target, groups = run.table.target[learn], run.table.groups
    judged = []
    for n, (fit, test) in enumerate(folds(run.recipe, target, None if groups is None else groups[learn]), 1):
        model = run.fit(learn[fit], n, f"fold {n} of {run.recipe.folds}")
        judged.append(run.measure(model, learn[test]))
    return judged


def _plots(run: _Run, model: Any, test: np.ndarray) -> dict[str, bytes]:
    from research.ml.plots import plots_of_classes, plots_of_numbers

    cells, target = run.table.cells[test], run.table.target[test]
    if not run.recipe.classes:
        return plots_of_numbers(target, model.predict(cells), run.recipe.target)
    return plots_of_classes(target, model.predict(cells), scores(model, cells), run.table.classes)


def libraries() -> dict[str, str]:
    """The versions of what a model depends on."""
    return {name: version(name) for name in LIBRARIES}


@contextmanager
def _heard() -> Iterator[list[str]]:
    """The warnings of scikit-learn in words, such as that an algorithm did not converge."""
    heard: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # Its reason is data that change between rounds, and ours do not.
        warnings.filterwarnings("ignore", "class_weight presets")
        yield heard
    heard += [" ".join(str(one.message).split())[:300] for one in caught]
