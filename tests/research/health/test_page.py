"""docs/reports.md says what is looked at."""

import re

from research.health.look import LOOKS
from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "reports.md").read_text()


def test_the_page_lists_every_check_in_the_order_in_which_they_are_looked_at() -> None:
    part = re.search(r"<!-- table: checks -->(.*?)<!-- end -->", PAGE, re.DOTALL)
    assert part
    told = [line.strip("|").split("|")[0].strip() for line in part[1].splitlines() if line.startswith("|")][2:]
    assert told == list(LOOKS)
