from pathlib import Path

import pytest

from callboard.history.search.keys import KEYS, KINDS, table

PAGE = Path(__file__).parents[4] / "docs" / "search.md"


def test_the_page_lists_every_key_as_the_table_has_it() -> None:
    kept = PAGE.read_text().split("<!-- keys -->\n\n")[1].split("\n\n<!-- end -->")[0]
    assert kept == table(), "docs/search.md differs from the keys: put in what keys.table() gives"


@pytest.mark.parametrize("name", KEYS)
def test_the_values_of_every_key_are_explained(name: str) -> None:
    assert KINDS[KEYS[name].kind]
