"""What keys may begin with, and how the value behind each is computed; one more is one more row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Final

from sqlalchemy import Engine, select

from callboard.history.database import reading
from research.ai.models import WrittenRow
from research.analytics.datasets import profile
from research.cache.errors import BadKey
from research.cache.operations import call_of, run
from research.report import fetch_report
from research.report_page import to_markdown
from research.search import search

KEY_CHARACTERS: Final = 300


@dataclass(frozen=True, slots=True)
class Source:
    """A prefix: what stands behind it, and what computes it of the rest of the key."""

    prefix: str
    about: str
    compute: Callable[[Engine, str], Any]


def _search(engine: Engine, question: str) -> list[dict[str, Any]]:
    with reading(engine) as session:
        return [asdict(hit) for hit in search(session, question)]


def _paper(engine: Engine, paper_id: str) -> dict[str, Any]:
    with reading(engine) as session:
        return fetch_report(session, paper_id)


def _report(engine: Engine, paper_id: str) -> dict[str, str]:
    return {"markdown": to_markdown(_paper(engine, paper_id))}


def _term(engine: Engine, term_id: str) -> dict[str, Any]:
    """The newest section of each title that was written on a term."""
    newest: dict[str, WrittenRow] = {}
    with reading(engine) as session:
        for row in session.scalars(
            select(WrittenRow).where(WrittenRow.term_id == term_id).order_by(WrittenRow.created_at)
        ):
            newest[row.title] = row
    if not newest:
        raise BadKey(f"nothing was written on a term with the id {term_id[:80]!r}: generate its content first")
    sections = [{"title": row.title, "text": row.text, "model": row.model} for row in newest.values()]
    return {"id": term_id, "term": next(iter(newest.values())).term, "sections": sections}


def _computed(engine: Engine, call: str) -> Any:
    return run(engine, *call_of(call))


SOURCES: Final = (
    Source("search", "the papers that answer a question: `search:machine learning`", _search),
    Source("paper", "all that is known of a paper: `paper:ID`", _paper),
    Source("report", "that as a page of Markdown: `report:ID`", _report),
    Source("enhanced_term", "the sections written on a term: `enhanced_term:ml-001`", _term),
    Source("dataset", "the columns of a dataset in numbers: `dataset:TABLE`", profile),
    Source(
        "computed", 'a named operation: `computed:top_parameters` or `computed:top_parameters {"limit":5}`', _computed
    ),
)
BY_PREFIX: Final = {source.prefix: source for source in SOURCES}


def computation(engine: Engine, key: str) -> Callable[[], Any]:
    """What computes the value of a key. Raises BadKey, which names the prefixes there are."""
    prefix, colon, rest = key.partition(":")
    if not colon or prefix not in BY_PREFIX:
        known = ", ".join(f"{name}:" for name in BY_PREFIX)
        raise BadKey(f"key {key[:80]!r} begins with no known prefix; there are {known}")
    if not rest.strip() or len(key) > KEY_CHARACTERS or "\x00" in key:
        raise BadKey(f"a key is `{prefix}:` and up to {KEY_CHARACTERS} characters in all, got {key[:80]!r}")
    return partial(BY_PREFIX[prefix].compute, engine, rest)
