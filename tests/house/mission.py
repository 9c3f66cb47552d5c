"""The page of the mission and the tests that name its lines; run as a module, it writes the tests into the page."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.house.sources import ROOT

PAGE: Final = ROOT / "docs" / "mission.md"
# How many numbered lines each of the five documents has.
LINES: Final = {"S1": 49, "S2": 50, "S3": 29, "S4": 50, "S5": 41}
TAGS: Final = re.compile(r"# (S[1-5]\.\d+(?:,? S[1-5]\.\d+)*)\s*$", re.MULTILINE)
ROW: Final = re.compile(r"^\| (S[1-5]\.\d+) \| (.+?) \| (.+?) \| (.*?) ?\|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the page: the line of the mission, what it is here, where it is described, which tests name it."""

    id: str
    what: str
    where: str
    tests: str


def lines() -> list[Line]:
    """The rows of the page."""
    return [Line(*match) for match in ROW.findall(PAGE.read_text(encoding="utf-8"))]


def naming() -> dict[str, list[Path]]:
    """The files of tests that name each line."""
    found = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for id in {
            id for tags in TAGS.findall(path.read_text(encoding="utf-8")) for id in re.findall(r"S\d\.\d+", tags)
        }:
            found[id].append(path)
    return dict(found)


def cell(paths: list[Path]) -> str:
    """Links to some files of tests, as they stand in the page."""
    return ", ".join(f"[{path.stem.removeprefix('test_')}]({os.path.relpath(path, PAGE.parent)})" for path in paths)


def written() -> str:
    """The page with the tests that name each line now."""
    found = naming()
    return ROW.sub(
        lambda match: f"| {match[1]} | {match[2]} | {match[3]} | {cell(found.get(match[1], []))} |",
        PAGE.read_text(encoding="utf-8"),
    )


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
