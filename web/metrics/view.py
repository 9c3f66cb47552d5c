"""`GET /metrics`: one scrape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, request
from prometheus_client import disable_created_metrics
from prometheus_client.exposition import choose_encoder

from web.metrics.process import MEASURES, Measures

if TYPE_CHECKING:
    from web.live.live import Live
    from web.services import Services

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
def scrape() -> Response:
    """All metrics, in the form that the scraper asks for."""
    measures: Measures = current_app.extensions[MEASURES]
    encode, kind = choose_encoder(request.headers.get("Accept", ""))
    return Response(encode(measures.registry), content_type=kind)


def measures_of(services: Services, live: Live, *, fleet: bool) -> Measures:
    """What is scraped: the whole fleet, or this process alone."""
    disable_created_metrics()  # a series for each series, which nobody asks for
    measures = Measures(live)
    if fleet:
        from web.metrics.fleet import Fleet  # a process for streams alone needs nothing of it

        measures.registry.register(Fleet(services, measures))
    return measures
