"""A pipeline of scikit-learn: cells are prepared inside it, so that nothing of held-out rows is learned."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from research.ml.algorithms import Algorithm
from research.ml.columns import Column

if TYPE_CHECKING:
    import numpy as np

ROUNDS_AT_ONCE: Final = 20
CATEGORIES_KEPT: Final = 30


def make_pipeline(algorithm: Algorithm, columns: Sequence[Column], values: Mapping[str, Any], seed: int) -> Any:
    """An unfitted pipeline that takes an object array of the columns in this order.

    Numbers: the median for a missing one and a mark that it was missing, then scaled. Categories: one column each, the
    rare ones together. Text: TF-IDF of words and phrases (Salton and Buckley, Inf. Process. Manag. 24 (1988) 513).
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline

    of_role = {role: [n for n, c in enumerate(columns) if c.role == role] for role in ("number", "category", "text")}
    parts: list[tuple[str, Any, Any]] = []
    if of_role["number"]:
        parts.append(("numbers", _numbers(), of_role["number"]))
    if of_role["category"]:
        parts.append(("categories", _categories(sparse=algorithm.text), of_role["category"]))
    parts += [(f"text {n}", _text(values), n) for n in of_role["text"]]
    prepare = ColumnTransformer(parts, sparse_threshold=0.3 if algorithm.text else 0)
    return Pipeline([("prepare", prepare), ("model", algorithm.make(values, seed))])


def _numbers() -> Any:
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    fill = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    return Pipeline([("fill", fill), ("scale", StandardScaler())])


def _categories(*, sparse: bool) -> Any:
    from sklearn.preprocessing import OneHotEncoder

    return OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=CATEGORIES_KEPT, sparse_output=sparse)


def _text(values: Mapping[str, Any]) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        sublinear_tf=True,
        strip_accents="unicode",
        min_df=values["min_rows_term"],
        ngram_range=(1, values["max_words"]),
        max_features=values["max_terms"],
    )


def fit_pipeline(
    pipeline: Any, algorithm: Algorithm, cells: np.ndarray, target: np.ndarray, said: Callable[[int, int], None]
) -> Any:
    """Fit a pipeline in place and return it; where it is fitted in rounds, `said(done, all)` is called between some.

    The rounds go on where the last ones stopped, so the result is that of one go.
    """
    if algorithm.rounds is None:
        return pipeline.fit(cells, target)
    estimator, attribute = pipeline[-1], algorithm.rounds[1]
    prepared = pipeline[:-1].fit_transform(cells, target)
    every = getattr(estimator, attribute)
    estimator.set_params(warm_start=True)
    for done in [*range(ROUNDS_AT_ONCE, every, ROUNDS_AT_ONCE), every]:
        estimator.set_params(**{attribute: done}).fit(prepared, target)
        said(done, every)
    return pipeline
