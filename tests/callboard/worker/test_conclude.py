import random
import subprocess
from typing import Any

import pytest
from dramatiq.errors import RateLimitExceeded
from dramatiq.errors import Retry as RetryAsked

from callboard.broker.attempt import Attempt
from callboard.broker.outcomes import commands
from callboard.jobs.errors import (
    ChildDied,
    InvalidArguments,
    JobCancelled,
    JobTimeout,
    LeaseLost,
    Permanent,
    RateLimited,
    RetryLater,
    Snooze,
    Transient,
    WorkerStopping,
)
from callboard.jobs.outcome import Cancelled, Complete, Dropped, Fail, Outcome, Release, RetryAfter
from callboard.worker.conclude import conclude_error, conclude_result, describe

FIXED = '{"attempts": 3, "first": 4.0, "at_most": 30.0, "jitter": "none"}'


def attempt(number: int = 1, **fields: str) -> Attempt:
    record = {"type": "add", "queue": "work", "enqueued_ms": "1", "attempts": "3", "retry": FIXED, **fields}
    return Attempt("01J", 1, number, record)


def concluded(error: BaseException, number: int = 1, **fields: str) -> Outcome:
    return conclude_error(attempt(number, **fields), error, max_crashes=3)


# S3.3
@pytest.mark.parametrize(
    ("error", "error_class"),
    [
        (ConnectionResetError("gone"), "transient"),
        (Transient("again"), "transient"),
        (TimeoutError("slow"), "transient"),
        (subprocess.TimeoutExpired("ls", 3), "transient"),
        (MemoryError(), "transient"),
        (JobTimeout("over 2 s"), "timeout"),
        (ValueError("odd"), "bug"),
        (RecursionError("deep"), "bug"),
        (SystemExit(1), "bug"),
        (KeyboardInterrupt(), "bug"),
        (GeneratorExit(), "bug"),
    ],
)
def test_what_may_pass_is_retried_while_attempts_are_left(error: BaseException, error_class: str) -> None:
    first, last = concluded(error), concluded(error, number=3)
    assert isinstance(first, RetryAfter)
    assert (first.delay, first.failure.error_class, first.crash) == (4.0, error_class, False)
    assert isinstance(last, Fail)
    assert last.failure.error_class == error_class


# S2.40
@pytest.mark.parametrize(
    ("error", "error_class"),
    [(Permanent("no"), "permanent"), (InvalidArguments("no"), "invalid"), (FileNotFoundError("no"), "permanent")],
)
def test_what_cannot_pass_fails_at_once_and_without_a_traceback(error: Exception, error_class: str) -> None:
    outcome = concluded(error)
    assert isinstance(outcome, Fail)
    assert (outcome.failure.error_class, outcome.failure.message, outcome.failure.traceback) == (error_class, "no", "")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Snooze(30), Release(30, "snoozed")),
        (Snooze(-5), Release(0.001, "snoozed")),
        (RateLimited(7, "provider:x"), Release(7, "limited")),
        (RateLimitExceeded("window"), Release(4.0, "limited")),
        (WorkerStopping("bye"), Release(0.0, "")),
        (JobCancelled("stop"), Cancelled()),
        (LeaseLost("gone"), Dropped()),
    ],
)
def test_what_is_not_the_fault_of_the_job_spends_no_attempt(error: BaseException, expected: Outcome) -> None:
    assert concluded(error) == expected


def test_a_body_says_itself_when_it_is_retried() -> None:
    later, asked = concluded(RetryLater(90)), concluded(RetryAsked("again", delay=1500))
    assert isinstance(later, RetryAfter)
    assert isinstance(asked, RetryAfter)
    assert (later.delay, asked.delay) == (90, 1.5)


def test_the_delay_grows_to_its_ceiling_and_is_spread_evenly_below_it() -> None:
    jittered = {"retry": '{"attempts": 9, "first": 2.0, "at_most": 10.0}', "attempts": "9"}
    rng = random.Random(3)
    for number, ceiling in ((1, 2), (2, 4), (3, 8), (4, 10), (5, 10)):
        outcomes = [conclude_error(attempt(number, **jittered), ValueError(), 3, rng=rng) for _ in range(200)]
        delays = [outcome.delay for outcome in outcomes if isinstance(outcome, RetryAfter)]
        assert len(delays) == 200
        assert max(delays) <= ceiling
        assert 0.35 * ceiling < sum(delays) / 200 < 0.65 * ceiling


def test_a_dead_child_counts_as_a_crash_and_fails_the_job_when_crashes_are_spent() -> None:
    first, last = concluded(ChildDied("killed")), concluded(ChildDied("killed"), crashes="2")
    assert isinstance(first, RetryAfter)
    assert first.crash
    assert isinstance(last, Fail)
    assert last.failure.error_class == "lost"


def test_a_cancelled_job_is_not_retried_because_its_body_failed_on_the_way_out() -> None:
    cancelled = attempt()
    cancelled.cancelled = True
    assert conclude_error(cancelled, ValueError("while cleaning up"), 3) == Cancelled()


def test_nothing_is_written_for_an_attempt_whose_lease_was_lost() -> None:
    lost = attempt()
    lost.lost = True
    assert conclude_error(lost, ValueError(), 3) == Dropped()
    assert conclude_result(lost, 5) == Dropped()


@pytest.mark.parametrize(("result", "text"), [(None, "null"), ({"a": [1, 2.5]}, '{"a":[1,2.5]}'), ("ü", '"ü"')])
def test_a_result_is_kept_as_json(result: Any, text: str) -> None:
    assert conclude_result(attempt(), result) == Complete(text)


@pytest.mark.parametrize("result", [object(), {"x": b"bytes"}, "x" * 300_000, {1: 2}, "\ud800"])
def test_a_result_that_cannot_be_kept_fails_the_job_for_good(result: Any) -> None:
    outcome = conclude_result(attempt(), result)
    assert isinstance(outcome, Fail)
    assert outcome.failure.error_class == "permanent"


def test_a_failure_is_bounded_and_secrets_are_masked() -> None:
    with pytest.raises(ValueError, match="CANARY") as caught:
        int("sk-CANARY " + "x" * 50_000)
    error = ValueError(str(caught.value) + "x" * 50_000).with_traceback(caught.tb)
    failure = describe(error, "bug", lambda text: text.replace("sk-CANARY", "***"))
    assert len(failure.message) <= 4_000
    assert len(failure.traceback) < 17_000
    assert "CANARY" not in failure.message + failure.traceback
    assert "left out" in failure.traceback


@pytest.mark.parametrize("outcome", [Release(float("inf")), Release(float("nan")), None], ids=["inf", "nan", "none"])
def test_an_outcome_that_cannot_be_written_fails_its_job_alone(outcome: Outcome | None) -> None:
    odd, good = attempt(), attempt()
    odd.outcome, good.outcome = outcome, Complete("1")
    written = [(verb, arguments) for verb, *arguments in commands(NamedScripts(), [odd, good])]  # type: ignore[arg-type]
    assert [verb for verb, _ in written] == ["fail", "complete"]


def test_a_message_that_is_no_text_is_written_all_the_same() -> None:
    odd = attempt()
    odd.outcome = conclude_error(odd, Permanent("file \udce4.pdf"), 3)
    ((_, *arguments),) = commands(NamedScripts(), [odd])  # type: ignore[arg-type]
    assert "file ?.pdf" in str(arguments)


class NamedScripts:
    """Stands for the connections: a command is the name of its verb and the arguments."""

    def script(self, name: str, *arguments: Any) -> tuple[Any, ...]:
        return (name, *arguments)
