"""The log of deliveries."""

from sqlalchemy import Engine, func, select

from callboard.history.database import reading, writing
from callboard.history.notification_models import DeliveryAttemptRow
from research.webhooks import log
from research.webhooks.log import Attempt
from tests.research.webhooks.conftest import AT, values


def test_a_delivery_that_is_prepared_twice_is_there_once(database: Engine) -> None:
    with writing(database) as session:
        assert log.prepare(session, "msg_1", webhook="wh_1", **values())
        assert not log.prepare(session, "msg_1", webhook="wh_1", **values(body="other"))
    with reading(database) as session:
        assert log.get(session, "msg_1").body == '{"a":1}'


def test_the_newest_deliveries_come_first_and_may_be_of_one_webhook_or_state(database: Engine) -> None:
    with writing(database) as session:
        for number in range(5):
            log.prepare(session, f"msg_{number}", webhook=f"wh_{number % 2}", **values())
        log.set_state(session, "msg_3", log.FAILED, "no")
    with reading(database) as session:
        assert [d.id for d in log.latest(session, limit=3)] == ["msg_4", "msg_3", "msg_2"]
        assert [d.id for d in log.latest(session, "wh_1")] == ["msg_3", "msg_1"]
        assert [(d.id, d.error) for d in log.latest(session, state="failed")] == [("msg_3", "no")]


def test_old_deliveries_are_forgotten_in_batches_with_their_attempts(database: Engine) -> None:
    with writing(database) as session:
        for number in range(5):
            log.prepare(session, f"msg_{number}", webhook="wh_1", **values(at_ms=AT + number))
            log.note(session, f"msg_{number}", log.DELIVERED, Attempt(0, AT, 5, 200))
    with writing(database) as session:
        assert [log.forget(session, AT + 4, limit=3) for _ in range(3)] == [3, 1, 0]
        assert [d.id for d in log.latest(session)] == ["msg_4"]
        assert session.scalar(select(func.count()).select_from(DeliveryAttemptRow)) == 1
