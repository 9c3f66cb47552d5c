"""Datasets on SQLite and PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from callboard.history.database import writing
from research.datasets import store
from research.datasets.errors import BadName, BadRow, RowConflict, UnknownDataset
from research.datasets.row import Row, dataset_name, key_of
from research.datasets.store import Counts, put_rows

TERMS = [Row({"term": "anode", "hits": 3}), Row({"term": "cathode", "hits": 5})]


def put(engine: Engine, rows: list[Row], conflict: str = "update", table: str = "terms") -> Counts:
    with writing(engine) as session:
        return put_rows(session, table, rows, keys=["term"], conflict=conflict)


def test_rows_come_back_in_the_order_they_came_in(database: Engine) -> None:
    assert put(database, TERMS) == Counts(inserted=2)
    assert list(store.rows(database, "Terms", chunk=1)) == [dict(row.values) for row in TERMS]
    assert list(store.rows(database, "terms", columns=["hits", "none"])) == [
        {"hits": 3, "none": None},
        {"hits": 5, "none": None},
    ]
    assert (store.columns(database, "terms"), store.count(database, "terms")) == (["term", "hits"], 2)


# S5.6
@pytest.mark.parametrize(("conflict", "counts", "hits"), [("update", Counts(1, 1, 0), 9), ("skip", Counts(1, 0, 1), 5)])
def test_a_row_that_is_there_is_treated_by_policy(database: Engine, conflict: str, counts: Counts, hits: int) -> None:
    put(database, TERMS)
    more = [Row({"term": "cathode", "hits": 9}), Row({"term": "membrane", "hits": 1})]
    assert put(database, more, conflict) == counts
    assert [row["hits"] for row in store.rows(database, "terms")] == [3, hits, 1]


# S5.6
def test_the_policy_fail_stores_nothing_and_names_the_rows(database: Engine) -> None:
    put(database, TERMS)
    with pytest.raises(RowConflict, match=r'table terms has 1 of these rows already: \["anode"\]'):
        put(database, [Row({"term": "membrane"}), Row({"term": "anode"})], "fail")
    assert store.count(database, "terms") == 2


def test_of_rows_with_one_key_the_last_counts(database: Engine) -> None:
    assert put(database, [Row({"term": "a", "hits": 1}), Row({"term": "a", "hits": 2})]) == Counts(1, 0, 1)
    assert list(store.rows(database, "terms")) == [{"term": "a", "hits": 2}]


def test_rows_without_key_columns_are_known_by_their_place(database: Engine) -> None:
    placed = [Row({"x": n}, source="f" * 64, sheet="S", line=n) for n in range(3)]
    for expected in (Counts(inserted=3), Counts(updated=3)):
        with writing(database) as session:
            assert put_rows(session, "places", placed) == expected


def test_two_writers_of_one_table_take_turns(database: Engine) -> None:
    batches = [[Row({"term": f"{n % 30}", f"c{w}": n}) for n in range(40)] for w in range(4)]
    with ThreadPoolExecutor(4) as threads:
        done = sum(threads.map(lambda rows: put(database, rows), batches), Counts())
    assert (done.inserted, done.updated, done.skipped) == (30, 90, 40)
    assert store.columns(database, "terms")[0] == "term"
    assert sorted(store.columns(database, "terms")[1:]) == ["c0", "c1", "c2", "c3"]


def test_what_cannot_be_stored_is_refused_with_its_place(database: Engine) -> None:
    with pytest.raises(BadRow, match=r"column hits: a finite number was expected, got nan \(row 7 of sheet 'A'\)"):
        put(database, [Row({"term": "a", "hits": float("nan")}, sheet="A", line=7)])
    with pytest.raises(BadRow, match=r"a row needs a value in term, .* \(line 2\)"):
        put(database, [Row({"hits": 1}, line=2)])
    with pytest.raises(UnknownDataset, match="table terms is unknown; there are none yet"):
        store.count(database, "terms")


def test_the_key_columns_of_a_dataset_stay_as_they_are(database: Engine) -> None:
    put(database, TERMS)
    with pytest.raises(RowConflict, match="told apart by term, not by hits"), writing(database) as session:
        put_rows(session, "terms", TERMS, keys=["hits"])


def test_a_name_is_a_slug() -> None:
    assert dataset_name(" Fuel-Cells 2 ") == "fuel_cells_2"
    for bad in ("", "2x", "a;drop", "ä", "x" * 65):
        with pytest.raises(BadName, match="a letter first"):
            dataset_name(bad)


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=100)
@given(st.lists(st.text(max_size=300), min_size=1, max_size=3))
def test_a_key_fits_its_column_and_is_the_same_again(values: list[str]) -> None:
    row = Row({f"k{n}": value for n, value in enumerate(values)})
    keys = list(row.values)
    assert len(key_of(row, keys)) <= 200
    assert key_of(row, keys) == key_of(Row(dict(reversed(list(row.values.items())))), keys)


def test_a_dataset_goes_with_its_rows(database: Engine) -> None:
    put(database, TERMS)
    with writing(database) as session:
        assert store.remove_dataset(session, "terms")
        assert not store.remove_dataset(session, "terms")
    put(database, TERMS[:1])
    assert store.count(database, "terms") == 1
