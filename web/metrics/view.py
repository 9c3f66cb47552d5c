"""`GET /metrics`: one scrape."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Flask, Response, current_app, request
from prometheus_client import disable_created_metrics
from prometheus_client.exposition import choose_encoder

from web.live.live import NAME as LIVE
from web.metrics.process import Measures, measure
from web.services import NAME

MEASURES: Final = "callboard.metrics"
blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
def scrape() -> Response:
    """All metrics, in the form that the scraper asks for."""
    measures: Measures = current_app.extensions[MEASURES]
    encode, kind = choose_encoder(request.headers.get("Accept", ""))
    return Response(encode(measures.registry), content_type=kind)


def add_metrics(app: Flask, *, fleet: bool) -> None:
    """Measure the requests of an application and answer scrapes: with the whole fleet, or of this process alone."""
    disable_created_metrics()  # a series for each series, which nobody asks for
    app.extensions[MEASURES] = measures = Measures(app.extensions[LIVE])
    if fleet:
        from web.metrics.fleet import Fleet  # a process for streams alone needs nothing of it

        measures.registry.register(Fleet(app.extensions[NAME], measures))
    measure(app, measures)
    app.register_blueprint(blueprint)
