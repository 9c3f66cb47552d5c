"""Models as files: skops instead of pickle, loaded only by the hash of the record and only from types listed here."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from research.ml.errors import UntrainableData, UnusableModel

MODEL_BYTES: Final = 100_000_000
SCHEMA_BYTES: Final = 200_000_000

# All that our pipelines are made of, and nothing else. skops by itself trusts every estimator of scikit-learn, every
# function of numpy, and what a caller adds; a model of ours needs none of these.
ALLOWED: Final = frozenset(
    (
        "builtins.dict",
        "builtins.list",
        "builtins.slice",
        "builtins.str",
        "builtins.tuple",
        "numpy.dtype",
        "numpy.float64",
        "numpy.int64",
        "numpy.ndarray",
        "numpy.random._generator.Generator",
        "numpy.uint64",
        "sklearn._loss._loss.CyHalfBinomialLoss",
        "sklearn._loss._loss.CyHalfMultinomialLoss",
        "sklearn._loss._loss.CyHalfSquaredError",
        "sklearn._loss.link.IdentityLink",
        "sklearn._loss.link.Interval",
        "sklearn._loss.link.LogitLink",
        "sklearn._loss.link.MultinomialLogit",
        "sklearn._loss.loss.HalfBinomialLoss",
        "sklearn._loss.loss.HalfMultinomialLoss",
        "sklearn._loss.loss.HalfSquaredError",
        "sklearn.compose._column_transformer.ColumnTransformer",
        "sklearn.ensemble._forest.RandomForestClassifier",
        "sklearn.ensemble._forest.RandomForestRegressor",
        "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
        "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingClassifier",
        "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingRegressor",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.feature_extraction.text.TfidfTransformer",
        "sklearn.feature_extraction.text.TfidfVectorizer",
        "sklearn.impute._base.MissingIndicator",
        "sklearn.impute._base.SimpleImputer",
        "sklearn.linear_model._logistic.LogisticRegression",
        "sklearn.linear_model._ridge.Ridge",
        "sklearn.pipeline.Pipeline",
        "sklearn.preprocessing._data.StandardScaler",
        "sklearn.preprocessing._encoders.OneHotEncoder",
        "sklearn.preprocessing._label.LabelEncoder",
        "sklearn.svm._classes.LinearSVC",
        "sklearn.tree._classes.DecisionTreeClassifier",
        "sklearn.tree._classes.DecisionTreeRegressor",
        "sklearn.tree._tree.Tree",
    )
)


def dump_model(pipeline: Any) -> bytes:
    """A fitted pipeline as the content of a file. Raises UntrainableData for one that is too big to be kept."""
    import skops.io

    for part in getattr(pipeline[0], "named_transformers_", {}).values():
        if hasattr(part, "vocabulary_"):
            # As numpy's integers each would become a file of its own within the file: 15 s instead of 0.4 s.
            part.vocabulary_ = {term: int(place) for term, place in part.vocabulary_.items()}
    content: bytes = skops.io.dumps(pipeline, compression=zipfile.ZIP_DEFLATED)
    if len(content) > MODEL_BYTES:
        raise UntrainableData(
            f"the model takes {len(content):,} bytes, {MODEL_BYTES:,} at most are kept: choose fewer or smaller trees"
        )
    return content


def load_model(path: Path, sha256: str) -> Any:
    """The pipeline in a file. Raises UnusableModel unless it is the very file that was stored, of listed types only.

    The hash comes first: the arrays of a tree lead scikit-learn through memory unchecked, so that even listed types
    can harm when their content was made by somebody else.
    """
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise UnusableModel("the file of the model is not the one that was stored: train it again")
    return load_content(content)


def load_content(content: bytes) -> Any:
    """The pipeline in the content of a file. Raises UnusableModel for anything that is not on the list of types."""
    import skops.io

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if archive.getinfo("schema.json").file_size > SCHEMA_BYTES:
                raise UnusableModel("the file of the model is bigger inside than any model is")
            schema = json.loads(archive.read("schema.json"))
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise UnusableModel(f"the file is no model in the format of skops: {error}") from None
    if strange := sorted(set(named_types(schema)) - ALLOWED):
        raise UnusableModel(f"the file of the model names types that no model of ours has: {', '.join(strange)[:300]}")
    return skops.io.loads(content, trusted=sorted(ALLOWED))


def named_types(state: Any) -> Iterator[str]:
    """Every type that the description of an object names, of which loading would import it."""
    todo = [state]
    while todo:
        part = todo.pop()
        if isinstance(part, dict):
            if "__class__" in part or "__module__" in part:
                yield f"{part.get('__module__')}.{part.get('__class__')}"
            todo += part.values()
        elif isinstance(part, list):
            todo += part
