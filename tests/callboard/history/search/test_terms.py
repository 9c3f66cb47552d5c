import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.history.search.terms import MOST, path_of, terms_of, terms_of_text

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def found_by(text: str, path: tuple[str, ...], value: Any, column: str = "kwargs") -> bool:
    """Whether a job with this value is found by a text at a path of its arguments."""
    return bool(terms_of_text(path_of("args", path), text) & set(terms_of({column: json.dumps(value)})))


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("123", ("id",), {"id": 123}),
        ("123", ("id",), {"id": "123"}),
        ("123.0", ("id",), {"id": 123}),
        ("123", ("id",), {"id": 123.0}),
        ("1e2", ("id",), {"id": 100}),
        ("0.50", ("id",), {"id": 0.5}),
        ("007", ("id",), {"id": "007"}),
        ("1000000000000000", ("id",), {"id": 10**15}),
        ("Straße", ("city",), {"city": "STRASSE"}),
        ("true", ("on",), {"on": True}),
        ("NULL", ("on",), {"on": None}),
        ("x", ("a", "b"), {"a": {"b": "x"}}),
        ("x", ("a", "b"), {"a": [{"b": "y"}, {"b": ["z", "x"]}]}),
        ("x", ("a.b",), {"a.b": "x"}),
        ("x", ("",), {"": "x"}),
    ],
)
def test_a_value_is_found_by_what_is_typed(text: str, path: tuple[str, ...], value: Any) -> None:
    assert found_by(text, path, value)


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("12", ("id",), {"id": 123}),
        ("123", ("id",), {"Id": 123}),
        ("1", ("on",), {"on": True}),
        ("x", ("a",), {"a": {"b": "x"}}),
        ("x", ("a", "b"), {"a.b": "x"}),
        ("0", ("a",), {"a": False}),
        ("x" * 1001, ("a",), {"a": "x" * 1001}),
    ],
)
def test_other_values_and_other_paths_are_not(text: str, path: tuple[str, ...], value: Any) -> None:
    assert not found_by(text, path, value)


def test_arguments_by_position_have_the_number_of_their_place() -> None:
    assert found_by("five", ("1",), [5, "five"], "args")
    assert not found_by("five", ("0",), [5, "five"], "args")
    assert found_by("x", ("0", "name"), [{"name": "x"}], "args")


def test_tags_meta_and_unique_key_have_terms_of_their_own() -> None:
    row = {"tags": '["Nightly"]', "meta": '{"batch": 7}', "unique_key": "Import:1", "kwargs": '{"batch": 8}'}
    terms = set(terms_of(row))
    assert terms == (
        terms_of_text("tag", "nightly")
        | terms_of_text(path_of("meta", ("batch",)), "7")
        | terms_of_text("key", "import:1")
        | terms_of_text(path_of("args", ("batch",)), "8")
    )


def test_only_so_many_values_of_a_job_have_terms_and_those_further_out_first() -> None:
    many = {"deep": {"er": list(range(5_000))}, "id": 7}
    terms = terms_of({"kwargs": json.dumps(many)})
    assert len(terms) == MOST
    assert found_by("7", ("id",), many)


def test_a_value_that_is_repeated_has_one_term() -> None:
    assert len(terms_of({"kwargs": json.dumps({"a": ["x"] * 50})})) == 1


@pytest.mark.parametrize("text", ["", "not json", "[1", '{"a": NaN}'])
def test_what_is_not_json_has_no_terms(text: str) -> None:
    assert terms_of({"kwargs": text, "args": text, "tags": text, "meta": text}) == []


@given(anything)
def test_every_json_value_can_be_gone_through(value: Any) -> None:
    row = dict.fromkeys(("args", "kwargs", "tags", "meta"), json.dumps(value))
    assert len(terms_of(row)) <= MOST + 1


def test_lists_in_lists_without_end_are_not_gone_through_to_the_end() -> None:
    assert terms_of({"kwargs": "[" * 500 + "1" + "]" * 500}) == []
    assert terms_of({"kwargs": json.dumps([[[]] * 1_000] * 100)}) == []
