"""Another run of a job, and a cancellation taken back."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from callboard.history.audit import audit_lines
from callboard.history.doubts import doubt_live_jobs
from tests.jobs import Worker
from tests.web.conftest import told
from tests.web.recorded import record
from web.services import Services

NEW: dict[str, Any] = {"type": "generate_embeddings", "args": {"paper_id": "7"}}


@pytest.fixture
def worker(services: Services) -> Worker:
    """A worker of the queue of the type."""
    return Worker(services.links, "paper-processing")


@pytest.fixture
def failed(operator: FlaskClient, worker: Worker) -> str:
    """The path of a job that has failed after it had saved a checkpoint."""
    path = operator.post("/api/v1/jobs", json=NEW).headers["Location"]
    job = worker.take()
    worker.say("save", job.id, job.fence, '{"row":7}')
    worker.fail(job)
    return path


@pytest.mark.parametrize(("body", "kept"), [(None, True), ({"from_checkpoint": False}, False)])
def test_a_failed_job_goes_on_from_its_checkpoint_unless_it_is_to_begin_anew(
    operator: FlaskClient, failed: str, worker: Worker, body: dict[str, Any] | None, kept: bool
) -> None:
    again = operator.post(f"{failed}/retry", json=body) if body else operator.post(f"{failed}/retry")
    assert (again.status_code, told(again)["state"]) == (202, "waiting")
    assert ("checkpoint" in worker.take().fields) == kept


def test_a_job_runs_again_with_other_arguments_which_must_fit_its_type(
    operator: FlaskClient, services: Services, failed: str
) -> None:
    for args, field in (({"colour": 1}, "args.colour"), ({"paper_id": {}}, "args.paper_id")):
        bad = operator.post(f"{failed}/retry", json={"args": args})
        assert (bad.status_code, told(bad)["errors"][0]["field"]) == (422, field)
    assert told(operator.get(failed))["state"] == "failed"
    job = told(operator.post(f"{failed}/retry", json={"args": {"paper_id": "8"}}))
    assert (job["state"], job["args"]) == ("waiting", {"paper_id": "8"})
    line = audit_lines(services.engine)[0]
    assert (line.verb, line.detail) == ("retry", '{"changed":["args"]}')
    twice = operator.post(f"{failed}/retry", json={"args": {"paper_id": "9"}})
    assert (twice.status_code, told(twice)["state"]) == (409, "waiting")
    assert told(operator.get(failed))["args"] == {"paper_id": "8"}
    assert operator.post("/api/v1/jobs/x/retry", json={"args": {}}).status_code == 404
    assert operator.post(f"{failed}/retry", json={"colour": 1}).status_code == 422


def test_a_job_that_only_the_history_knows_runs_again(operator: FlaskClient, services: Services, failed: str) -> None:
    record(services)
    operator.delete(failed)
    job = told(operator.post(f"{failed}/retry", json={"args": {"paper_id": "8"}}))
    assert (job["state"], job["args"]) == ("waiting", {"paper_id": "8"})


def test_a_job_in_doubt_is_brought_back_as_it_was(operator: FlaskClient, services: Services) -> None:
    path = operator.post("/api/v1/jobs", json=NEW).headers["Location"]
    record(services)
    prefix, id = services.settings.prefix, path.rpartition("/")[2]
    services.links.call("DEL", f"{prefix}:job:{id}", f"{prefix}:queue:paper-processing:waiting")
    with services.engine.begin() as connection:
        doubt_live_jobs(connection)
    refused = operator.post(f"{path}/retry", json={"args": {"paper_id": "8"}})
    assert (refused.status_code, told(refused)["state"]) == (409, "waiting")
    assert services.store.find(id) is None
    back = operator.post(f"{path}/retry")
    assert (back.status_code, told(back)["state"]) == (202, "waiting")
    assert told(operator.get(path))["args"] == {"paper_id": "7"}


def test_a_cancellation_is_withdrawn_while_the_job_runs(
    operator: FlaskClient, viewer: FlaskClient, services: Services, worker: Worker
) -> None:
    path = operator.post("/api/v1/jobs", json=NEW).headers["Location"]
    early = operator.delete(f"{path}/cancellation")
    assert (early.status_code, told(early)["state"], "edit" in told(early)["allowed"]) == (409, "waiting", True)
    job = worker.take()
    assert told(operator.put(f"{path}/cancellation"))["allowed"] == ["cancel", "withdraw", "tag"]
    assert viewer.delete(f"{path}/cancellation").status_code == 403
    back = operator.delete(f"{path}/cancellation")
    assert (back.status_code, told(back)["cancelling"], told(back)["state"]) == (200, False, "active")
    assert audit_lines(services.engine)[0].verb == "withdraw"
    worker.complete(job)
    late = operator.delete(f"{path}/cancellation")
    assert (late.status_code, told(late)["allowed"]) == (409, ["rerun", "remove", "tag"])
    assert operator.delete("/api/v1/jobs/x/cancellation").status_code == 404
