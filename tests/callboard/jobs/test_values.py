"""What goes into a record and comes out again: encoding, calls, records, times, outcomes."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.jobs.call import record_fields
from callboard.jobs.clock import duration_ms, from_ms, to_ms, wall_ms
from callboard.jobs.encoding import MAX_BYTES, NotJson, TooLarge, decode, encode
from callboard.jobs.outcome import Failure
from callboard.jobs.policy import KeyLimit
from callboard.jobs.record import job_from_record
from tests.jobs import make_call

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=20,
)


@given(json_values)
def test_json_comes_back_as_it_went_in(value: object) -> None:
    assert decode(encode(value, "value"), "value") == value


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", 2**65, {1: "key"}, "\ud800", [1, [2, {"x": lambda: 1}]]])
def test_what_has_no_json_form_is_refused_by_name(value: object) -> None:
    with pytest.raises(NotJson, match="arguments of excel_import must be plain JSON values"):
        encode(value, "arguments of excel_import")


# S2.47
def test_the_limit_is_a_quarter_of_a_mebibyte_to_the_byte() -> None:
    assert len(encode("x" * (MAX_BYTES - 2), "value")) == MAX_BYTES == 262_144
    with pytest.raises(TooLarge, match="value take 262,145 bytes, 262,144 are allowed; store a file"):
        encode("x" * (MAX_BYTES - 1), "value")
    with pytest.raises(TooLarge):
        encode("é" * (MAX_BYTES // 2), "value")


def test_what_is_no_json_cannot_be_read() -> None:
    with pytest.raises(NotJson, match="checkpoint is not JSON"):
        decode("{", "checkpoint")


def test_a_call_becomes_the_fields_of_its_record() -> None:
    call = make_call(
        args=(1,), kwargs={"user": 7}, limits=(KeyLimit("user:{user}", concurrency=2),), unique="u", fairness="f"
    )
    flat = record_fields(call)
    fields = dict(zip(flat[::2], flat[1::2], strict=True))
    assert fields.pop("retry")
    assert fields == {
        "attempts": 3,
        "args": "[1]",
        "kwargs": '{"user":7}',
        "limits": '[["user:7",0,0,2]]',
        "fairness": "f",
        "unique": "u",
        "ties": 1,
    }


def test_a_call_has_its_delay_and_its_time_in_milliseconds() -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
    assert make_call(delay=1.5).delay_ms == 1_500
    assert make_call(delay=-1.0).delay_ms == 0
    assert make_call(run_at=at).due_ms == to_ms(at)
    assert make_call().named(tags=("a",)).tags == ("a",)


def test_times_are_aware_and_exact_to_the_millisecond() -> None:
    zone = timezone(timedelta(hours=2))
    assert to_ms(datetime(1970, 1, 1, 2, 0, 1, 500_000, tzinfo=zone)) == 1_500
    assert from_ms("1500") == datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)
    assert (from_ms(None), from_ms("")) == (None, None)
    with pytest.raises(ValueError, match="a time needs a time zone"):
        to_ms(datetime(2026, 1, 1))  # noqa: DTZ001
    assert (duration_ms(1.5), duration_ms(timedelta(minutes=1))) == (1_500, 60_000)
    assert abs(wall_ms() - to_ms(datetime.now(UTC))) < 5_000


def test_a_record_that_somebody_has_damaged_can_still_be_shown() -> None:
    damaged = {"type": "add", "attempt": "many", "args": "[1,", "due_ms": "²", "progress": "half", "state": "lost"}
    job = job_from_record("x", damaged)
    assert (job.state, job.attempt, job.args, job.due_at, job.progress) == ("lost", 0, ["[1,"], None, "half")
    odd = job_from_record("x", {"kwargs": "x", "meta": "[1]", "tags": "[{}]"})
    assert (odd.kwargs, odd.meta, odd.tags) == ({"_": "x"}, {"_": [1]}, ["{}"])
    assert job_from_record("x", {"due_ms": "9" * 30}).due_at is None
    assert job_from_record("x", {}).kwargs == {}


def test_a_failure_can_be_written_whatever_is_in_its_words() -> None:
    values = Failure("bug", "OSError", "cannot open \udcff", "line 1 \ud800").values()
    assert encode(values, "failure")
    assert values["message"].startswith("cannot open ")
