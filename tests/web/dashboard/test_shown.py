"""How values are shown."""

from datetime import UTC, datetime, timedelta

import pytest

from web.dashboard.shown import ago, clock, duration, money, number, percent, size, time_of


@pytest.mark.parametrize(
    ("ms", "words"),
    [(0, "0 ms"), (35, "35 ms"), (1_240, "1.2 s"), (12_400, "12 s"), (65_000, "1 min 5 s"), (3_600_000, "1 h"),
     (3_900_000, "1 h 5 min"), (90_061_000, "1 d 1 h"), (86_400_001, "1 d")],
)  # fmt: skip
def test_durations(ms: float, words: str) -> None:
    assert duration(ms) == words


def test_numbers_sizes_shares_and_money() -> None:
    assert (number(1_204), number(0.346), number(1234.5), number(None)) == ("1,204", "0.346", "1,234", "")
    assert (size(999), size(1_200_000), size(5 * 10**13)) == ("999 B", "1.2 MB", "50 TB")
    assert (percent(0.12), percent(0.004), percent(0)) == ("12 %", "0.4 %", "0 %")
    assert (money(0.0042), money(12.3), money(0)) == ("$0.0042", "$12.30", "$0.00")


def test_times_say_how_far_and_exactly_when() -> None:
    now = datetime.now(UTC)
    assert ">3 min ago</time>" in ago((now - timedelta(minutes=3, seconds=5)).isoformat())
    assert ">in 2 h</time>" in ago((now + timedelta(hours=2, minutes=1)).isoformat())
    shown = clock("2026-11-22T10:00:00.25+01:00")
    assert 'datetime="2026-11-22T09:00:00.250Z"' in shown
    assert "2026-11-22 09:00:00.250 UTC" in shown
    assert (ago(None, "never"), time_of(None)) == ("never", None)
    assert ago(None, "<i>") == "&lt;i&gt;"
    assert time_of(1_000) == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
