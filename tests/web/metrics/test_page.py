"""docs/metrics.md says what the code tells."""

from tests.house.sources import ROOT
from web.metrics.page import page


def test_the_page_of_the_metrics_is_made_from_their_table() -> None:
    assert (ROOT / "docs" / "metrics.md").read_text() == page()
