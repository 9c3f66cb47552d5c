import pytest
from sqlalchemy import Engine, update

from callboard.history.database import writing
from callboard.history.outbox import enqueue_in
from callboard.history.outbox_models import OutboxRow
from callboard.history.outbox_relay import relay
from callboard.history.outbox_state import OutboxState, outbox_waiting
from tests.callboard.history.outboxes import board, no_broker, outbox
from tests.jobs import Board, make_call

__all__ = ["board", "no_broker"]


def test_an_empty_outbox_has_nothing_to_tell(database: Engine) -> None:
    assert outbox_waiting(database) == OutboxState(0, 0.0, 0)


@pytest.mark.usefixtures("no_broker")
def test_what_waits_is_counted_with_its_age_and_what_holds_it_up(database: Engine, board: Board) -> None:
    with writing(database) as session:
        old = enqueue_in(session, make_call())
        enqueue_in(session, make_call())
    with writing(database) as session:
        values = {"body": "{", "written_ms": OutboxRow.written_ms - 60_000}
        session.execute(update(OutboxRow).where(OutboxRow.id == old).values(values))
    before = outbox_waiting(database)
    assert (before.waiting, before.failing, before.error) == (2, 0, None)
    assert 60 <= before.oldest < 120
    relay(database, board.client)
    after = outbox_waiting(database)
    assert (after.waiting, after.failing, after.example) == (1, 1, outbox(database)[0].seq)
    assert (after.error or "").startswith("NotJson: the kept call is not JSON")
