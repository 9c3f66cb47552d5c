"""How many jobs a search finds, by state and by the time of their creation."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict
from threading import Lock
from typing import Any, Final

from flask import current_app
from flask.views import MethodView
from marshmallow import Schema, fields

from callboard.history.search.breakdown import count_states, timeline
from callboard.history.search.query import Query
from web.api.job_list import ListQuery, query_of
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("job_counts", __name__, url_prefix="/api/v1/jobs", description="Counts of jobs")
# Many who look at the same search share one count.
FRESH_SECONDS: Final = {"states": 2.0, "timeline": 10.0}
KEPT: Final = 64


class Search(ListQuery):
    """Which jobs."""

    class Meta:
        """What a count does not take."""

        exclude = ("limit", "cursor")


class StatesOut(Schema):
    """Jobs of a search by state."""

    states = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(allow_none=True),
        metadata={"description": "exact; null where it could not be counted in a quarter of a second"},
    )
    jobs = fields.Integer(allow_none=True, metadata={"description": "all of them, null where a state is"})


class BarOut(Schema):
    """The jobs of a step."""

    at = fields.AwareDateTime(metadata={"description": "where the step begins"})
    states = fields.Dict(keys=fields.String(), values=fields.Integer())


class TimelineOut(Schema):
    """When the newest jobs of a search were created."""

    known = fields.Boolean(metadata={"description": "whether they were found in 150 milliseconds"})
    jobs = fields.Integer(metadata={"description": "how many are counted, 10,000 at most"})
    whole = fields.Boolean(metadata={"description": "whether these are all that fit, or the newest"})
    step_ms = fields.Integer()
    bars = fields.List(fields.Nested(BarOut))


class RecentAnswers:
    """What was answered within the last seconds, so that many who ask the same cost one search."""

    def __init__(self) -> None:
        self._known: OrderedDict[Any, tuple[float, Any]] = OrderedDict()
        self._lock = Lock()

    def of(self, kind: str, query: Query, make: Callable[[], Any]) -> Any:
        """The answer of a kind to a search, made anew when it is too old."""
        name = (kind, query)
        with self._lock:
            at, value = self._known.get(name, (0.0, None))
        if not at or time.monotonic() - at > FRESH_SECONDS[kind]:
            value = make()
            with self._lock:
                self._known[name] = (time.monotonic(), value)
                self._known.move_to_end(name)
                while len(self._known) > KEPT:
                    self._known.popitem(last=False)
        return value


def recent() -> RecentAnswers:
    """The answers of this application; none is kept where tests look at once at what they did."""
    if current_app.testing:
        return RecentAnswers()
    found: RecentAnswers = current_app.extensions.setdefault("callboard.counts", RecentAnswers())
    return found


@blueprint.route("/states")
class StatesView(MethodView):
    """Jobs of a search by state."""

    @blueprint.arguments(Search, location="query")
    @blueprint.response(200, StatesOut)
    def get(self, asked: dict[str, Any]) -> Any:
        """How many jobs of the history fit a search in each state."""
        query = query_of(asked)
        states = recent().of("states", query, lambda: count_states(here().engine, query))
        known = [number for number in states.values() if number is not None]
        return {"states": states, "jobs": sum(known) if len(known) == len(states) else None}


@blueprint.route("/timeline")
class TimelineView(MethodView):
    """Jobs of a search over time."""

    @blueprint.arguments(Search, location="query")
    @blueprint.response(200, TimelineOut)
    def get(self, asked: dict[str, Any]) -> Any:
        """When the newest 10,000 jobs that fit a search were created, by state, in at most 60 steps."""
        query = query_of(asked)
        found = recent().of("timeline", query, lambda: timeline(here().engine, query))
        return {"known": False, "bars": []} if found is None else {"known": True} | asdict(found)
