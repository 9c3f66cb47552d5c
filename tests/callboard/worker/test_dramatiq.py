"""What Dramatiq documents of actors, messages, pipelines and groups holds on our broker."""

import time
from typing import Any

import dramatiq
import pytest
from dramatiq import group, pipeline
from dramatiq.results import ResultFailure, ResultMissing, ResultTimeout

from callboard.jobs.record import Job
from tests.callboard.worker.conftest import Stage
from tests.waiting import wait_until


@pytest.fixture
def actors(stage: Stage) -> Any:
    """Plain actors, as a Dramatiq project has them."""

    class Actors:
        add = stage.actor(lambda x, y: x + y, actor_name="add")
        double = stage.actor(lambda x: 2 * x, actor_name="double")
        nothing = stage.actor(lambda *_: "called", actor_name="nothing")
        remember = stage.actor(
            lambda word, *more: stage.broker.links.call("RPUSH", "words", word), actor_name="remember"
        )

    yield Actors
    stage.broker.links.call("DEL", "words")


def words(stage: Stage) -> list[str]:
    return list(stage.broker.links.call("LRANGE", "words", 0, -1))


def test_an_actor_is_still_a_function(actors: Any) -> None:
    assert actors.add(1, 2) == 3


def test_send_runs_the_actor_and_its_result_can_be_awaited(stage: Stage, actors: Any) -> None:
    stage.work()
    assert actors.add.send(1, y=2).get_result(block=True, timeout=30_000) == 3


def test_a_result_that_is_not_there_says_so(stage: Stage, actors: Any) -> None:
    message = actors.add.send_with_options(args=(1, 2), delay=60_000)
    with pytest.raises(ResultMissing):
        message.get_result()
    with pytest.raises(ResultTimeout):
        message.get_result(block=True, timeout=50)


def test_a_delay_is_kept_to_the_millisecond_and_not_much_longer(stage: Stage, actors: Any) -> None:
    stage.work()
    message = actors.add.send_with_options(args=(1, 2), delay=300)
    assert stage.broker.store.get(message.message_id).state == "delayed"
    job = stage.ended(message)
    assert job.enqueued_at
    assert job.started_at
    assert 0.3 <= (job.started_at - job.enqueued_at).total_seconds() < 3.0


def failing(stage: Stage, **options: Any) -> Job:
    """The job of an actor that always raises ValueError."""

    def fails() -> None:
        raise ValueError("always")

    return stage.ended(stage.actor(fails, **options).send())


def test_max_retries_and_backoff_are_honoured(stage: Stage) -> None:
    began = time.monotonic()
    job = failing(stage, max_retries=2, min_backoff=50, max_backoff=100)
    assert (job.state, job.attempt) == ("failed", 3)
    assert time.monotonic() - began < 5


def test_no_retries_means_one_attempt(stage: Stage) -> None:
    assert failing(stage, max_retries=0).attempt == 1


def test_what_an_actor_throws_on_purpose_is_not_retried(stage: Stage) -> None:
    job = failing(stage, throws=(ValueError,), max_retries=5)
    assert (job.state, job.attempt) == ("failed", 1)
    assert [failure["class"] for failure in stage.failures(job)] == ["permanent"]


def test_a_failure_is_raised_where_its_result_is_asked_for(stage: Stage) -> None:
    job = failing(stage, max_retries=0)
    message: dramatiq.Message[Any] = dramatiq.Message("default", "fails", (), {}, {}, job.id)
    with pytest.raises(ResultFailure, match="ValueError: always"):
        message.get_result(backend=stage.broker.results)


def test_time_limit_is_in_milliseconds(stage: Stage) -> None:
    def endless() -> None:
        while True:
            pass

    job = stage.ended(stage.actor(endless, time_limit=200, max_retries=0).send())
    assert stage.failures(job)[0]["message"] == "ran over its time limit of 0.2 s"


def test_an_exception_that_has_no_words_ends_its_job_all_the_same(stage: Stage) -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    def fails() -> None:
        raise Mute

    assert stage.ended(stage.actor(fails, max_retries=0).send()).state == "failed"


