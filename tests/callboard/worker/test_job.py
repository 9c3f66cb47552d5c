from typing import Any

import pytest
from marshmallow import Schema, fields, validate

from callboard.jobs.change import Change
from callboard.jobs.errors import InvalidArguments
from callboard.jobs.policy import Queue, Retry
from callboard.worker.context import Context
from callboard.worker.job import JobActor
from tests.callboard.worker.conftest import Stage

SOON = Retry(attempts=2, first=0.0, at_most=0.0)


class Import(Schema):
    """Arguments of an import."""

    file = fields.String(required=True)
    table = fields.String(required=True)
    batch_size = fields.Integer(load_default=50, validate=validate.Range(1, 5_000))


def import_rows(ctx: Context, file: str, table: str, batch_size: int) -> list[Any]:
    return [file, table, batch_size]


@pytest.fixture
def importer(stage: Stage) -> JobActor:
    """A type with a schema."""
    declared: JobActor = stage.job(import_rows, schema=Import, retry=SOON)
    return declared


def test_arguments_are_bound_by_place_and_name_with_defaults_filled_in(stage: Stage, importer: JobActor) -> None:
    assert stage.ended(importer.send("a.xlsx", table="papers")).result == ["a.xlsx", "papers", 50]
    assert stage.ended(importer.send("a.xlsx", "papers", 7)).result == ["a.xlsx", "papers", 7]


@pytest.mark.parametrize(
    ("args", "kwargs", "named"),
    [
        ((), {}, ["file", "table"]),
        (("a",), {"table": "t", "batch_size": 0}, ["batch_size"]),
        (("a",), {"table": "t", "batch_size": "many"}, ["batch_size"]),
        ((3,), {"table": None}, ["file", "table"]),
        (("a", "t"), {"colour": "red"}, ["colour"]),
    ],
)
def test_arguments_that_do_not_fit_are_refused_by_name_before_anything_is_kept(
    stage: Stage, importer: JobActor, args: tuple[Any, ...], kwargs: dict[str, Any], named: list[str]
) -> None:
    with pytest.raises(InvalidArguments) as refused:
        importer.send(*args, **kwargs)
    assert sorted(refused.value.fields) == named
    assert all(field in str(refused.value) for field in [*named, "import_rows"])
    assert stage.broker.store.queues() == []


def test_too_many_arguments_are_counted(importer: JobActor) -> None:
    with pytest.raises(InvalidArguments, match="takes 3 arguments, got 4"):
        importer.message(1, 2, 3, 4)


def test_a_payload_that_no_longer_fits_its_schema_fails_alone(stage: Stage, importer: JobActor) -> None:
    from callboard.jobs.call import Call

    old = Call("import_rows", "stage", kwargs={"file": "a", "colour": "red"})
    good = importer.message("b", "papers")
    stage.broker.client.enqueue(old)
    stage.broker.enqueue(good)
    assert stage.ended(good).result == ["b", "papers", 50]
    job = stage.ended(old.id)
    assert (job.state, stage.failures(job)[0]["class"]) == ("failed", "invalid")


def test_a_body_without_context_is_called_with_its_arguments_only(stage: Stage) -> None:
    plain = stage.job(lambda x, y=2: [x, y], name="plain")
    assert plain(1, 3) == [1, 3]
    assert stage.ended(plain.send(1, y=5)).result == [1, 5]


def test_a_type_is_named_after_its_function_in_one_spelling(stage: Stage) -> None:
    assert stage.job(import_rows, name="Import-Rows").actor_name == "import_rows"


# S1.49 S2.48
def test_what_a_type_declares_is_kept_with_each_of_its_jobs(stage: Stage) -> None:
    declared = stage.job(import_rows, schema=Import, retry=Retry(attempts=7), timeout=90, priority="high")
    job = stage.broker.store.get(declared.send("a", "b").message_id)
    assert (job.attempts, job.timeout_ms, job.priority) == (7, 90_000, 2)


# S2.4 S2.49
def test_options_of_one_message_win_over_those_of_its_type(stage: Stage, importer: JobActor) -> None:
    options: dict[str, Any] = {"priority": "critical", "attempts": 1, "timeout": 5, "tags": ["x"], "meta": {"user": 17}}
    message = importer.send_with_options(args=("a", "b"), **options)
    job = stage.broker.store.get(message.message_id)
    assert (job.priority, job.attempts, job.timeout_ms, job.tags, job.meta) == (1, 1, 5_000, ["x"], {"user": 17})


def test_a_unique_key_is_held_by_one_live_job(stage: Stage, importer: JobActor) -> None:
    first = importer.send_with_options(args=("a", "b"), unique_key="import:a")
    second = importer.send_with_options(args=("a", "b"), unique_key="import:a")
    assert stage.broker.store.find(second.message_id) is None
    assert stage.ended(first).state == "completed"
    third = importer.send_with_options(args=("a", "b"), unique_key="import:a")
    assert stage.ended(third).state == "completed"


@pytest.mark.parametrize("options", [{"priority": "urgent"}, {"priority": 0}, {"queue": Queue("x"), "name": "a b!"}])
def test_a_policy_that_makes_no_sense_is_refused_at_declaration(stage: Stage, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"priority|name"):
        stage.job(import_rows, **options)


def test_results_of_a_flow_come_last_and_pass_the_schema(stage: Stage, importer: JobActor) -> None:
    number = stage.job(lambda: 12, name="number")
    pipe = (number.message() | stage.job(takes_number, schema=Number).message("rows")).run()
    assert stage.ended(pipe.messages[-1]).result == ["rows", 12]


class Number(Schema):
    """A word, and the number that a step before hands on."""

    word = fields.String(required=True)
    number = fields.Integer()


def takes_number(word: str, number: int) -> list[Any]:
    return [word, number]


def test_a_job_that_was_moved_runs_in_its_new_queue_in_all_its_attempts(stage: Stage) -> None:
    def late(ctx: Context) -> str:
        if ctx.number == 1:
            raise ValueError("not yet")
        return stage.broker.store.get(ctx.id).queue

    moved, other = stage.job(late, retry=SOON), stage.job(lambda: 1, name="other", queue=Queue("elsewhere"))
    message = moved.send()
    assert stage.broker.client.edit(Change(queue="elsewhere"), message.message_id) == ["EDITED"]
    job = stage.ended(message)
    assert (job.state, job.result, job.queue, job.attempt) == ("completed", "elsewhere", "elsewhere", 2)
    assert stage.ended(other.send()).result == 1
