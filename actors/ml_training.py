"""Train models on the platform's tables, one at a time and in a process of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from actors import services
from callboard.jobs.policy import Queue, Retry
from callboard.worker.context import Context
from callboard.worker.job import job
from research.ml.algorithms import KINDS, OF_KIND, hyperparameter_problems

ml_training_queue = Queue("ml-training", concurrency=1)
ALGORITHMS = sorted({one.name for of_kind in OF_KIND.values() for one in of_kind})
column_name = validate.Length(1, 200)
NICENESS = 10


class TrainModel(Schema):
    """What to learn, from which rows, and how."""

    kind = fields.String(
        required=True,
        validate=validate.OneOf(KINDS),
        metadata={"description": "what the model tells: a number, a class, or which parameter a number reports"},
    )
    name = fields.String(
        required=True,
        validate=validate.Regexp(r"[a-z0-9][a-z0-9_-]{0,63}\Z", error="use small letters, digits, - and _, 64 at most"),
        metadata={"description": "name of the model; each training makes its next version"},
    )
    data = fields.String(
        required=True,
        validate=validate.Length(1, 200),
        metadata={"description": "a dataset's name, `file:…` of a stored CSV or NDJSON file, or paper_quantities"},
    )
    target = fields.String(
        required=True, validate=column_name, metadata={"description": "the column that the model is to tell"}
    )
    features = fields.List(
        fields.String(validate=column_name),
        validate=validate.Length(1, 200),
        metadata={"description": "the columns to learn from; left out, all that can be"},
    )
    groups = fields.List(
        fields.String(validate=column_name),
        validate=validate.Length(1, 20),
        metadata={"description": "rows with the same values here are never on both sides of a split"},
    )
    algorithm = fields.String(
        validate=validate.OneOf(ALGORITHMS),
        metadata={"description": "left out, gradient_boosting for numbers and logistic for classes"},
    )
    hyperparameters = fields.Dict(
        keys=fields.String(), metadata={"description": "settings of the algorithm; docs/models.md lists them"}
    )
    folds = fields.Integer(
        strict=True,
        load_default=5,
        validate=validate.Range(2, 10),
        metadata={"description": "parts in which the rows are divided to judge the model"},
    )
    test_share = fields.Float(
        load_default=0.2,
        validate=validate.Range(0.05, 0.5),
        metadata={"description": "share of the rows that is held out to the end"},
    )
    seed = fields.Integer(
        strict=True,
        load_default=0,
        validate=validate.Range(0, 2**32 - 1),
        metadata={"description": "start of the random numbers; the same one gives the same model"},
    )

    @validates_schema
    def hyperparameters_fit(self, values: Mapping[str, Any], **_: Any) -> None:
        """Refuse what the algorithm does not know, before anything is enqueued."""
        try:
            wrong = hyperparameter_problems(
                values["kind"], values.get("algorithm"), values.get("hyperparameters") or {}
            )
        except ValueError as error:
            raise ValidationError(str(error), "algorithm") from None
        if wrong:
            raise ValidationError({f"hyperparameters.{name}": [problem] for name, problem in wrong.items()})


@job(
    queue=ml_training_queue,
    schema=TrainModel,
    retry=Retry(attempts=2),
    timeout=2 * 60 * 60,
    priority="low",
    isolated=True,
    memory_mb=2048,
    requires=("sklearn", "skops", "matplotlib"),
    pipe_ignore=True,
)
def train_model(
    ctx: Context,
    *,
    kind: str,
    name: str,
    data: str,
    target: str,
    features: list[str] | None = None,
    groups: list[str] | None = None,
    algorithm: str | None = None,
    hyperparameters: dict[str, Any] | None = None,
    folds: int = 5,
    test_share: float = 0.2,
    seed: int = 0,
) -> dict[str, Any]:
    """Train a model, judge it and keep it. Safe to repeat: a job that has stored a version stores no second one."""
    from research.ml.keeping import train_and_keep
    from research.ml.recipe import Recipe

    recipe = Recipe(
        kind=kind,
        name=name,
        data=data,
        target=target,
        features=tuple(features) if features else None,
        groups=tuple(groups or ()),
        algorithm=algorithm,
        hyperparameters=hyperparameters or {},
        folds=folds,
        test_share=test_share,
        seed=seed,
    )
    _give_way(ctx)
    engine, files = services.database(), services.files()
    record, remarks = train_and_keep(engine, files, recipe, job_id=ctx.id, progress=ctx.progress)
    for remark in remarks:
        ctx.log(remark, "warning")
    return record.values()


def _give_way(ctx: Context) -> None:
    """Let everything else on this machine go first, if this is a process of the training's own."""
    if ctx.attempt.in_child:
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
