"""What the commits of a repository tell: how many, when, and by how many people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from dulwich.objects import Commit

    from research.repositories.opening import Opened

NAMED: Final = 20
MONTHS: Final = 120
YEAR: Final = timedelta(days=365)
QUARTER: Final = timedelta(days=90)


@dataclass
class History:
    """Commits from the newest on, counted; `complete` says that the first commit of all was among them."""

    commits: int = 0
    merges: int = 0
    complete: bool = True
    first_at: datetime | None = None
    last_at: datetime | None = None
    months: Counter[str] = field(default_factory=Counter)
    authors: Counter[str] = field(default_factory=Counter)
    names: dict[str, str] = field(default_factory=dict)
    since_year: int = 0
    since_quarter: int = 0
    active: set[str] = field(default_factory=set)

    def add(self, commit: Commit, now: datetime) -> None:
        """Count one commit in."""
        at, author = _time(commit.author_time), identity(commit.author)
        self.commits += 1
        self.merges += len(commit.parents) > 1
        self.first_at = min(at, self.first_at or at)
        self.last_at = max(at, self.last_at or at)
        self.months[f"{at:%Y-%m}"] += 1
        self.authors[author] += 1
        self.names.setdefault(author, commit.author.decode("utf-8", "replace")[:200])
        self.since_year += at > now - YEAR
        if at > now - QUARTER:
            self.since_quarter += 1
            self.active.add(author)


def read_history(opened: Opened, most: int, now: datetime, say: Callable[[int], None]) -> History:
    """The newest commits up to a number; `say` is told how many were read, and may stop it."""
    history = History()
    for entry in _entries(opened, most + 1):
        if history.commits == most:
            history.complete = False
            break
        history.add(entry.commit, now)
        say(history.commits)
    if opened.repo.get_shallow():
        history.complete = False  # what was fetched ends before the first commit
    return history


def bus_factor(authors: Counter[str]) -> int:
    """The smallest number of authors who wrote more than half of the commits, 0 where there is none.

    By commits, not by files as in Avelino et al., "A novel approach for estimating truck factors", ICPC 2016.
    """
    total, covered = authors.total(), 0
    for count, (_, commits) in enumerate(authors.most_common(), 1):
        covered += commits
        if 2 * covered > total:
            return count
    return 0


def identity(author: bytes) -> str:
    """Who an author is: by the mail address in small letters, or by the name where there is none."""
    name, _, rest = author.decode("utf-8", "replace").partition("<")
    return rest.rstrip("> \n").strip().lower() or name.strip().lower()


def history_values(history: History, now: datetime, *, name_authors: bool) -> dict[str, Any]:
    """The history as JSON values; names and addresses of authors only where they were asked for."""
    people: dict[str, Any] = {
        "count": len(history.authors),
        "active_90_days": len(history.active),
        "bus_factor": bus_factor(history.authors),
    }
    if name_authors:
        most = history.authors.most_common(NAMED)
        people["most"] = [{"author": history.names[author], "commits": commits} for author, commits in most]
    return {
        "commits": {
            "count": history.commits,
            "complete": history.complete,
            "merges": history.merges,
            "first_at": _text(history.first_at),
            "last_at": _text(history.last_at),
            "age_days": (now - history.first_at).days if history.first_at else 0,
            "last_90_days": history.since_quarter,
            "last_365_days": history.since_year,
            "by_month": dict(sorted(history.months.items())[-MONTHS:]),
        },
        "authors": people,
    }


def _entries(opened: Opened, most: int) -> Iterator[Any]:
    return iter(opened.repo.get_walker(include=[opened.commit.encode()], max_entries=most))  # type: ignore[list-item]


def _time(seconds: int) -> datetime:
    # Anybody can write any number into a commit: one that is no date counts as the beginning of time.
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(0, UTC)


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
