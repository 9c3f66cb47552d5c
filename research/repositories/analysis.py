"""The analysis of a repository: what its history and its files tell, as one report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from research.repositories.files import Files, files_values, main_language, read_files
from research.repositories.health import FORMULA, health
from research.repositories.history import History, history_values, read_history
from research.repositories.opening import Opened, Reach, opened
from research.repositories.place import Place

# Of a hundred percent: what is fetched, the commits, the files. The rest is the writing.
FETCHED, COMMITS, FILES = 40.0, 60.0, 98.0
Say = Callable[[float, str], None]
MIB: Final = 1 << 20
# Text is packed to a tenth or so; what unpacks to more than that was made to.
UNPACKED: Final = 20


@dataclass(frozen=True)
class Wish:
    """What is to be looked at: which ref, and whether authors are to be named."""

    ref: str | None
    name_authors: bool


@dataclass(frozen=True)
class Analysis:
    """A finished analysis: the report in full, and the few values that are asked for again and again."""

    place: Place
    commit: str
    scope: str
    commits: int
    authors: int
    files: int
    language: str | None
    licence: str | None
    health: float
    report: dict[str, Any]


def analyse(place: Place, wish: Wish, reach: Reach, now: datetime, say: Say) -> Analysis:
    """Fetch, read and judge a repository; `say` is told (percent, step) all the while, and may stop it by raising.

    Raises NoRepository, RepositoryRefused, RepositoryTooLarge, RepositoryUnreachable, OutboundRefused.
    """
    most = reach.limits.commits

    def fetched(size: int) -> None:
        say(FETCHED * size / reach.limits.bytes, f"fetch, {size / MIB:.1f} MB")

    say(0, "open")
    with opened(place, wish.ref, reach, fetched) as found:
        history = read_history(
            found, most, now, lambda n: say(FETCHED + (COMMITS - FETCHED) * min(n / most, 1), f"commit {n}")
        )
        files = read_files(
            found,
            UNPACKED * reach.limits.bytes,
            lambda n, of: say(COMMITS + (FILES - COMMITS) * n / of, f"file {n + 1} of {of}"),
        )
        return _analysis(place, found, (history, files), wish, now)


def _analysis(place: Place, found: Opened, seen: tuple[History, Files], wish: Wish, now: datetime) -> Analysis:
    history, files = seen
    score = health(history, files, now)
    report = {
        "repository": place.text,
        "name": place.name,
        "commit": found.commit,
        "ref": found.ref,
        "analysed_at": now.isoformat(),
        "main_language": main_language(files),
        **history_values(history, now, name_authors=wish.name_authors),
        **files_values(files),
        "health": {"score": score.score, "parts": asdict(score), "formula": FORMULA},
    }
    return Analysis(
        place,
        found.commit,
        scope_of(wish, history),
        history.commits,
        len(history.authors),
        files.files,
        main_language(files),
        files.licence,
        score.score,
        report,
    )


def scope_of(wish: Wish, history: History) -> str:
    """How much was looked at, in words that are the same for the same: part of the key of an analysis."""
    seen = "all commits" if history.complete else f"newest {history.commits} commits"
    return f"{seen}, authors named" if wish.name_authors else seen
