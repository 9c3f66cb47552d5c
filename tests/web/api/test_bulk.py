"""A verb on many jobs over the API."""

import threading
from typing import Any

import pytest
from flask.testing import FlaskClient

from callboard.history import bulk_doing
from callboard.history.audit import audit_lines
from callboard.history.bulk_acts import SILENCE_MS, begin, find_act
from tests.waiting import wait_until
from tests.web.conftest import told
from tests.web.recorded import record
from web.bulk_threads import MOST
from web.services import Services


@pytest.fixture
def waiting(operator: FlaskClient, services: Services) -> list[str]:
    """Three jobs that wait, in the history too."""
    jobs = [{"type": "generate_embeddings", "args": {"paper_id": str(n)}} for n in range(3)]
    ids = [told(operator.post("/api/v1/jobs", json=job))["id"] for job in jobs]
    record(services)
    return ids


def ended(client: FlaskClient, path: str) -> dict[str, Any]:
    """The act once it runs no more."""
    wait_until(lambda: told(client.get(path))["state"] != "running")
    act: dict[str, Any] = told(client.get(path))
    return act


def test_a_search_is_cancelled_and_retried_with_progress_and_an_audit_line(
    operator: FlaskClient, services: Services, waiting: list[str]
) -> None:
    body = {"verb": "cancel", "q": "type:generate_embeddings"}
    begun = operator.post("/api/v1/bulk", json=body)
    assert (begun.status_code, told(begun)["options"]["total"]) == (202, 3)
    act = ended(operator, begun.headers["Location"])
    assert (act["state"], act["counts"]["done"], act["who"]) == ("finished", 3, "the operator")
    record(services)
    again = operator.post("/api/v1/bulk", json={"verb": "retry", "q": "state:cancelled", "limit": 2})
    assert ended(operator, again.headers["Location"])["counts"]["done"] == 2
    assert services.store.counts("paper-processing")["waiting"] == 2
    lines = [(line.verb, line.count, line.subject) for line in audit_lines(services.engine)]
    assert lines == [("bulk.retry", 2, "state:cancelled"), ("bulk.cancel", 3, "type:generate_embeddings")]
    assert [act["verb"] for act in told(operator.get("/api/v1/bulk"))["bulk"]] == ["retry", "cancel"]


@pytest.mark.parametrize(
    ("told_to", "key", "shown"),
    [
        ({"verb": "priority", "priority": "critical"}, "priority", "critical"),
        ({"verb": "move", "queue": "Data_Export"}, "queue", "data-export"),
        ({"verb": "tag", "add_tags": ["b"], "remove_tags": ["a"]}, "tags", ["b"]),
        ({"verb": "delay", "run_at": "2091-01-01T00:00:00Z"}, "due_at", "2091-01-01T00:00:00+00:00"),
    ],
)
def test_jobs_are_changed_by_a_search_oldest_first_and_those_in_another_state_are_skipped(
    operator: FlaskClient, services: Services, told_to: dict[str, Any], key: str, shown: Any
) -> None:
    job = {"type": "generate_embeddings", "tags": ["a"]}
    jobs = [operator.post("/api/v1/jobs", json=job | {"args": {"paper_id": str(n)}}) for n in range(3)]
    record(services)
    operator.put(f"{jobs[0].headers['Location']}/cancellation")  # the history has not heard of it
    body = told_to | {"q": "state:waiting tag:a"}
    dry = told(operator.post("/api/v1/bulk", json=body | {"dry_run": True}))
    assert (dry["state"], dry["options"]["total"]) == ("dry_run", 3)
    act = ended(operator, operator.post("/api/v1/bulk", json=body | {"limit": 2}).headers["Location"])
    in_every_state = told_to["verb"] == "tag"
    counts = {name: act["counts"][name] for name in ("done", "skipped", "failed", "seen")}
    done = 1 + in_every_state
    assert counts == {"done": done, "skipped": 2 - done, "failed": 0, "seen": 2}
    assert act["counts"]["answers"] == ({} if in_every_state else {"cancelled": 1})
    changed = [told(operator.get(job.headers["Location"]))[key] == shown for job in jobs]
    assert changed == [in_every_state, True, False]
    line = audit_lines(services.engine)[0]
    assert (line.verb, line.count) == (f"bulk.{told_to['verb']}", 2)
    again = ended(operator, operator.post("/api/v1/bulk", json=body).headers["Location"])
    assert again["state"] == "finished"


def test_a_delay_counts_from_the_moment_of_asking_and_delete_is_another_word_for_remove(
    operator: FlaskClient, services: Services, waiting: list[str]
) -> None:
    answer = operator.post("/api/v1/bulk", json={"verb": "delay", "q": "state:waiting", "delay_ms": 3_600_000})
    act = ended(operator, answer.headers["Location"])
    dues = {told(operator.get(f"/api/v1/jobs/{id}"))["due_at"] for id in waiting}
    assert dues == {act["options"]["run_at"]}
    services.client.cancel(*waiting)
    record(services)
    gone = operator.post("/api/v1/bulk", json={"verb": "delete", "q": "state:cancelled"})
    assert (told(gone)["verb"], ended(operator, gone.headers["Location"])["counts"]["done"]) == ("remove", 3)


