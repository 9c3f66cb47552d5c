"""Trained models over the API, as the command shows them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from cli.api import Api


def models(api: Api) -> list[dict[str, Any]]:
    """All versions of all models, by name, the newest first. Raises Refused, ConnectionLost."""
    return [model_of(row) for row in api.get("/models")["models"]]


def model(api: Api, name: str, version: int | None) -> dict[str, Any]:
    """A version of a model, the newest if none is named. Raises Refused."""
    return model_of(api.get(f"/models/{quote(name, safe='')}", version=version))


def predict(api: Api, name: str, question: dict[str, Any], version: int | None) -> list[dict[str, Any]]:
    """What a model says of the rows or the text of a question. Raises Refused."""
    body = question | ({"version": version} if version else {})
    said: list[dict[str, Any]] = api.send("POST", f"/models/{quote(name, safe='')}/predictions", json=body)[1][
        "predictions"
    ]
    return said


def model_of(row: dict[str, Any]) -> dict[str, Any]:
    """A model as the command tells it."""
    return {name: value for name, value in row.items() if name != "job_id"}
