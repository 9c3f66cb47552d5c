"""Trained models: which there are, and asking one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from callboard.history.database import reading
from web.problems import Problem
from web.services import here
from web.strict_blueprint import StrictBlueprint

if TYPE_CHECKING:
    from research.ml.registry import ModelRecord

blueprint = StrictBlueprint("models", __name__, url_prefix="/api/v1/models", description="Trained models")
MOST_ROWS: Final = 10_000


class Question(Schema):
    """Rows to predict, or a text whose quantities are to be named."""

    rows = fields.List(fields.Dict(keys=fields.String()), validate=validate.Length(1, MOST_ROWS))
    text = fields.String(validate=validate.Length(1, 200_000))
    version = fields.Integer(
        strict=True, validate=validate.Range(1, 2**31 - 1), metadata={"description": "the newest if left out"}
    )

    @validates_schema
    def one_kind(self, data: dict[str, Any], **_: Any) -> None:
        """Rows or a text."""
        if ("rows" in data) == ("text" in data):
            raise ValidationError("give either rows or text", "rows")


class Answer(Schema):
    """What the model says, a prediction for each row."""

    predictions = fields.List(fields.Dict())


class ColumnOut(Schema):
    """A column that a model looks at."""

    name = fields.String()
    role = fields.String(metadata={"description": "how it is used: as a number, a choice or words"})


class ModelOut(Schema):
    """A version of a model: its data, settings, metrics and files."""

    name = fields.String()
    kind = fields.String()
    target = fields.String()
    data = fields.String(metadata={"description": "reference of the file it was trained on"})
    version = fields.Integer()
    job = fields.String()
    job_id = fields.String(metadata={"description": "the same as `job`"})
    created_at = fields.AwareDateTime()
    folds = fields.Integer()
    test_share = fields.Float()
    seed = fields.Integer()
    groups = fields.List(fields.String(), metadata={"description": "rows that agree in these stay together"})
    algorithm = fields.String()
    hyperparameters = fields.Dict()
    features = fields.List(fields.Nested(ColumnOut))
    classes = fields.List(fields.String())
    rows = fields.Integer()
    left_out = fields.Dict(metadata={"description": "columns that are no features, and why"})
    data_sha256 = fields.String()
    libraries = fields.Dict(metadata={"description": "versions it was trained with"})
    metrics = fields.Dict(metadata={"description": "over the folds, on the held-out rows, of the baseline"})
    file = fields.String()
    file_sha256 = fields.String()
    plots = fields.Dict()


class ModelVersion(Schema):
    """Which version."""

    version = fields.Integer(validate=validate.Range(1, 2**31 - 1), metadata={"description": "the newest if left out"})


class ModelList(Schema):
    """All versions of all models."""

    models = fields.List(fields.Nested(ModelOut))


@blueprint.route("")
class Models(MethodView):
    """All models."""

    @blueprint.response(200, ModelList)
    def get(self) -> Any:
        """All versions of all models, by name, the newest first."""
        from research.ml.registry import every_model

        with reading(here().engine) as session:
            return {"models": [values(record) for record in every_model(session)]}


@blueprint.route("/<name>")
class OneModel(MethodView):
    """One model."""

    @blueprint.arguments(ModelVersion, location="query")
    @blueprint.response(200, ModelOut)
    def get(self, asked: dict[str, Any], name: str) -> Any:
        """A version of a model, the newest if none is named."""
        from research.ml.registry import find_model

        with reading(here().engine) as session:
            return values(find_model(session, name, asked.get("version")))


def values(record: ModelRecord) -> dict[str, Any]:
    """A version of a model as JSON values."""
    return record.values() | {"job_id": record.job_id, "created_at": record.created_at}


@blueprint.route("/<name>/predictions")
class Predictions(MethodView):
    """What a model says."""

    @blueprint.arguments(Question)
    @blueprint.response(200, Answer)
    def post(self, given: dict[str, Any], name: str) -> Any:
        """Ask a trained model about rows, or about the quantities of a text."""
        services = here()
        try:
            from research.ml.extraction import extract
            from research.ml.prediction import predict

            asked = services.engine, services.files, name
            if "text" in given:
                return {"predictions": extract(*asked, given["text"], given.get("version"))}
            return {"predictions": predict(*asked, given["rows"], given.get("version"))}
        except ModuleNotFoundError as error:
            hint = "install it with the extra `science`"
            raise Problem(501, "not_installed", f"asking models needs {error.name}", hint=hint) from None
