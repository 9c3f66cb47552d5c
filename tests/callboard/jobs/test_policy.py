import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callboard.jobs.policy import (
    DEFAULT_RETRY,
    PRIORITIES,
    RETRY_PRESETS,
    KeyLimit,
    Policy,
    Queue,
    RateLimit,
    Retry,
    priority_number,
    priority_word,
    queue_slug,
    type_slug,
)

# Written by hand from the documents: seconds before the attempts 2, 3, 4, 5, 6 at the most, and attempts allowed.
CEILINGS = {
    "default": (3, [2, 4, 8, 16, 30]),
    "s1": (3, [2, 4, 8, 16, 30]),
    "s2": (3, [2, 4, 8, 16, 32]),
    "s3": (3, [2, 4, 8, 16, 30]),
    "s4": (3, [1, 2, 4, 8, 16]),
    "excel_import": (3, [5, 10, 20, 40, 60]),
    "ai": (3, [10, 10, 10, 10, 10]),
    "database": (3, [5, 5, 5, 5, 5]),
    "email": (3, [2, 4, 8, 16, 32]),
    "webhook": (8, [5, 15, 45, 135, 405]),
    "once": (1, [2, 4, 8, 16, 30]),
}
JITTERED = {"default", "s1", "excel_import", "email", "webhook", "once"}
retries = st.builds(
    lambda attempts, first, more, factor, jitter: Retry(attempts, first, first + more, factor, jitter),
    st.integers(1, 50),
    st.floats(0, 100),
    st.floats(0, 10_000),
    st.floats(1, 1e9),
    st.sampled_from(("full", "none")),
)


# S5.22 S5.23 S5.24 S5.25
@pytest.mark.parametrize("name", RETRY_PRESETS)
def test_a_preset_is_what_its_document_says(name: str) -> None:
    retry = RETRY_PRESETS[name]
    assert (retry.attempts, [retry.ceiling(attempt) for attempt in range(1, 6)]) == CEILINGS[name]
    assert (retry.jitter == "full") == (name in JITTERED)


def test_every_preset_is_written_down_by_hand() -> None:
    assert RETRY_PRESETS.keys() == CEILINGS.keys()


# S1.19
@settings(max_examples=60, database=None)
@given(retry=retries, attempt=st.integers(1, 10_000), seed=st.integers())
def test_a_delay_is_between_nothing_and_its_ceiling_and_that_below_the_cap(
    retry: Retry, attempt: int, seed: int
) -> None:
    delay = retry.delay(attempt, random.Random(seed))
    ceiling = retry.ceiling(attempt)
    assert 0 <= delay <= ceiling <= retry.at_most
    assert retry.jitter == "full" or delay == ceiling
    assert attempt > 1 or ceiling == retry.first


# S1.3
def test_full_jitter_is_uniform_over_the_whole_share() -> None:
    retry, rng = Retry(first=10.0, at_most=10.0), random.Random(7)
    delays = sorted(retry.delay(1, rng) for _ in range(4_000))
    assert [round(delays[index]) for index in (400, 2_000, 3_600)] == [1, 5, 9]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"attempts": 0}, "attempts must be at least 1, got 0"),
        ({"first": -1.0}, "first must be between 0 and at_most"),
        ({"first": 31.0}, r"first must be between 0 and at_most \(30 s\), got 31"),
        ({"first": math.nan}, "first must be between 0"),
        ({"at_most": math.inf}, "at_most must be"),
        ({"factor": 0.5}, "factor must be at least 1, got 0.5"),
        ({"factor": math.inf}, "factor must be"),
        ({"jitter": "half"}, 'jitter must be one of full, none, got "half"'),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Retry(**changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(("count", "per"), [(0, 1.0), (1, 0.0), (1, -1.0), (1, 0.0004), (1, math.nan)])
def test_a_rate_that_cannot_be_kept_is_refused(count: int, per: float) -> None:
    with pytest.raises(ValueError, match="a rate limit needs"):
        RateLimit(count, per)


def test_a_limit_key_is_filled_in_from_the_arguments() -> None:
    limit = KeyLimit("provider:{provider}", rate=RateLimit(50, 60), concurrency=4)
    assert limit.resolve({"provider": "openai", "text": "x"}) == ["provider:openai", 50, 60_000, 4]
    assert KeyLimit("global").resolve({}) == ["global", 0, 0, 0]
    with pytest.raises(ValueError, match=r'limit key "provider:\{provider\}" needs the argument'):
        limit.resolve({})


# S5.31
@pytest.mark.parametrize(
    ("value", "number"), [("critical", 1), ("high", 2), (" Normal ", 3), ("low", 4), (1, 1), (100, 100), ("42", 42)]
)
def test_a_priority_is_a_word_or_a_number(value: str | int, number: int) -> None:
    assert priority_number(value) == number


@pytest.mark.parametrize("value", [0, 101, -1, True, "urgent", "", "²", 2.5])
def test_any_other_priority_is_refused(value: str | int) -> None:
    with pytest.raises(ValueError, match="priority must be one of critical, high, normal, low or a whole number"):
        priority_number(value)


def test_a_priority_has_its_word_where_there_is_one() -> None:
    assert [priority_word(number) for number in (1, 2, 3, 4, 5)] == [*PRIORITIES, "5"]


def test_a_record_keeps_of_a_policy_what_differs_from_the_default() -> None:
    assert Policy().fields == ("attempts", 3)
    policy = Policy(Retry(attempts=5), timeout=1.5, priority=1, isolated=True, memory_mb=512)
    fields = dict(zip(policy.fields[::2], policy.fields[1::2], strict=True))
    assert fields.pop("retry") == '{"attempts":5,"first":2.0,"at_most":30.0,"factor":2.0,"jitter":"full"}'
    assert fields == {"attempts": 5, "priority": 1, "timeout_ms": 1_500, "memory_mb": 512, "isolated": 1}
    assert DEFAULT_RETRY.attempts == 3


# S2.37
@pytest.mark.parametrize(
    ("name", "slug"), [("Excel_Import", "excel-import"), (" ai analysis ", "ai-analysis"), ("q1", "q1")]
)
def test_the_case_and_the_dashes_of_a_queue_do_not_matter(name: str, slug: str) -> None:
    assert queue_slug(name) == Queue(name).name == slug
    assert type_slug(name) == slug.replace("-", "_")


@pytest.mark.parametrize("name", ["", "a:b", "ümlaut", "x" * 65, "a.b", "--", "{x}"])
def test_what_is_no_name_is_refused(name: str) -> None:
    for slug in (queue_slug, type_slug):
        with pytest.raises(ValueError, match="is not a name; use at most 64 letters, digits"):
            slug(name)
