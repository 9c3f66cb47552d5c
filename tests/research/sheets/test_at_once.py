"""Small files are imported while the caller waits, in a process that is limited."""

from __future__ import annotations

from pathlib import Path

import pytest

from callboard.history.database import connect
from research.datasets import store
from research.schema import RESEARCH
from research.sheets.at_once import import_at_once
from research.sheets.errors import SheetError, TooLarge
from research.sheets.importing import Source
from research.sheets.ordering import order_of
from tests.research.sheets.workbooks import xlsx

DATA = Path(__file__).parents[2] / "data" / "excel"


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database with the tables of the platform."""
    url = f"sqlite:///{tmp_path}/callboard.db"
    RESEARCH.upgrade(url)
    return url


# S5.11
def test_a_small_file_is_imported_at_once(url: str) -> None:
    result = import_at_once(url, DATA / "deaths.xlsx", Source("deaths.xlsx", "hash"), order_of("deaths"))
    engine = connect(url)
    assert (result["inserted"], store.count(engine, "deaths")) == (20, 20)
    engine.dispose()


def test_a_refusal_comes_back_in_words(url: str) -> None:
    with pytest.raises(SheetError, match="opens with a password only"):
        import_at_once(url, DATA / "pass_protected.xlsx", Source("secret.xlsx", "hash"), order_of("t"))


def test_a_file_that_takes_too_long_is_stopped(url: str, tmp_path: Path) -> None:
    path = xlsx(tmp_path / "long.xlsx", "<row><c><v>1</v></c></row>" * 100_000)
    with pytest.raises(TooLarge, match="takes longer than 1 s"):
        import_at_once(url, path, Source("long.xlsx", "hash"), order_of("t"), seconds=1)


def test_a_large_file_is_left_to_a_job(url: str, tmp_path: Path) -> None:
    (tmp_path / "large.csv").write_bytes(b"a,b\n" * 1_250_001)
    with pytest.raises(TooLarge, match=r"5,000,004 bytes; from 5,000,000 on it is imported by a job"):
        import_at_once(url, tmp_path / "large.csv", Source("large.csv", "hash"), order_of("t"))