def test_a_job_with_too_many_tags_is_refused_and_the_others_are_tagged(
    operator: FlaskClient, services: Services, waiting: list[str]
) -> None:
    full = {"tags": [f"t{n}" for n in range(50)]}
    operator.patch(f"/api/v1/jobs/{waiting[0]}", json=full)
    answer = operator.post("/api/v1/bulk", json={"verb": "tag", "q": "state:waiting", "add_tags": ["new"]})
    counts = ended(operator, answer.headers["Location"])["counts"]
    assert (counts["done"], counts["failed"], counts["answers"]) == (2, 1, {"CROWDED": 1})


def test_a_dry_run_counts_and_does_nothing(operator: FlaskClient, services: Services, waiting: list[str]) -> None:
    answer = operator.post("/api/v1/bulk", json={"verb": "cancel", "q": "args.paper_id:1", "dry_run": True})
    assert (answer.status_code, told(answer)["options"]["total"], told(answer)["id"]) == (200, 1, None)
    assert services.store.counts("paper-processing")["waiting"] == 3
    assert told(operator.get("/api/v1/bulk"))["bulk"] == []


def test_an_act_is_stopped_between_two_batches_and_says_so(
    operator: FlaskClient, services: Services, waiting: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_doing, "TELL_EVERY", 0.0)
    body = {"verb": "cancel", "q": "state:waiting", "rate_per_s": 2}
    path = operator.post("/api/v1/bulk", json=body).headers["Location"]
    wait_until(lambda: told(operator.get(path))["counts"]["done"] >= 1)
    stopping = operator.delete(path)
    assert (stopping.status_code, told(stopping)["stopping"]) == (202, True)
    act = ended(operator, path)
    assert (act["state"], act["counts"]["done"] < 3) == ("stopped", True)
    assert operator.delete(path).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"verb": "retry"}, 422, "q"),
        ({"verb": "explode", "q": "state:failed"}, 422, "verb"),
        ({"verb": "retry", "q": "state:waiting"}, 422, None),
        ({"verb": "retry", "q": " "}, 422, None),
        ({"verb": "retry", "q": "state:(("}, 422, None),
        ({"verb": "retry", "q": "state:failed", "limit": 0}, 422, "limit"),
        ({"verb": "retry", "q": "state:failed", "rate_per_s": -1}, 422, "rate_per_s"),
        ({"verb": "retry", "q": "x" * 3_000}, 422, "q"),
        ({"verb": "retry", "q": "state:failed", "colour": "red"}, 422, "colour"),
        ({"verb": "retry", "q": "state:failed", "queue": "mail"}, 422, "queue"),
        ({"verb": "priority", "q": "state:waiting"}, 422, "priority"),
        ({"verb": "priority", "q": "state:waiting", "priority": "urgent"}, 422, "priority"),
        ({"verb": "priority", "q": "state:active", "priority": "high"}, 422, None),
        ({"verb": "move", "q": "state:waiting", "queue": "nowhere"}, 422, "queue"),
        ({"verb": "delay", "q": "state:waiting", "delay_ms": 5, "run_at": "2091-01-01T00:00:00Z"}, 422, "run_at"),
        ({"verb": "delay", "q": "state:blocked", "delay_ms": 5}, 422, None),
        ({"verb": "tag", "q": "state:failed"}, 422, "add_tags"),
        ({"verb": "tag", "q": "state:failed", "add_tags": []}, 422, "add_tags"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    operator: FlaskClient, body: dict[str, Any], status: int, field: str | None
) -> None:
    answer = operator.post("/api/v1/bulk", json=body)
    assert answer.status_code == status, answer.text
    assert field is None or [error["field"] for error in told(answer)["errors"]] == [field]
    assert told(operator.get("/api/v1/bulk"))["bulk"] == []


def test_so_many_acts_run_at_once_and_no_more(operator: FlaskClient, services: Services, waiting: list[str]) -> None:
    hold = threading.Event()

    def held(_: threading.Event) -> None:
        hold.wait(20)

    for _ in range(MOST):
        assert services.bulk_threads.reserve()
        services.bulk_threads.run(held)
    body = {"verb": "cancel", "q": "state:waiting"}
    answer = operator.post("/api/v1/bulk", json=body)
    assert (answer.status_code, told(answer)["code"], answer.headers["Retry-After"]) == (503, "busy", "10")
    hold.set()
    wait_until(lambda: operator.post("/api/v1/bulk", json=body).status_code == 202)


def test_an_act_that_died_with_its_process_is_interrupted_and_one_that_fails_says_why(services: Services) -> None:
    now = services.now_ms()
    id = begin(services.engine, "retry", "state:failed", "ann", now)
    assert find_act(services.engine, id, now + SILENCE_MS).state == "running"
    assert find_act(services.engine, id, now + SILENCE_MS + 1).state == "interrupted"

    def broken() -> Any:
        raise RuntimeError("the list of jobs is torn")
        yield

    act = find_act(services.engine, id, now)
    bulk_doing.do_bulk(services.engine, services.client, act, broken(), threading.Event())
    failed = find_act(services.engine, id, now)
    assert (failed.state, failed.error) == ("failed", "RuntimeError: the list of jobs is torn")
    assert failed.finished_at is not None


def test_an_act_that_is_none_is_not_found(operator: FlaskClient) -> None:
    assert operator.get("/api/v1/bulk/x").status_code == 404
    assert operator.delete("/api/v1/bulk/x").status_code == 404
