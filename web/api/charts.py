"""The numbers of charts: how run times are spread over time, which jobs were slowest, what was spent."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask.views import MethodView

from callboard.history.run_heat import BANDS_MS, run_heat
from callboard.history.slowest import slowest
from web.api import chart_schemas as schemas
from web.api.stat_schemas import StepTimes
from web.api.stats import KEPT_FOR, step_of, times
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("charts", __name__, url_prefix="/api/v1/stats", description="Numbers of charts")


@blueprint.route("/heat")
class HeatView(MethodView):
    """Run times over time."""

    @blueprint.arguments(StepTimes, location="query")
    @blueprint.response(200, schemas.Heat)
    def get(self, asked: dict[str, Any]) -> Any:
        """How many jobs completed in each step and each band of run times."""
        start, end = times(asked)
        of = (start, end, step_of(asked))
        found = here().kept.get(
            ("heat", *of, *chosen(asked).values()), KEPT_FOR, lambda: run_heat(here().engine, *of, **chosen(asked))
        )
        return asdict(found) | {"bands_ms": list(BANDS_MS)}


@blueprint.route("/slowest")
class SlowestView(MethodView):
    """Slow jobs."""

    @blueprint.arguments(schemas.SlowTimes, location="query")
    @blueprint.response(200, schemas.SlowJobs)
    def get(self, asked: dict[str, Any]) -> Any:
        """The jobs of a time that ran longest."""
        limit = asked.pop("limit")
        of, these = times(asked), chosen(asked)
        name = ("slowest", *of, *these.values(), limit)
        return {"jobs": here().kept.get(name, KEPT_FOR, lambda: slowest(here().engine, *of, **these, limit=limit))}


@blueprint.route("/costs")
class CostsView(MethodView):
    """What was spent."""

    @blueprint.arguments(schemas.SomeTimes, location="query")
    @blueprint.response(200, schemas.Costs)
    def get(self, asked: dict[str, Any]) -> Any:
        """US dollars of the jobs of a time by type, calls and tokens by provider and model."""
        from research.ai.spending import spending

        found = spending(here().engine, *times(asked), **chosen(asked))
        return asdict(found) | {"usd": found.usd}


def chosen(asked: dict[str, Any]) -> dict[str, Any]:
    """The queue and the type that are asked for."""
    return {name: asked.get(name) for name in ("queue", "type")}
