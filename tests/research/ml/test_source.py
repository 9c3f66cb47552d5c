"""Rows from files and from what was found in papers."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import Engine

from callboard.history.database import writing
from research.files import FileStore
from research.ml.errors import UntrainableData
from research.ml.source import is_missing, read_rows, table_rows
from research.models import PaperRow, QuantityRow


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.csv", "x,y\n1,2\n3,4,5\n", "a.csv, line 3: more cells than the header has names"),
        ("a.csv", "x,x\n1,2\n", 'a.csv: column "x" is there twice'),
        ("a.csv", 'x,y\n1,"2\n', "a.csv, line 2: unexpected end of data"),
        ("a.csv", "x\n" + "a" * 1_000_001 + "\n", "a.csv, line 2: field larger than field limit"),
        ("a.ndjson", '{"x": 1}\n[2]\n', "a.ndjson, line 2: expected a JSON object, got list"),
        ("a.ndjson", '{"x": 1}\n{"x":\n', "a.ndjson, line 2: Expecting value"),
        ("a.pdf", "", "a.pdf is no table: a name that ends in .csv, .tsv, .ndjson, .jsonl was expected"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_line(name: str, content: str, problem: str) -> None:
    with pytest.raises(UntrainableData, match=problem.replace("[", r"\[")):
        list(table_rows(name, io.StringIO(content, newline="")))


def test_a_file_in_another_encoding_is_refused(files: FileStore) -> None:
    reference = files.put("größe,y\n1,2\n".encode("latin-1"), "latin.csv").reference
    with pytest.raises(UntrainableData, match=r"latin\.csv is not in UTF-8: invalid continuation byte|is not in UTF-8"):
        list(read_rows(None, files, reference))  # type: ignore[arg-type]


def test_the_words_for_no_value_are_missing_and_zero_is_not() -> None:
    assert [is_missing(cell) for cell in (None, float("nan"), "", " NA ", "null", "n/a")] == [True] * 6
    assert [is_missing(cell) for cell in (0, False, "0", "none of them")] == [False] * 4


def test_the_quantities_of_papers_are_rows_in_their_order(database: Engine, files: FileStore) -> None:
    with writing(database) as session:
        session.add(PaperRow(id="p", file="p.pdf"))
        session.flush()
        values = {"unit": "V", "page": 1, "sentence": "It gave 1 V."}
        session.add_all(QuantityRow(paper_id="p", position=n, value=n, name="voltage", **values) for n in (2, 1))
    found = list(read_rows(database, files, "paper_quantities"))
    assert [row["value"] for row in found] == [1, 2]
    assert set(found[0]) == {"paper_id", "name", "value", "unit", "sentence"}
