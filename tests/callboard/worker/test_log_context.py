import logging

import pytest

from callboard.worker.context import Context
from callboard.worker.current import current_attempt
from callboard.worker.job_fields import JobFields
from tests.callboard.worker.conftest import Stage


@pytest.fixture
def records(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Records as a handler with the fields of jobs sees them."""
    caplog.handler.addFilter(JobFields())
    caplog.set_level(logging.INFO)
    return caplog


# S3.21 S5.33
def test_every_line_of_a_body_carries_its_job(stage: Stage, records: pytest.LogCaptureFixture) -> None:
    def talks(ctx: Context, word: str) -> None:
        logging.getLogger("somewhere.deep").info("said %s", word)

    talking = stage.job(talks)
    messages = {word: talking.send(word).message_id for word in ("one", "two", "three", "four")}
    for id in messages.values():
        stage.ended(id)
    said = {r.getMessage().removeprefix("said "): r for r in records.records if r.name == "somewhere.deep"}
    found = {word: (vars(r)["job_id"], vars(r)["job_type"], vars(r)["attempt"]) for word, r in said.items()}
    assert found == {word: (id, "talks", 1) for word, id in messages.items()}


def test_a_line_outside_of_a_job_names_none(records: pytest.LogCaptureFixture) -> None:
    logging.getLogger("elsewhere").info("nothing runs")
    (record,) = records.records
    assert (vars(record)["job_id"], vars(record)["job_type"], vars(record)["attempt"]) == (None, None, None)


def test_no_attempt_is_current_once_a_body_is_over(stage: Stage) -> None:
    def fails() -> None:
        raise ValueError

    failing = stage.actor(fails, max_retries=0)
    assert stage.ended(failing.send()).state == "failed"
    probe = stage.actor(lambda: str(current_attempt()), actor_name="probe")
    assert current_attempt() is None
    assert "probe" in stage.ended(probe.send()).result
