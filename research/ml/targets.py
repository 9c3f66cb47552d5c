"""What a model is to learn: numbers, or classes that have rows enough to be told apart."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from research.ml.columns import as_number, label
from research.ml.errors import UntrainableData
from research.ml.recipe import Recipe

if TYPE_CHECKING:
    import numpy as np

CLASSES: Final = 50
ROWS_LEAST: Final = 20


def frequent(recipe: Recipe, kept: list[dict[str, Any]], left_out: dict[str, str]) -> list[dict[str, Any]]:
    """The rows of classes that have some in every fold. Raises UntrainableData for a class that has too few.

    Most names of parameters occur once or twice; there the rare ones are left out and counted.
    """
    counts = Counter(label(row[recipe.target]) for row in kept)
    least = recipe.folds + 1
    rare = {name: count for name, count in counts.items() if count < least}
    if recipe.kind == "parameter_extraction" and rare:
        left_out["rows of rare parameters"] = f"{sum(rare.values())} of {len(rare)} that have fewer than {least}"
        kept = [row for row in kept if label(row[recipe.target]) not in rare]
        _enough(kept, f"rows are of parameters with {least} rows or more")
    elif len(counts) > CLASSES:
        raise UntrainableData(
            f'the target "{recipe.target}" has {len(counts):,} classes; {CLASSES} at most can be told'
        )
    elif rare:
        name, count = next(iter(rare.items()))
        raise UntrainableData(f'class "{name}" has {count} rows; {least} are needed for {recipe.folds} folds')
    return kept


def _enough(kept: list[dict[str, Any]], what: str) -> None:
    if len(kept) < ROWS_LEAST:
        raise UntrainableData(f"{len(kept)} {what}; {ROWS_LEAST} are needed at least")


def with_target(recipe: Recipe, kept: list[dict[str, Any]], empty: int) -> None:
    """Check that rows enough have a target, of which `empty` more have none. Raises UntrainableData."""
    if not kept:
        seen = f"all {empty} rows lack it" if empty else "there are no rows at all"
        raise UntrainableData(f'the target "{recipe.target}" has no value in {recipe.data}: {seen}')
    _enough(kept, "rows have a target")


def targets(recipe: Recipe, kept: list[dict[str, Any]]) -> tuple[np.ndarray, tuple[str, ...]]:
    """The target as floats, or as numbers of classes, the most frequent first.

    Raises UntrainableData for one that tells nothing.
    """
    import numpy as np

    if not recipe.classes:
        return np.array(_numbers(recipe, kept), dtype=np.float64), ()
    labels = [label(row[recipe.target]) for row in kept]
    classes = tuple(name for name, _ in sorted(Counter(labels).items(), key=lambda item: (-item[1], item[0])))
    if len(classes) == 1:
        raise UntrainableData(f'the target "{recipe.target}" is "{classes[0]}" in every row: two classes are needed')
    if len(classes) > CLASSES:
        raise UntrainableData(
            f'the target "{recipe.target}" has {len(classes):,} classes; {CLASSES} at most can be told'
        )
    place = {name: n for n, name in enumerate(classes)}
    return np.array([place[name] for name in labels], dtype=np.int64), classes


def _numbers(recipe: Recipe, kept: list[dict[str, Any]]) -> list[float]:
    numbers = []
    for row in kept:
        number = as_number(row[recipe.target])
        if number is None:
            got = str(row[recipe.target])[:40]
            raise UntrainableData(f'the target "{recipe.target}" must be a number in every row, got {got!r}')
        numbers.append(number)
    if len(set(numbers)) == 1:
        raise UntrainableData(f'the target "{recipe.target}" is {numbers[0]:g} in every row: nothing to predict')
    return numbers
