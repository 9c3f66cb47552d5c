"""Links to files: nobody else can make one, each ends, and one leads to nothing but its file."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from research.errors import UnknownFile
from research.exports.errors import LinkExpired, LinkForged
from research.exports.links import address, link_secret, open_link, sign
from research.files import FileStore

UNTIL = datetime(2026, 11, 29, 5, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SECRET = b"s" * 32


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


def test_a_link_leads_to_its_file_until_its_time_is_over(files: FileStore) -> None:
    stored = files.put(b"content", "a.csv")
    token = sign(SECRET, stored.reference, UNTIL)
    assert open_link(token, secret=SECRET, files=files, now=UNTIL - SECOND) == stored
    with pytest.raises(LinkExpired, match="was good until 2026-11-29 05:00 UTC"):
        open_link(token, secret=SECRET, files=files, now=UNTIL)
    files.delete(stored.reference)
    with pytest.raises(UnknownFile, match="it was deleted"):
        open_link(token, secret=SECRET, files=files, now=UNTIL - SECOND)


def test_a_link_that_was_not_made_here_or_was_changed_is_refused(files: FileStore) -> None:
    stored = files.put(b"content", "a.csv")
    token = sign(SECRET, stored.reference, UNTIL)
    body, _, signature = token.partition(".")
    later, _, _ = sign(SECRET, stored.reference, UNTIL + timedelta(days=1)).partition(".")
    others = [
        sign(b"other" * 8, stored.reference, UNTIL),
        f"{later}.{signature}",
        body,
        f".{signature}",
        "",
        "x" * 5_000,
    ]
    for forged in [*others, token[:-1], f"../{token}", f"{token}\x00", token.upper()]:
        with pytest.raises(LinkForged, match="ask for a new one"):
            open_link(forged, secret=SECRET, files=files, now=UNTIL - SECOND)


def test_the_secret_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with ThreadPoolExecutor(8) as threads:
        made = set(threads.map(link_secret, [home] * 8))
    assert len(made) == 1
    assert len(made.pop()) == 32
    assert stat.S_IMODE((home / "link.key").stat().st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == ["link.key"]


def test_an_address_begins_with_that_of_the_platform() -> None:
    assert address("https://lab.example/", "t") == "https://lab.example/api/v1/files/t"
    assert address(None, "t") == "/api/v1/files/t"
