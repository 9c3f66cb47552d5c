"""docs/cache.md says what the code does."""

import re

from research.cache.operations import OPERATIONS
from research.cache.sources import SOURCES
from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "cache.md").read_text()


def rows(table: str) -> list[list[str]]:
    """The cells of a table of the page, without its head."""
    part = re.search(rf"<!-- table: {table} -->(.*?)<!-- end -->", PAGE, re.DOTALL)
    assert part, f"the page has no table {table}"
    lines = [line for line in part[1].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_page_lists_every_prefix_and_every_operation_with_its_arguments() -> None:
    assert rows("sources") == [[f"`{source.prefix}`", source.about] for source in SOURCES]
    told = {row[0].strip("`"): (row[1], set(re.findall(r"\w+", row[2]))) for row in rows("operations")}
    assert told == {name: (one.about, set(one.arguments().fields)) for name, one in OPERATIONS.items()}
