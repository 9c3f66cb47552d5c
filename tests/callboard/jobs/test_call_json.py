from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.jobs.call import Call, record_fields
from callboard.jobs.call_json import call_from_json, call_json, plan_from_json, plan_json
from callboard.jobs.encoding import MAX_BYTES, NotJson, TooLarge
from callboard.jobs.flow import Step, chain, graph, group, plan
from callboard.jobs.policy import JITTERS, KeyLimit, Policy, RateLimit, Retry
from tests.callboard.jobs.test_values import json_values

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
seconds = st.floats(0, 1e6)
rates = st.builds(RateLimit, st.integers(1, 1000), st.floats(0.001, 1e6))
retries = st.builds(
    Retry,
    attempts=st.integers(1, 100),
    first=st.floats(0, 10),
    at_most=st.floats(10, 1e6),
    factor=st.floats(1, 10),
    jitter=st.sampled_from(JITTERS),
)
policies = st.builds(
    Policy,
    retry=retries,
    timeout=st.none() | seconds,
    priority=st.integers(1, 100),
    isolated=st.booleans(),
    memory_mb=st.none() | st.integers(1, 4096),
    limits=st.lists(st.builds(KeyLimit, st.just("user:{user}"), st.none() | rates, st.none() | st.integers(1, 9))).map(
        tuple
    ),
    fairness=st.none() | words,
    unique=st.none() | words,
)
zones = st.sampled_from([UTC, ZoneInfo("Europe/Berlin"), timezone(timedelta(hours=-3, minutes=-30))])
moments = st.integers(0, 7_000_000_000_000_000).map(lambda us: EPOCH + timedelta(microseconds=us))
objects = st.dictionaries(words, json_values, max_size=2)
calls = st.builds(
    Call,
    type=words,
    queue=words,
    args=st.lists(json_values, max_size=2).map(tuple),
    kwargs=objects.map(lambda given: {**given, "user": 17}),
    policy=policies,
    id=st.from_regex(r"[A-Za-z0-9._:/+=@-]{1,40}", fullmatch=True),
    delay=seconds,
    run_at=st.none() | st.builds(datetime.astimezone, moments, zones),
    tags=st.lists(words, max_size=3).map(tuple),
    meta=objects,
    options=objects,
    takes_results=st.booleans(),
)


@given(calls)
def test_a_call_comes_back_as_it_went_in(call: Call) -> None:
    back = call_from_json(call_json(call))
    assert back == call
    assert (record_fields(back), back.due_ms, back.delay_ms) == (record_fields(call), call.due_ms, call.delay_ms)


@given(calls)
def test_a_plan_comes_back_as_it_went_in(call: Call) -> None:
    one, two, three = (call.named(id=str(n)) for n in range(3))
    a, b = Step(one, "ignore"), Step(two, name="b")
    for planned in (
        plan(chain(one, group(two, Step(three, "continue"))), name="p", meta={"user": 17}),
        plan(group(group(one, two), three), on_failure=call.named(id="4")),
        graph(a, b, Step(three, after=(a, b))),
    ):
        assert plan_from_json(plan_json(planned)) == planned


def test_what_is_left_at_its_default_takes_no_room() -> None:
    assert call_json(Call("add", "sums", (1, 2), id="x")) == '{"type":"add","queue":"sums","args":[1,2],"id":"x"}'


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (Call("add", "sums", (object(),)), NotJson, "arguments of add must be plain JSON"),
        (Call("add", "sums", meta={"at": Policy()}), NotJson, "meta of add must be plain JSON"),
        (Call("add", "sums", ("x" * MAX_BYTES,)), TooLarge, "arguments of add take"),
        (Call("add", "sums", delay=float("inf")), ValueError, "must be a finite number"),
        (Call("add", "sums", id="x" * 201), ValueError, "an id has up to 200"),
        (Call("add", "sums", run_at=datetime(2030, 1, 1)), ValueError, "needs a time zone"),  # noqa: DTZ001
        (
            Call("add", "sums", policy=Policy(limits=(KeyLimit("user:{user}"),))),
            ValueError,
            "needs the argument 'user'",
        ),
    ],
)
def test_what_an_enqueue_would_refuse_is_refused_before_it_is_kept(
    call: Call, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        call_json(call)
    with pytest.raises(error, match=words):
        plan_json(plan(chain(Call("first", "sums"), call)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"type":"add"}',
        '{"type":"add","queue":1}',
        '{"type":"add","queue":"sums","run_at":"soon"}',
        '{"type":"add","queue":"sums","policy":{"retry":{"attempts":0}}}',
    ],
)
def test_what_is_no_call_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(NotJson, match="the kept call"):
        call_from_json(text)
    with pytest.raises(NotJson, match="the kept flow"):
        plan_from_json(text)
