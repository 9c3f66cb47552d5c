"""Which events a webhook receives."""

import pytest

from research.webhooks.errors import BadFilter
from research.webhooks.filters import Filter, checked_filter


@pytest.mark.parametrize(
    ("wanted", "event", "fits"),
    [
        (Filter(), "job:completed", True),
        (Filter(), "job:failed", True),
        (Filter(), "job:added", False),
        (Filter(("job:*",)), "job:retrying", True),
        (Filter(("job:*",)), "job:progress", False),
        (Filter(("job:*",)), "job:log", False),
        (Filter(("flow:*",)), "job:failed", False),
        (Filter(("flow:*",)), "flow:failed", True),
        (Filter(("*",)), "queue:stats", False),
        (Filter(("*",)), "queue:status", True),
        (Filter(("*",)), "webhook:test", False),
        (Filter(types=("add",)), "job:failed", True),
        (Filter(types=("other",)), "job:failed", False),
        (Filter(queues=("mail",)), "job:failed", True),
        (Filter(queues=("other",)), "job:failed", False),
        (Filter(types=("add",), queues=("other",)), "job:failed", False),
    ],
)
def test_an_event_passes_the_filter_or_not(wanted: Filter, event: str, fits: bool) -> None:
    assert wanted.fits(event, "add", "mail") == fits


def test_without_patterns_a_webhook_is_told_of_ends() -> None:
    assert checked_filter() == Filter(("job:completed", "job:failed"))


def test_types_and_queues_are_taken_however_they_are_spelt() -> None:
    assert checked_filter(types=["Extract-PDF"], queues=["Paper_Processing"]) == Filter(
        types=("extract_pdf",), queues=("paper-processing",)
    )


@pytest.mark.parametrize(
    ("pattern", "words"),
    [("job:done", 'no event is called "job:done"'), ("job:progress", "too often"), ("", "no event is called")],
)
def test_a_pattern_that_fits_nothing_is_refused(pattern: str, words: str) -> None:
    with pytest.raises(BadFilter, match=words):
        checked_filter([pattern])
