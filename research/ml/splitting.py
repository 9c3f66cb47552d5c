"""Which rows a model learns from and which it is judged by: repeatable, rows that belong together on one side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from research.ml.errors import UntrainableData
from research.ml.recipe import Recipe

if TYPE_CHECKING:
    import numpy as np


def hold_out(recipe: Recipe, target: np.ndarray, groups: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of the rows to learn from and of those held out until the end. Raises UntrainableData."""
    from sklearn import model_selection

    share, seed = recipe.test_share, recipe.seed
    if groups is not None and recipe.classes:
        # Whole groups, and yet each class in its share: one fold of as many as the share asks for.
        folds = min(round(1 / share), len(set(groups)))
        splitter = model_selection.StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    elif groups is not None:
        splitter = model_selection.GroupShuffleSplit(1, test_size=share, random_state=seed)
    elif recipe.classes:
        splitter = model_selection.StratifiedShuffleSplit(1, test_size=share, random_state=seed)
    else:
        splitter = model_selection.ShuffleSplit(1, test_size=share, random_state=seed)
    learn, test = next(_divided(splitter, target, groups))
    return learn, test


def folds(recipe: Recipe, target: np.ndarray, groups: np.ndarray | None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The folds of the rows to learn from: in each, the rows to fit and the rows to judge by.

    Raises UntrainableData.
    """
    from sklearn import model_selection

    if groups is not None:
        of = model_selection.StratifiedGroupKFold if recipe.classes else model_selection.GroupKFold
    else:
        of = model_selection.StratifiedKFold if recipe.classes else model_selection.KFold
    splitter = of(recipe.folds, shuffle=True, random_state=recipe.seed)
    yield from _divided(splitter, target, groups)


def _divided(splitter: Any, target: np.ndarray, groups: np.ndarray | None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    try:
        yield from splitter.split(target, target, groups)
    except ValueError as error:  # by which scikit-learn says that there are too few of something
        raise UntrainableData(f"the rows cannot be divided to judge a model by some of them: {error}") from error
