"""Trained models: which there are, and asking one."""

from __future__ import annotations

from typing import Any, Final

from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from callboard.history.database import reading
from web.problems import Problem
from web.services import here
from web.strict_blueprint import StrictBlueprint

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


class ModelOut(Schema):
    """A version of a model."""

    name = fields.String()
    version = fields.Integer()
    job_id = fields.String()
    created_at = fields.AwareDateTime()
    kind = fields.String()
    algorithm = fields.String()


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
            found = every_model(session)
        told = ("name", "version", "job_id", "created_at")
        return {
            "models": [
                {name: getattr(one, name) for name in told}
                | {"kind": one.trained.recipe.kind, "algorithm": one.trained.algorithm}
                for one in found
            ]
        }


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
