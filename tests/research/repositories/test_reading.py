"""Pure readings: who an author is, how few carry a repository, which language, which licence, how well it is kept."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from dulwich.objects import Commit

from research.repositories.files import Files
from research.repositories.health import health
from research.repositories.history import History, bus_factor, identity
from research.repositories.languages import language_of
from research.repositories.licences import licence_of
from tests.research.repositories.conftest import MIT, NOW


def commit(author: bytes = b"Ann <ann@lab.example>", seconds: int | None = None) -> Any:
    made: Any = Commit()
    made.author, made.parents = author, []
    made.author_time = int(NOW.timestamp()) if seconds is None else seconds
    return made


@pytest.mark.parametrize(
    ("commits", "factor"),
    [({}, 0), ({"a": 1}, 1), ({"a": 5, "b": 5}, 2), ({"a": 6, "b": 5}, 1), (dict.fromkeys("abcde", 2), 3)],
)
def test_the_bus_factor_is_the_fewest_who_wrote_more_than_half(commits: dict[str, int], factor: int) -> None:
    assert bus_factor(Counter(commits)) == factor


@pytest.mark.parametrize(
    ("author", "who"),
    [
        (b"Ann Example <Ann@Lab.Example>", "ann@lab.example"),
        (b"Ann Example <>", "ann example"),
        (b"Ann Example", "ann example"),
        (b"<ann@lab.example>", "ann@lab.example"),
        (b"J\xf6rg <j@lab.example>", "j@lab.example"),
    ],
)
def test_an_author_is_known_by_the_mail_address(author: bytes, who: str) -> None:
    assert identity(author) == who


@pytest.mark.parametrize("seconds", [-(2**70), 2**70, 10**12])
def test_a_commit_of_no_possible_time_is_counted_all_the_same(seconds: int) -> None:
    history = History()
    history.add(commit(seconds=seconds), NOW)
    assert (history.commits, history.first_at is not None) == (1, True)


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("lab/cell.py", "Python"),
        ("Dockerfile", "Dockerfile"),
        ("src/FIT.F90", "Fortran"),
        ("notebook.ipynb", "Jupyter Notebook"),
        ("data/cell.csv", None),
        ("vendor/lib/x.go", None),
        ("static/jquery.min.js", None),
        ("vendor", None),
    ],
)
def test_a_language_is_known_by_the_name_of_the_file(path: str, language: str | None) -> None:
    assert language_of(path) == language


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        (MIT, "MIT"),
        ("GNU AFFERO GENERAL PUBLIC LICENSE\n   Version 3, 19 November 2007", "AGPL-3.0"),
        ("GNU LESSER GENERAL PUBLIC LICENSE Version 2.1, February 1999", "LGPL-2.1"),
        ("                    GNU GENERAL PUBLIC LICENSE\n                       Version 2, June 1991", "GPL-2.0"),
        ("Apache License\n  Version 2.0, January 2004", "Apache-2.0"),
        ("Redistribution and use in source and binary forms, ... Neither the name of the copyright", "BSD-3-Clause"),
        ("Redistribution and use in source and binary forms, with or without", "BSD-2-Clause"),
        ("SPDX-License-Identifier: EUPL-1.2\nall rights", "EUPL-1.2"),
        ("All rights reserved.", None),
    ],
)
def test_a_licence_is_known_by_its_own_phrases(text: str, licence: str | None) -> None:
    assert licence_of(text) == licence


def test_a_repository_that_is_kept_well_gets_all_points_and_an_empty_one_none() -> None:
    history, files = History(), Files()
    for n in range(12):
        for author in (b"a", b"b", b"c", b"d", b"e"):
            history.add(commit(author, int((NOW - timedelta(days=30.4 * n)).timestamp())), NOW)
    for path in ("README.md", "LICENSE", "tests/test_x.py", ".gitlab-ci.yml"):
        files.add(path, b"x")
    assert health(history, files, NOW).score == 100
    assert health(History(), Files(), NOW).score == 0
