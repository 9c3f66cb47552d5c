"""The log of deliveries: what is to be sent, each time it was, and how it was answered."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from callboard.history.notification_models import DeliveryAttemptRow, DeliveryRow
from callboard.jobs.normalise import storable
from research.webhooks.errors import WebhookMissing

WAITING: Final = "waiting"
RETRYING: Final = "retrying"
DELIVERED: Final = "delivered"
FAILED: Final = "failed"
DROPPED: Final = "dropped"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one webhook, and how far it has come."""

    id: str
    webhook: str
    event: str
    subject: str
    state: str
    attempts: int
    created_ms: int
    tried_ms: int | None
    status: int | None
    error: str | None
    body: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One time a delivery was sent; without a status there was no answer."""

    number: int
    at_ms: int
    took_ms: int
    status: int | None = None
    error: str | None = None
    excerpt: str | None = None


def prepare(session: Session, id: str, *, webhook: str, event: str, subject: str, body: str, at_ms: int) -> bool:
    """Note a delivery that is to be made; whether it was new."""
    values = {
        "id": id,
        "webhook": webhook,
        "event": event,
        "subject": storable(subject)[:200],
        "body": body,
        "state": WAITING,
        "attempts": 0,
        "created_ms": at_ms,
    }
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(DeliveryRow).values(values).on_conflict_do_nothing(index_elements=["id"])
    return bool(session.scalars(statement.returning(DeliveryRow.id)).all())


def get(session: Session, id: str) -> Delivery:
    """The delivery with this id. Raises WebhookMissing."""
    return _delivery(_row(session, id))


def latest(
    session: Session, webhook: str | None = None, *, state: str | None = None, limit: int = 50
) -> list[Delivery]:
    """The newest deliveries, of one webhook or of all."""
    query = select(DeliveryRow).order_by(DeliveryRow.id.desc()).limit(limit)
    if webhook:
        query = query.where(DeliveryRow.webhook == webhook)
    if state:
        query = query.where(DeliveryRow.state == state)
    return [_delivery(row) for row in session.scalars(query)]


def attempts(session: Session, delivery: str) -> list[Attempt]:
    """Each time a delivery was sent, in order."""
    query = select(DeliveryAttemptRow).where(DeliveryAttemptRow.delivery == delivery)
    rows = session.scalars(query.order_by(DeliveryAttemptRow.number))
    return [Attempt(r.number, r.at_ms, r.took_ms, r.status, r.error, r.excerpt) for r in rows]


def note(session: Session, delivery: str, state: str, attempt: Attempt) -> Attempt:
    """Write down one sending; its number is the next one, also after a replay. Raises WebhookMissing."""
    row = _row(session, delivery, lock=True)
    row.attempts += 1
    row.state, row.tried_ms, row.status, row.error = state, attempt.at_ms, attempt.status, attempt.error
    values: dict[str, Any] = asdict(attempt) | {"number": row.attempts}
    session.add(DeliveryAttemptRow(delivery=delivery, **values))
    session.flush()
    return Attempt(**values)


def set_state(session: Session, delivery: str, state: str, error: str | None = None) -> Delivery:
    """Move a delivery without having sent it. Raises WebhookMissing."""
    row = _row(session, delivery)
    row.state, row.error = state, error
    return _delivery(row)


def forget(session: Session, before_ms: int, limit: int = 1_000) -> int:
    """Remove deliveries made before a time, with their attempts, in one batch; how many that were."""
    old = select(DeliveryRow.id).where(DeliveryRow.created_ms < before_ms).limit(limit)
    ids = list(session.scalars(old))
    session.execute(delete(DeliveryAttemptRow).where(DeliveryAttemptRow.delivery.in_(ids)))
    session.execute(delete(DeliveryRow).where(DeliveryRow.id.in_(ids)))
    return len(ids)


def _row(session: Session, id: str, *, lock: bool = False) -> DeliveryRow:
    row = session.get(DeliveryRow, id, with_for_update=lock or None)
    if row is None:
        raise WebhookMissing(f"delivery {id} is unknown; it may have been forgotten after its retention time")
    return row


def _delivery(row: DeliveryRow) -> Delivery:
    told = (row.state, row.attempts, row.created_ms, row.tried_ms, row.status, row.error)
    return Delivery(row.id, row.webhook, row.event, row.subject, *told, row.body)
