"""Models are files without code: every algorithm comes back as it was, and what somebody planted is never loaded."""

from __future__ import annotations

import functools
import hashlib
import io
import json
import os
import pickle
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import skops.io
from sklearn.dummy import DummyClassifier
from sklearn.preprocessing import FunctionTransformer

from research.ml.algorithms import OF_KIND
from research.ml.errors import UntrainableData, UnusableModel
from research.ml.model_file import MODEL_BYTES, dump_model, load_content, load_model
from research.ml.recipe import Recipe
from tests.research.ml.conftest import trained

FEW = {"random_forest": {"trees": 10}, "gradient_boosting": {"rounds": 10}}
ROWS = [
    {
        "size": n / 3 if n % 5 else None,
        "colour": ("red", "blue", "")[n % 3],
        "note": f"a cell that was {('warm', 'cold')[n % 2]} in run {n}",
        "y": n % 3,
        "z": n % 2,
    }
    for n in range(60)
]


@pytest.mark.parametrize(
    ("kind", "name", "target"),
    [("prediction", one.name, "y") for one in OF_KIND["prediction"]]
    + [("classification", one.name, target) for one in OF_KIND["classification"] for target in "yz"],
)
def test_every_algorithm_comes_back_from_its_file_as_it_was(kind: str, name: str, target: str) -> None:
    features = ("size", "colour", "note") if name in ("ridge", "logistic", "linear_svm") else ("size", "colour")
    made = trained(Recipe(kind, "m", "lab", target, features, (), name, FEW.get(name, {}), folds=2), ROWS)
    again = load_content(dump_model(made.pipeline))
    assert (again.predict(made.table.cells) == made.pipeline.predict(made.table.cells)).all()


class Planted:
    """Runs a command when it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self.canary}",)


def named(module: str, name: str, loader: str, **more: Any) -> bytes:
    """A file in the format of skops that names a type of somebody else's."""
    schema = {"__module__": module, "__class__": name, "__loader__": loader, "__id__": 1, "protocol": 2, **more}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("schema.json", json.dumps(schema))
    return content.getvalue()


# X8
def test_nothing_planted_in_the_place_of_a_model_is_run_or_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = tmp_path / "canary"
    (tmp_path / "planted.py").write_text(f"open({str(canary)!r}, 'w')\nclass Thing: pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    run = functools.partial(os.system, f"touch {canary}")
    for content in (
        pickle.dumps(Planted(canary)),
        named("planted", "Thing", "ObjectNode"),
        named("planted", "Thing", "TypeNode"),
        named("posix", "system", "FunctionNode", content=""),
        named("builtins", "eval", "ConstructorFromReduceNode", content={}),
        skops.io.dumps(FunctionTransformer(run)),
        b"PK\x03\x04 but no archive",
        b"",
    ):
        with pytest.raises(
            UnusableModel, match=r"no model in the format of skops|names types that no model of ours has"
        ):
            load_content(content)
    assert not canary.exists()
    assert "planted" not in sys.modules


def test_what_skops_trusts_and_no_model_of_ours_has_is_refused() -> None:
    with pytest.raises(UnusableModel, match=r"no model of ours has: .*sklearn\.dummy\.DummyClassifier"):
        load_content(skops.io.dumps(DummyClassifier()))


def test_a_file_of_listed_types_that_is_not_the_stored_one_is_refused(tmp_path: Path) -> None:
    recipe = Recipe("prediction", "m", "lab", "y", ("size",), (), "ridge", folds=2)
    content = dump_model(trained(recipe, ROWS).pipeline)
    path = tmp_path / "model"
    path.write_bytes(content)
    assert load_model(path, hashlib.sha256(content).hexdigest())
    path.write_bytes(dump_model(trained(replace(recipe, seed=1), ROWS).pipeline))
    with pytest.raises(UnusableModel, match="not the one that was stored: train it again"):
        load_model(path, hashlib.sha256(content).hexdigest())


def test_a_model_too_big_to_be_kept_is_refused_with_what_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(skops.io, "dumps", lambda *_, **__: bytes(MODEL_BYTES + 1))
    with pytest.raises(UntrainableData, match="choose fewer or smaller trees"):
        dump_model([None])
