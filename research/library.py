"""Papers in the database: stored so that a repeated run replaces what the first one wrote."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from research.ai.analysis import Document
from research.column_types import storable
from research.embeddings.keywords import indexed
from research.errors import UnknownPaper
from research.models import AnalysisRow, ChunkRow, PageRow, PaperRow, QuantityRow, SectionRow, now

if TYPE_CHECKING:
    from research.ai.analysis import Analysis
    from research.embeddings.passages import Passage
    from research.papers.paper import Paper, Quantity


@dataclass(frozen=True)
class StoredPage:
    """The text of one page, counted from 1."""

    page: int
    text: str


@dataclass(frozen=True)
class StoredSection:
    """A heading and the page it stands on."""

    title: str
    page: int


def store_paper(
    session: Session,
    paper_id: str,
    paper: "Paper",
    *,
    file: str,
    reference: str | None = None,
    sha256: str | None = None,
) -> None:
    """Insert or update a paper with its pages and sections; what later steps found about it stays."""
    values = {
        "file": storable(file),
        "file_reference": reference,
        "sha256": sha256,
        "title": storable(paper.title) if paper.title else None,
        "authors": [storable(author) for author in paper.authors],
        "year": paper.year,
        "doi": paper.doi,
        "language": paper.language,
        "page_count": paper.pages,
        "reference_count": len(paper.references),
        "updated_at": now(),
    }
    upsert(session, PaperRow, {"id": paper_id}, values)
    replace(session, paper_id, PageRow, ({"page": p.page, "text": storable(p.text)} for p in paper.text))
    sections = ({"position": i, "title": storable(s.title), "page": s.page} for i, s in enumerate(paper.sections))
    replace(session, paper_id, SectionRow, sections)


def store_quantities(session: Session, paper_id: str, quantities: "Iterable[Quantity]") -> int:
    """Replace the quantities of a paper and return how many there are; raises UnknownPaper."""
    lock_paper(session, paper_id)
    rows = [
        {
            "position": position,
            "name": storable(q.name) if q.name else None,
            "value": q.value,
            "max": q.max,
            "comparator": q.comparator,
            "plus_minus": q.plus_minus,
            "unit": storable(q.unit),
            "page": q.page,
            "sentence": storable(q.sentence),
        }
        for position, q in enumerate(quantities)
    ]
    replace(session, paper_id, QuantityRow, rows)
    return len(rows)


def store_analysis(session: Session, paper_id: str, analysis: "Analysis") -> None:
    """Insert a provider's analysis of a paper, or replace what the same model said before; raises UnknownPaper."""
    lock_paper(session, paper_id)
    key = {"paper_id": paper_id, "provider": analysis.provider, "model": analysis.usage.model}
    values = {
        "summary": storable(analysis.summary),
        "key_phrases": [storable(phrase) for phrase in analysis.key_phrases],
        "findings": [{"text": storable(finding.text), "page": finding.page} for finding in analysis.findings],
        "tokens_in": analysis.usage.tokens_in,
        "tokens_out": analysis.usage.tokens_out,
        "cost_usd": analysis.usage.cost_usd,
        "seconds": analysis.usage.seconds,
        "created_at": now(),
    }
    upsert(session, AnalysisRow, key, values)


def store_chunks(session: Session, paper_id: str, model: str, passages: "list[Passage]", vectors: Any) -> int:
    """Replace the passages of a paper; `vectors` is a float32 matrix with one row for each; raises UnknownPaper."""
    if len(passages) != len(vectors):
        raise ValueError(
            f"one vector for each passage was expected, got {len(vectors)} for {len(passages)} of {paper_id}"
        )
    lock_paper(session, paper_id)
    matrix = vectors.astype("<f4")
    rows = [
        {
            "position": position,
            "page": passage.page,
            "text": storable(passage.text),
            "terms": indexed(storable(passage.text)),
            "words": len(passage.text.split()),
            "model": model,
            "vector": matrix[position].tobytes(),
        }
        for position, passage in enumerate(passages)
    ]
    replace(session, paper_id, ChunkRow, rows)
    return len(rows)


def find_paper(session: Session, paper_id: str) -> PaperRow:
    """The paper with this id; raises UnknownPaper."""
    paper = session.get(PaperRow, paper_id)
    if paper is None:
        raise UnknownPaper(f"no paper has the id {paper_id!r}: extract it first")
    return paper


def paper_pages(session: Session, paper_id: str) -> list[StoredPage]:
    """The pages of a paper in order; raises UnknownPaper."""
    return [StoredPage(row.page, row.text) for row in find_paper(session, paper_id).pages]


def paper_document(session: Session, paper_id: str) -> Document:
    """A paper as a provider reads it; raises UnknownPaper."""
    paper = find_paper(session, paper_id)
    return Document(paper_pages(session, paper_id), paper.title, paper.language, paper_sections(session, paper_id))


def paper_sections(session: Session, paper_id: str) -> list[StoredSection]:
    """The sections of a paper in order; raises UnknownPaper."""
    return [StoredSection(row.title, row.page) for row in find_paper(session, paper_id).sections]


def count_chunks(session: Session, paper_id: str) -> tuple[str, int] | None:
    """The embedding model of a paper and the number of its passages, or None where it has none."""
    query = select(ChunkRow.model, func.count()).where(ChunkRow.paper_id == paper_id).group_by(ChunkRow.model)
    row = session.execute(query).first()
    return (row[0], row[1]) if row else None


def delete_paper(session: Session, paper_id: str) -> bool:
    """Delete a paper with everything known about it; False where there was none."""
    return session.execute(delete(PaperRow).where(PaperRow.id == paper_id)).rowcount > 0  # type: ignore[attr-defined]


def lock_paper(session: Session, paper_id: str) -> None:
    """Hold the paper's row until the end of the transaction, so that two runs do not mix what they write."""
    if session.scalar(select(PaperRow.id).where(PaperRow.id == paper_id).with_for_update()) is None:
        raise UnknownPaper(f"no paper has the id {paper_id!r}: extract it first")


def replace(session: Session, paper_id: str, table: Any, rows: Iterable[dict[str, Any]]) -> None:
    """Delete the paper's rows in a table and insert these."""
    session.execute(delete(table).where(table.paper_id == paper_id))
    if rows := [{"paper_id": paper_id, **row} for row in rows]:
        session.execute(insert(table), rows)


def upsert(session: Session, table: Any, key: dict[str, Any], values: dict[str, Any]) -> None:
    """Insert a row, or update the one with this key, in one statement: two at once cannot collide."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(**key, **values)
    session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))