def test_a_pipe_hands_each_result_to_the_next(stage: Stage, actors: Any) -> None:
    stage.work()
    pipe = actors.add.message(1, 2) | actors.double.message() | actors.add.message(10)
    assert pipe.run().get_result(block=True, timeout=30_000) == 16
    assert list(pipe.get_results(block=True, timeout=30_000)) == [3, 6, 16]


def test_pipe_ignore_drops_the_result_of_the_step_before(stage: Stage, actors: Any) -> None:
    stage.work()
    ignoring = actors.double.message_with_options(args=(21,), pipe_ignore=True)
    assert (actors.add.message(1, 2) | ignoring).run().get_result(block=True, timeout=30_000) == 42


def test_a_pipeline_takes_a_delay_and_pipelines(stage: Stage, actors: Any) -> None:
    stage.work()
    inner = pipeline([actors.add.message(1, 2), actors.double.message()])
    whole = pipeline([inner, actors.double.message()]).run(delay=100)
    assert stage.broker.store.get(whole.messages[0].message_id).state == "delayed"
    assert whole.get_result(block=True, timeout=30_000) == 12


def test_a_step_that_fails_ends_its_pipeline(stage: Stage, actors: Any) -> None:
    def fails(_: int) -> None:
        raise ValueError("in the middle")

    broken = stage.actor(fails, max_retries=0)
    pipe = (actors.add.message(1, 2) | broken.message() | actors.double.message()).run()
    last = stage.ended(pipe.messages[-1])
    assert (last.state, last.blocked_by) == ("failed", pipe.messages[1].message_id)


def test_a_pipeline_of_five_hundred_steps_runs_through(stage: Stage, actors: Any) -> None:
    stage.work()
    pipe = pipeline([actors.add.message(1, 0), *(actors.add.message(1) for _ in range(499))])
    assert pipe.run().get_result(block=True, timeout=30_000) == 500


def test_a_group_runs_side_by_side_and_gives_its_results_in_order(stage: Stage, actors: Any) -> None:
    stage.work()
    members = group([actors.add.message(n, n) for n in range(20)]).run()
    assert list(members.get_results(block=True, timeout=30_000)) == [2 * n for n in range(20)]
    assert members.completed_count == 20


def test_a_group_calls_back_once_when_all_its_members_are_done(stage: Stage, actors: Any) -> None:
    members = group([actors.remember.message(f"member {n}") for n in range(10)])
    members.add_completion_callback(actors.remember.message("callback"))
    members.run()
    stage.work()
    wait_until(lambda: "callback" in words(stage))
    assert sorted(words(stage)[:-1]) == sorted(f"member {n}" for n in range(10))
    assert words(stage)[-1] == "callback"
    assert words(stage).count("callback") == 1


def test_a_group_of_pipelines_calls_all_its_callbacks_after_their_last_steps(stage: Stage, actors: Any) -> None:
    pipes = [actors.nothing.message() | actors.remember.message_with_options(args=(f"end {n}",)) for n in range(5)]
    members = group(pipes)
    members.add_completion_callback(actors.remember.message("first callback"))
    members.add_completion_callback(actors.remember.message("second callback"))
    members.run()
    stage.work()
    wait_until(lambda: {"first callback", "second callback"} <= set(words(stage)))
    assert sorted(words(stage)[:5]) == [f"end {n}" for n in range(5)]
    assert len(words(stage)) == 7


def test_messages_of_a_group_may_be_delayed(stage: Stage, actors: Any) -> None:
    stage.work()
    members = group([actors.add.message(1, 1)]).run(delay=100)
    assert list(members.get_results(block=True, timeout=30_000)) == [2]


def test_abandoned_work_is_flushed(stage: Stage, actors: Any) -> None:
    message = actors.add.send_with_options(args=(1, 2), delay=60_000)
    stage.broker.flush_all()
    assert stage.broker.store.get(message.message_id).state == "cancelled"
