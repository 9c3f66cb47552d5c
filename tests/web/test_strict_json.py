"""What of JSON is taken from strangers, and what is not."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.strict_json import BadJson, loads

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), inner, max_size=4
        )
    ),
    max_leaves=20,
)


@given(plain, st.booleans())
def test_plain_json_is_taken_as_it_is(value: Any, escaped: bool) -> None:
    assert loads(json.dumps(value, ensure_ascii=escaped).encode()) == value


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"[" * 100_000, "at most 64 levels of nesting are taken, got 100000"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "at most 64 levels"),
        (b"NaN", "finite, got NaN"),
        (b"[Infinity]", "finite, got Infinity"),
        (b"-Infinity", "finite"),
        (b"1e400", "finite, got 1e400"),
        (b'{"a": 1, "b": 2, "a": 3}', "the name 'a' stands twice"),
        (b"9" * 4_000, "64 bits, got one of 4000 digits"),
        (b"9223372036854775808", "64 bits, got one of 19 digits"),
        (b'"\\ud800"', "half characters"),
        (b'"\\u0000"', "without NUL"),
        (b'{"\\u0000": 1}', "without NUL"),
        (b'"\xff"', "the body must be UTF-8, byte 1 is not"),
        (b"", "the body must be JSON"),
        (b"{'a': 1}", "at line 1, column 2"),
        (b"[1] 2", "extra data"),
        (b'"\\', "the body must be JSON"),
    ],
)
def test_what_is_hostile_is_refused_with_a_reason(body: bytes, said: str) -> None:
    with pytest.raises(BadJson, match=said):
        loads(body)


def test_the_place_of_bad_text_is_told() -> None:
    with pytest.raises(BadJson) as error:
        loads(b'{"jobs": [{"args": {"a/b": "\\u0000"}}]}')
    assert error.value.pointer == "/jobs/0/args/a~1b"


def test_brackets_inside_text_are_not_counted() -> None:
    assert loads(json.dumps(["[" * 500 + '\\"{"' * 100]).encode()) == ["[" * 500 + '\\"{"' * 100]


@given(st.binary(max_size=200))
def test_no_bytes_break_it(body: bytes) -> None:
    with contextlib.suppress(BadJson):
        loads(body)
