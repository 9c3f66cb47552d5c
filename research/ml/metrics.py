"""How good a model is, and how good one would be that looks at no feature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean, pstdev
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

Metrics = dict[str, float | None]


def measure(model: Any, cells: np.ndarray, target: np.ndarray, *, classes: int) -> Metrics:
    """The metrics of a fitted model on rows; None for one that these rows cannot tell.

    Numbers: r2, mean absolute and root mean square error, in the unit of the target. Classes: accuracy, balanced
    accuracy (mean recall), F1 (mean over classes), area under the ROC curve, average precision; the last two of the
    rarer class where there are two, else the mean over the classes.
    """
    if not classes:
        return _of_numbers(target, model.predict(cells))
    return _of_classes(target, model.predict(cells), scores(model, cells), classes)


def scores(model: Any, cells: np.ndarray) -> np.ndarray:
    """How much each class is favoured: an array of (rows, classes), or (rows, 1) for the second of two."""
    if hasattr(model, "predict_proba"):
        found: np.ndarray = model.predict_proba(cells)
        return found[:, 1:] if found.shape[1] == 2 else found
    found = model.decision_function(cells)
    return found.reshape(len(found), -1)


def _of_numbers(target: np.ndarray, predicted: np.ndarray) -> Metrics:
    from sklearn import metrics

    return {
        "r2": float(metrics.r2_score(target, predicted)) if len(target) > 1 else None,
        "mae": float(metrics.mean_absolute_error(target, predicted)),
        "rmse": float(metrics.root_mean_squared_error(target, predicted)),
    }


def _of_classes(target: np.ndarray, predicted: np.ndarray, favoured: np.ndarray, classes: int) -> Metrics:
    import numpy as np
    from sklearn import metrics

    # Only classes that occur: a recall of what is not there is no number.
    there = np.unique(target)
    macro = {"labels": there, "average": "macro", "zero_division": 0}
    ranked: Metrics = {"roc_auc": None, "average_precision": None}
    if len(there) > 1 and (classes == 2 or favoured.shape[1] == classes):
        truth = (target == 1) if classes == 2 else (target[:, None] == there)
        of_there = favoured[:, 0] if classes == 2 else favoured[:, there]
        ranked["roc_auc"] = float(metrics.roc_auc_score(truth, of_there))
        ranked["average_precision"] = float(metrics.average_precision_score(truth, of_there))
    return {
        "accuracy": float(metrics.accuracy_score(target, predicted)),
        "balanced_accuracy": float(metrics.recall_score(target, predicted, **macro)),
        "f1": float(metrics.f1_score(target, predicted, **macro)),
        **ranked,
    }


def baseline(learn: np.ndarray, test: np.ndarray, *, classes: int) -> Metrics:
    """The metrics on `test` of a model that always says the mean, or the most frequent class, of `learn`."""
    import numpy as np
    from sklearn.dummy import DummyClassifier, DummyRegressor

    dummy = DummyClassifier(strategy="prior") if classes else DummyRegressor()
    dummy.fit(np.zeros((len(learn), 1)), learn)
    return measure(dummy, np.zeros((len(test), 1)), test, classes=classes)


def summary(folds: Sequence[Mapping[str, float | None]]) -> dict[str, dict[str, float]]:
    """Mean and standard deviation over the folds of each metric, over those that can tell it."""
    known = {name: [fold[name] for fold in folds if fold[name] is not None] for name in folds[0]}
    return {
        name: {"mean": fmean(found), "std": pstdev(found)}
        for name, values in known.items()
        if (found := [value for value in values if value is not None])
    }
