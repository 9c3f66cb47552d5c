"""What was asked for: everything from which a model can be trained again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Recipe:
    """A kind of model, its data, and all choices that its training depends on.

    `features` None means every column that can be one; rows with the same values of `groups` are never on both
    sides of a split; `test_share` of the rows are held out, the others are divided into `folds`.
    """

    kind: str
    name: str
    data: str
    target: str
    features: tuple[str, ...] | None = None
    groups: tuple[str, ...] = ()
    algorithm: str | None = None
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    folds: int = 5
    test_share: float = 0.2
    seed: int = 0

    @property
    def classes(self) -> bool:
        """Whether the model tells classes and not numbers."""
        return self.kind != "prediction"

    @property
    def together(self) -> tuple[str, ...]:
        """The columns whose values keep rows together; numbers of one sentence always are, for they share its words."""
        return self.groups or (("sentence",) if self.kind == "parameter_extraction" else ())

    def values(self) -> dict[str, Any]:
        """The recipe as JSON values."""
        return asdict(self)


def recipe_of(values: Mapping[str, Any]) -> Recipe:
    """A recipe from its JSON values."""
    features = values.get("features")
    return Recipe(
        **{**values, "features": None if features is None else tuple(features), "groups": tuple(values["groups"] or ())}
    )
