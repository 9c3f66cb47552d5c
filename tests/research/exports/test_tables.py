"""Papers, parameters and datasets as tables: what is in them, which rows are chosen, and all of one moment."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert

from callboard.history.database import writing
from research.datasets.errors import UnknownDataset
from research.datasets.row import Row
from research.datasets.store import put_rows
from research.experiments.models import ExperimentRow, MetricRow, ReadingRow
from research.exports.errors import ExportRefused
from research.exports.filters import parse_where
from research.exports.kinds import open_table
from research.exports.snapshot import snapshot
from research.exports.text_files import write_json
from research.models import AnalysisRow, PaperRow, QuantityRow


@pytest.fixture
def papers(database: Engine) -> Engine:
    """Three papers: two analyses of the first, one of the second; two quantities each."""
    at = datetime(2026, 11, 22, tzinfo=UTC)
    analysis = {"summary": "s", "key_phrases": ["a", "b"], "findings": [{"text": "f", "page": 1}], "created_at": at}
    with writing(database) as session:
        for n in (1, 2, 3):
            about = {"title": f"=Paper {n}", "authors": ["A", "B"], "year": 2020 + n, "created_at": at}
            session.add(PaperRow(id=f"p{n}", file=f"{n}.pdf", language="en" if n < 3 else None, **about))
        session.flush()
        for paper, model in (("p1", "x"), ("p1", "y"), ("p2", "x")):
            session.add(AnalysisRow(paper_id=paper, provider="local", model=model, **analysis))
        for n in (1, 2, 3):
            for position, unit in enumerate(("V", "W/m**2")):
                values = {"value": -n * 1.5, "unit": unit, "page": 1, "sentence": "s", "position": position}
                session.add(QuantityRow(paper_id=f"p{n}", name="voltage", **values))
        put_rows(session, "cells", [Row({"n": n, "who": f"w{n % 2}"}, source="s", line=n) for n in range(5)])
    return database


def records(engine: Engine, kind: str, filters: dict[str, Any] | None = None, table: str | None = None) -> Any:
    target = io.BytesIO()
    with snapshot(engine) as connection:
        write_json(open_table(connection, kind, filters or {}, table), target)
    return json.loads(target.getvalue())


def test_a_paper_has_its_analyses(papers: Engine) -> None:
    found = records(papers, "papers")
    assert [(paper["id"], len(paper["analyses"])) for paper in found] == [("p1", 2), ("p2", 1), ("p3", 0)]
    assert found[0]["authors"] == ["A", "B"]
    assert found[0]["analyses"][1]["model"] == "y"
    assert found[0]["analyses"][0]["analysed_at"] == "2026-11-22T00:00:00Z"
    with snapshot(papers) as connection:
        table = open_table(connection, "papers", {})
        assert (table.total, len(list(table.rows))) == (4, 4)


BY_COLUMN: list[tuple[dict[str, Any], list[str]]] = [
    ({"year": 2022}, ["p2"]),
    ({"year": "2022"}, ["p2"]),
    ({"year": [2021, 2023]}, ["p1", "p3"]),
    ({"year": {"from": 2022}}, ["p2", "p3"]),
    ({"year": {"from": 2021, "to": 2022}, "id": "p1"}, ["p1"]),
    ({"language": None}, ["p3"]),
    ({"language": ["en", None], "model": "x"}, ["p1", "p2"]),
    ({"created_at": {"to": "2026-11-21"}}, []),
    ({"title": "' OR 1=1 --"}, []),
    ({"title": "=Paper\x00 3"}, ["p3"]),
    ({"year": "nan"}, []),
]


def test_papers_are_chosen_by_their_columns(papers: Engine) -> None:
    for filters, ids in BY_COLUMN:
        assert [paper["id"] for paper in records(papers, "papers", filters)] == ids, filters


def test_an_experiment_has_its_metrics_and_its_readings(papers: Engine) -> None:
    columns = [{"name": "voltage", "unit": "V"}, {"name": "phase", "unit": None}]
    about = {"file_reference": "", "sha256": "", "facts": {"anode": "felt"}, "quality": {}, "columns": columns}
    metric = {"experiment_id": "e1", "curve": "", "unit": "W", "method": "m", "source": "s", "inputs": {"n": 3}}
    with writing(papers) as session:
        for id, run in (("e1", "r2"), ("e2", "r1")):
            session.add(ExperimentRow(id=id, title=f"Run {id}", file="a.csv", run=run, readings=2, **about))
        session.flush()
        for position, value in enumerate((0.5, None)):
            session.add(MetricRow(**metric, position=position, name=f"power {position}", value=value))
        for id, run, line in (("e1", "r1", 1), ("e1", "r2", 2), ("e1", "r2", 3), ("e2", "r1", 2)):
            values = [line / 10, "a"]
            session.add(ReadingRow(experiment_id=id, run=run, line=line, seconds=line * 60.0, values=values))
    first, second = records(papers, "experiments")
    assert [(part["metric"], part["value"], part["inputs"]) for part in first["metrics"]] == [
        ("power 0", 0.5, {"n": 3}),
        ("power 1", None, {"n": 3}),
    ]
    assert (first["facts"], second["metrics"]) == ({"anode": "felt"}, [])
    assert [tuple(row.values()) for row in records(papers, "experiments", {"line": {"to": 2}}, "readings")] == [
        ("e1", 2, 120.0, "voltage", 0.2, "V"),
        ("e1", 2, 120.0, "phase", "a", None),
        ("e2", 2, 120.0, "voltage", 0.2, "V"),
        ("e2", 2, 120.0, "phase", "a", None),
    ]


def test_a_quantity_names_its_paper(papers: Engine) -> None:
    found = records(papers, "parameters", {"unit": "V", "value": {"to": -3}})
    assert [(row["paper_id"], row["title"], row["value"]) for row in found] == [
        ("p2", "=Paper 2", -3.0),
        ("p3", "=Paper 3", -4.5),
    ]


OF_DATASET: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [0, 1, 2, 3, 4]),
    ({"n": {"from": "3"}}, [3, 4]),
    ({"who": "w1"}, [1, 3]),
    ({"n": ["0", 4], "who": ["w0", "x"]}, [0, 4]),
    ({"who": {"from": "w1"}, "n": {"to": 1}}, [1]),
    ({"n": None}, []),
]


def test_rows_of_a_dataset_are_chosen_by_their_columns(papers: Engine) -> None:
    for filters, numbers in OF_DATASET:
        assert [row["n"] for row in records(papers, "dataset", filters, "Cells")] == numbers, filters


UNFIT: list[tuple[dict[str, Any], str]] = [
    ({"colour": 1}, "filter 'colour' is unknown; rows can be chosen by id, title, year, doi"),
    ({"year": "soon"}, "filter year takes a number, got 'soon'"),
    ({"authors": "A"}, "filter 'authors' is unknown"),
    ({"year": 10**30}, "filter year takes a number"),
    ({"year": True}, "filter year takes a number, got 'True'"),
    ({"created_at": "yesterday"}, "filter created_at takes a time such as 2026-11-22"),
    ({"year": {}}, "a range of filter year has `from`, `to` or both, got neither"),
    ({"year": {"since": 1}}, "a range of filter year has `from`, `to` or both, got since"),
    ({"year": []}, "filter year needs at least one value"),
    ({"year": [[1]]}, "filter year takes a list of plain values"),
    ({"id": True}, "filter id takes a text"),
]


def test_a_filter_that_does_not_fit_is_named(papers: Engine) -> None:
    for filters, said in UNFIT:
        with pytest.raises(ExportRefused) as caught:
            records(papers, "papers", filters)
        assert str(caught.value).startswith(said)


def test_a_dataset_that_is_unknown_is_named_with_those_there_are(papers: Engine) -> None:
    with pytest.raises(UnknownDataset, match="table nothing is unknown; there are cells"):
        records(papers, "dataset", table="nothing")
    with pytest.raises(ExportRefused, match="filter 'x' is unknown; rows can be chosen by n, who"):
        records(papers, "dataset", {"x": 1}, "cells")


def test_filters_of_the_command_are_those_of_the_job() -> None:
    assert parse_where(["unit=V", "year=2020..2024", "page=..3", "language=en,", "doi="]) == {
        "unit": "V",
        "year": {"from": "2020", "to": "2024"},
        "page": {"to": "3"},
        "language": ["en", None],
        "doi": None,
    }


def test_what_is_written_meanwhile_is_not_in_the_export(papers: Engine) -> None:
    def rest(connection: Connection) -> Iterator[str]:
        table = open_table(connection, "papers", {})
        first = next(table.rows)
        with writing(papers) as session:
            session.execute(insert(PaperRow).values(id="p9", file="9.pdf"))
            session.execute(
                insert(QuantityRow).values(paper_id="p9", position=0, value=1, unit="V", page=1, sentence="")
            )
        yield first[0]
        yield from (row[0] for row in table.rows)
        # A second statement of the same export, as a backup has many.
        yield from (row[0] for row in open_table(connection, "parameters", {"paper_id": "p9"}).rows)

    with snapshot(papers) as connection:
        assert list(rest(connection)) == ["p1", "p1", "p2", "p3"]
    assert len(records(papers, "papers")) == 4


def test_the_key_of_a_table_is_its_order_and_needs_no_sorting(tmp_path: Path, papers: Engine) -> None:
    if papers.dialect.name != "sqlite":
        return
    query = (
        "EXPLAIN QUERY PLAN SELECT \"values\" FROM dataset_rows NOT INDEXED WHERE dataset = 'cells' ORDER BY id",
        "EXPLAIN QUERY PLAN SELECT p.id FROM papers p LEFT JOIN paper_analyses a ON a.paper_id = p.id ORDER BY p.id",
    )
    with papers.connect() as connection:
        plans = [str(row) for text in query for row in connection.exec_driver_sql(text)]
    assert not [plan for plan in plans if "TEMP B-TREE FOR ORDER BY" in plan]
