"""How all queues do: what finished in each within a time, how long it took, who waits longest."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from flask.views import MethodView

from callboard.broker.gauges import oldest_ready_ms
from callboard.history.queue_numbers import QueueNumbers, queue_numbers
from callboard.jobs.clock import from_ms, to_ms
from callboard.jobs.states import WAITING
from web.api import queue_schemas as schemas
from web.api.shared import shared_overview
from web.api.stat_schemas import Times
from web.api.stats import times
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("queue_stats", __name__, url_prefix="/api/v1/stats", description="Numbers of queues")
# The numbers of the last hour are worked out once for all who look.
FRESH_SECONDS: Final = 2.0


@blueprint.route("/queues")
class QueueStats(MethodView):
    """Numbers of all queues."""

    @blueprint.arguments(Times, location="query")
    @blueprint.response(200, schemas.QueueNumbersList)
    def get(self, asked: dict[str, Any]) -> Any:
        """What finished in each queue within a time, run and wait of the newest of it, and who waits longest."""
        if asked:
            return numbers(*times(asked))
        return here().kept.get("queue numbers", FRESH_SECONDS, lambda: numbers(*times({})))


def numbers(start: datetime, end: datetime) -> dict[str, Any]:
    """The numbers of all queues within a time."""
    found = queue_numbers(here().engine, to_ms(start), to_ms(end))
    queues = shared_overview().queues
    waiting = [name for name, queue in queues.items() if queue["counts"][WAITING]]
    oldest = oldest_ready_ms(here().store, waiting)
    rows = [values(name, found.get(name, QueueNumbers())) for name in queues]
    return {
        "start": start,
        "end": end,
        "queues": [row | {"oldest_at": from_ms(oldest.get(row["name"]))} for row in rows],
    }


def values(name: str, numbers: QueueNumbers) -> dict[str, Any]:
    """The numbers of a queue as JSON values."""
    return {"name": name, **asdict(numbers), "failure_share": numbers.failure_share}
