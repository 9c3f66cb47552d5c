"""A delivery that only says that a webhook works."""

from __future__ import annotations

from sqlalchemy import Engine

from callboard.broker.stream import Event
from callboard.history.database import writing
from callboard.jobs.encoding import encode
from callboard.jobs.identity import new_id
from research.webhooks import log, registry
from research.webhooks.envelope import SHAPES
from research.webhooks.filters import TEST_EVENT


def prepare_test(engine: Engine, webhook: str, at_ms: int) -> str:
    """Note a test delivery to a webhook and return its id. Raises WebhookMissing."""
    said = encode({"message": "Callboard reaches this webhook"}, "test event")
    event = Event(f"{at_ms}-0", TEST_EVENT, webhook, "", "", 0, said)
    id = f"msg_{new_id()}"
    with writing(engine) as session:
        hook = registry.get(session, webhook)
        about = {"event": TEST_EVENT, "subject": hook.id, "body": SHAPES[hook.shape](event)}
        log.prepare(session, id, webhook=hook.id, at_ms=at_ms, **about)
    return id
