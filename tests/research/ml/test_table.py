"""What becomes of the rows before they are learned from, and which of them cannot be."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from research.ml import rows as rows_module
from research.ml.algorithms import algorithm
from research.ml.columns import Column, label
from research.ml.errors import UntrainableData
from research.ml.recipe import Recipe
from research.ml.table import Table, build_table

NUMBER = Recipe("prediction", "m", "lab", "y")
CLASS = Recipe("classification", "m", "lab", "y", folds=2)


def rows(count: int = 30, **columns: Any) -> list[dict[str, Any]]:
    """Rows with y = 0, 1, 2, … and columns whose cells are told by a function of the number of the row."""
    return [{"x": n % 7, "y": n, **{name: of(n) for name, of in columns.items()}} for n in range(count)]


def built(recipe: Recipe, given: list[dict[str, Any]]) -> Table:
    return build_table(recipe, algorithm(recipe.kind, recipe.algorithm), given)


def test_columns_are_numbers_categories_or_text_and_the_rest_is_left_out_with_a_reason() -> None:
    given = rows(
        count=120,
        size=lambda n: f"{n / 2}" if n % 3 else "",
        colour=lambda n: ("red", "blue", None)[n % 3],
        story=lambda n: f"the cell number {n} was warm and worked well",
        doi=lambda n: f"10.1/{n}",
        same=lambda n: "lab",
        empty=lambda n: None,
        list=lambda n: [n],
    )
    made = built(replace(CLASS, hyperparameters={}), [row | {"y": row["y"] % 2} for row in given])
    assert made.columns == (
        Column("x", "number"),
        Column("size", "number"),
        Column("colour", "category"),
        Column("story", "text"),
    )
    assert set(made.left_out) == {"doi", "same", "empty", "list"}
    assert "120 different short values" in made.left_out["doi"]
    assert math.isnan(made.cells[0, 1])
    assert list(made.cells[2, 2:]) == ["", "the cell number 2 was warm and worked well"]


@pytest.mark.parametrize(
    ("recipe", "given", "problem"),
    [
        (replace(NUMBER, target="z"), rows(), 'the target "z" has no value in lab: all 30 rows lack it'),
        (NUMBER, [], 'the target "y" has no value in lab: there are no rows at all'),
        (NUMBER, rows(19), "19 rows have a target; 20 are needed at least"),
        (NUMBER, [row | {"y": 3} for row in rows()], 'the target "y" is 3 in every row: nothing to predict'),
        (NUMBER, [row | {"y": f"{row['y']} V"} for row in rows()], "must be a number in every row, got '0 V'"),
        (CLASS, [row | {"y": "a"} for row in rows()], 'the target "y" is "a" in every row: two classes are needed'),
        (CLASS, rows(60), 'the target "y" has 60 classes; 50 at most can be told'),
        (CLASS, [row | {"y": row["y"] > 27} for row in rows()], 'class "true" has 2 rows; 3 are needed for 2 folds'),
        (replace(NUMBER, features=("x", "q")), rows(), 'column "q" is not in lab; there are x, y'),
        (replace(NUMBER, features=("x", "y")), rows(), 'the target "y" cannot be a feature as well'),
        (replace(NUMBER, features=("t",)), rows(t=lambda n: None), 'feature "t" cannot be used: it has no value'),
        (replace(NUMBER, groups=("g",)), rows(g=lambda n: n % 3), "g have 3 different values; 6 groups are needed"),
        (
            replace(NUMBER, features=("t",)),
            rows(t=lambda n: f"{n} is a number in a text"),
            "it is text, which gradient_boosting cannot read; ridge, logistic and linear_svm can",
        ),
        (NUMBER, [{"y": n} for n in range(30)], "no column of lab can be a feature: there is none beside the target"),
        (NUMBER, [*rows(), {"y": 30, "a\0": 1}], "column 'a\\x00' has characters in its name"),
        (
            Recipe("parameter_extraction", "m", "lab", "name"),
            [{"name": "x", "sentence": "It is 5 V.", "value": "high"} for _ in range(30)],
            "row 1 of those with a target: a number was expected in value, got 'high'",
        ),
    ],
)
def test_what_no_model_can_learn_from_is_refused_in_words(recipe: Recipe, given: Any, problem: str) -> None:
    with pytest.raises(UntrainableData) as refused:
        built(recipe, given)
    assert problem in str(refused.value)


def test_a_table_over_its_limits_is_refused_before_it_is_all_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UntrainableData, match="more than 200 columns"):
        built(NUMBER, [{"y": n, f"x{n}": n} for n in range(200)])
    monkeypatch.setattr(rows_module, "ROWS", 25)
    read = []

    def endless() -> Any:
        for n in range(10_000):
            read.append(n)
            yield {"x": n, "y": n}

    with pytest.raises(UntrainableData, match="more than 25 rows: name fewer `features`"):
        build_table(NUMBER, algorithm("prediction", None), endless())
    assert len(read) == 26


def test_the_fingerprint_is_that_of_what_is_learned_from_and_of_nothing_else() -> None:
    recipe = replace(NUMBER, features=("x",))
    first = built(recipe, rows()).fingerprint
    assert built(recipe, rows(note=lambda n: "new")).fingerprint == first
    assert built(recipe, [row | {"x": 1} if row["y"] == 5 else row for row in rows()]).fingerprint != first
    assert built(recipe, rows()[::-1]).fingerprint != first


def test_a_class_is_the_same_however_its_file_spells_it() -> None:
    assert [label(value) for value in (1, 1.0, "1", " 1 ", True, 1.5)] == ["1", "1", "1", "1", "true", "1.5"]
