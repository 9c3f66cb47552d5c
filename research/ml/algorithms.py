"""The algorithms that models are trained with; scikit-learn is imported when one is made, not before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from research.ml.hyperparameters import Hyperparameter, completed, problems

KINDS: Final = ("prediction", "classification", "parameter_extraction")

_STRENGTH = Hyperparameter("c", float, 1.0, 1e-4, 1e4, "inverse strength of regularisation")
_BALANCED = Hyperparameter("balanced", bool, True, about="weigh rare classes as much as frequent ones")
_FOREST = (
    Hyperparameter("trees", int, 100, 10, 500, "number of trees"),
    Hyperparameter("max_depth", int, None, 1, 64, "depth of a tree at the most", optional=True),
    Hyperparameter("min_rows_leaf", int, 2, 1, 1000, "rows in a leaf at least"),
    Hyperparameter("feature_share", float, 1.0, 0.01, 1.0, "share of the features that a split looks at"),
)
_BOOSTING = (
    Hyperparameter("rounds", int, 200, 10, 2000, "number of rounds, each adds a tree"),
    Hyperparameter("learning_rate", float, 0.1, 1e-3, 1.0, "weight of each tree"),
    Hyperparameter("max_leaves", int, 31, 2, 255, "leaves of a tree at the most"),
    Hyperparameter("min_rows_leaf", int, 20, 1, 1000, "rows in a leaf at least"),
    Hyperparameter("l2", float, 0.0, 0.0, 1e4, "strength of regularisation"),
)
_TEXT = (
    Hyperparameter("max_terms", int, 5000, 100, 20_000, "terms kept of each text column, the most frequent"),
    Hyperparameter("max_words", int, 2, 1, 3, "words in a term at the most"),
    Hyperparameter("min_rows_term", int, 2, 1, 1000, "rows in which a term must occur"),
)


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One way to train: for numbers or for classes, with or without text, in rounds or in one go.

    `rounds` names the hyperparameter that counts the rounds, and the attribute of the estimator that does.
    """

    name: str
    classes: bool
    make: Callable[[Mapping[str, Any], int], Any]
    own: tuple[Hyperparameter, ...]
    text: bool = False
    rounds: tuple[str, str] | None = None

    @property
    def hyperparameters(self) -> tuple[Hyperparameter, ...]:
        """Everything that may be set."""
        return self.own + (_TEXT if self.text else ())


def _ridge(values: Mapping[str, Any], seed: int) -> Any:
    from sklearn.linear_model import Ridge

    return Ridge(alpha=values["alpha"], random_state=seed)


def _logistic(values: Mapping[str, Any], seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=values["c"], class_weight=_weight(values), max_iter=1000, random_state=seed)


def _linear_svm(values: Mapping[str, Any], seed: int) -> Any:
    from sklearn.svm import LinearSVC

    return LinearSVC(C=values["c"], class_weight=_weight(values), max_iter=5000, random_state=seed)


def _forest(classes: bool) -> Callable[[Mapping[str, Any], int], Any]:
    def make(values: Mapping[str, Any], seed: int) -> Any:
        from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

        return (RandomForestClassifier if classes else RandomForestRegressor)(
            n_estimators=values["trees"],
            max_depth=values["max_depth"],
            min_samples_leaf=values["min_rows_leaf"],
            max_features=values["feature_share"],
            **({"class_weight": _weight(values)} if classes else {}),
            random_state=seed,
        )

    return make


def _boosting(classes: bool) -> Callable[[Mapping[str, Any], int], Any]:
    def make(values: Mapping[str, Any], seed: int) -> Any:
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

        return (HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor)(
            max_iter=values["rounds"],
            learning_rate=values["learning_rate"],
            max_leaf_nodes=values["max_leaves"],
            min_samples_leaf=values["min_rows_leaf"],
            l2_regularization=values["l2"],
            early_stopping=False,
            **({"class_weight": _weight(values)} if classes else {}),
            random_state=seed,
        )

    return make


def _weight(values: Mapping[str, Any]) -> str | None:
    return "balanced" if values["balanced"] else None


_TREES, _ROUNDS = ("trees", "n_estimators"), ("rounds", "max_iter")
_ALPHA = Hyperparameter("alpha", float, 1.0, 1e-6, 1e6, "strength of regularisation")
REGRESSORS: Final = (
    Algorithm("gradient_boosting", False, _boosting(False), _BOOSTING, rounds=_ROUNDS),
    Algorithm("random_forest", False, _forest(False), _FOREST, rounds=_TREES),
    Algorithm("ridge", False, _ridge, (_ALPHA,), text=True),
)
CLASSIFIERS: Final = (
    Algorithm("logistic", True, _logistic, (_STRENGTH, _BALANCED), text=True),
    Algorithm("linear_svm", True, _linear_svm, (_STRENGTH, _BALANCED), text=True),
    Algorithm("gradient_boosting", True, _boosting(True), (*_BOOSTING, _BALANCED), rounds=_ROUNDS),
    Algorithm("random_forest", True, _forest(True), (*_FOREST, _BALANCED), rounds=_TREES),
)
# The first of each is the one that is taken when none is named.
OF_KIND: Final[dict[str, tuple[Algorithm, ...]]] = {
    "prediction": REGRESSORS,
    "classification": CLASSIFIERS,
    "parameter_extraction": tuple(one for one in CLASSIFIERS if one.text),
}


def algorithm(kind: str, name: str | None) -> Algorithm:
    """The algorithm of that name for a kind of model, or the usual one. Raises ValueError for one that it has not."""
    of_kind = {one.name: one for one in OF_KIND[kind]}
    if name is not None and name not in of_kind:
        raise ValueError(f"{name} is no algorithm for {kind}; there are {', '.join(of_kind)}")
    return of_kind[name] if name else OF_KIND[kind][0]


def hyperparameter_problems(kind: str, name: str | None, given: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with the hyperparameters of a call, by name. Raises ValueError as `algorithm` does."""
    return problems(algorithm(kind, name).hyperparameters, given)


def all_hyperparameters(one: Algorithm, given: Mapping[str, Any]) -> dict[str, Any]:
    """Those given and the defaults of the rest."""
    return completed(one.hyperparameters, given)
