"""What may be set on each algorithm: bounds that are kept, names that are known, defaults that fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from research.ml.algorithms import KINDS, OF_KIND, algorithm, all_hyperparameters, hyperparameter_problems

PAGE = Path(__file__).parents[3] / "docs/models.md"
EVERY = [(kind, one) for kind in KINDS for one in OF_KIND[kind]]


@pytest.mark.parametrize(("kind", "one"), EVERY, ids=lambda value: getattr(value, "name", value))
def test_the_defaults_fit_their_own_bounds_and_make_an_estimator(kind: str, one: Any) -> None:
    values = all_hyperparameters(one, {})
    assert hyperparameter_problems(kind, one.name, values) == {}
    assert hasattr(one.make(values, 7), "fit")
    assert one.make(values, 7).random_state == 7


# S2.34
@pytest.mark.parametrize(
    ("name", "given", "problem"),
    [
        ("gradient_boosting", {"rounds": 9}, "expected a whole number from 10 to 2000, got 9"),
        ("gradient_boosting", {"rounds": 50.0}, "expected a whole number from 10 to 2000, got 50.0"),
        ("gradient_boosting", {"rounds": True}, "expected a whole number from 10 to 2000, got True"),
        ("gradient_boosting", {"learning_rate": float("nan")}, "expected a number from 0.001 to 1, got nan"),
        ("gradient_boosting", {"max_depth": 3}, "is unknown; known are rounds, learning_rate, max_leaves"),
        ("random_forest", {"max_depth": "deep"}, "expected a whole number from 1 to 64 or null, got 'deep'"),
        ("ridge", {"alpha": None}, "expected a number from 1e-06 to 1e+06, got None"),
    ],
)
def test_a_hyperparameter_that_does_not_fit_is_named_with_what_was_expected(
    name: str, given: dict[str, Any], problem: str
) -> None:
    ((field, said),) = hyperparameter_problems("prediction", name, given).items()
    assert field in given
    assert said.startswith(problem)


def test_a_kind_knows_its_own_algorithms_only() -> None:
    with pytest.raises(ValueError, match="ridge is no algorithm for classification; there are logistic, linear_svm"):
        algorithm("classification", "ridge")
    assert [algorithm(kind, None).name for kind in KINDS] == ["gradient_boosting", "logistic", "logistic"]


@pytest.mark.parametrize(("kind", "one"), EVERY, ids=lambda value: getattr(value, "name", value))
def test_the_page_lists_every_hyperparameter_with_its_bounds_and_default(kind: str, one: Any) -> None:
    page = PAGE.read_text(encoding="utf-8")
    for each in one.hyperparameters:
        default = (
            {None: "null", True: "true"}.get(each.default)
            if each.type is bool or each.default is None
            else f"{each.default:g}"
        )
        assert f"`{each.name}` | {each.expected()} | {default} |" in page
