from pathlib import Path

import pytest

from callboard.history.opening import find_history
from callboard.history.schema import HISTORY


def test_a_history_that_is_there_is_found(empty_url: str) -> None:
    HISTORY.upgrade(empty_url)
    engine = find_history(empty_url)
    assert engine is not None
    engine.dispose()


def test_a_database_without_tables_has_no_history(empty_url: str) -> None:
    assert find_history(empty_url) is None


@pytest.mark.parametrize("url", ["sqlite:///{}/no/such.db", "postgresql://nobody@127.0.0.1:1/none"])
def test_what_is_not_there_is_not_made(url: str, tmp_path: Path) -> None:
    assert find_history(url.format(tmp_path)) is None
    assert list(tmp_path.iterdir()) == []
