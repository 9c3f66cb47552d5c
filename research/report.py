"""The report of a paper: one JSON object, which `research.report_page` lays out to be read."""

from typing import Any

from sqlalchemy.orm import Session

from research.library import count_chunks, find_paper
from research.models import AnalysisRow, PaperRow, QuantityRow

Report = dict[str, Any]


def fetch_report(session: Session, paper_id: str) -> Report:
    """All that is known about a paper; what no step has found yet is null, 0 or empty. Raises UnknownPaper."""
    paper = find_paper(session, paper_id)
    analysis = newest_analysis(paper)
    return {
        "file": paper.file,
        "title": paper.title,
        "authors": list(paper.authors),
        "year": paper.year,
        "doi": paper.doi,
        "pages": paper.page_count,
        "language": paper.language,
        "sections": [{"title": row.title, "page": row.page} for row in paper.sections],
        "references": paper.reference_count,
        "summary": analysis.summary if analysis else None,
        "key_phrases": list(analysis.key_phrases) if analysis else [],
        "findings": [with_page(finding) for finding in analysis.findings] if analysis else [],
        "quantities": [quantity_entry(row) for row in paper.quantities],
        "embedding": embedding_entry(session, paper_id),
    }


def newest_analysis(paper: PaperRow) -> AnalysisRow | None:
    """The analysis that was made last: several providers may have read the same paper."""
    return max(paper.analyses, key=lambda row: (row.created_at, row.id), default=None)


def with_page(finding: dict[str, Any]) -> str:
    """A finding as a sentence that says where it stands: `The cell reached 10 mW. (p. 3)`."""
    return f"{finding['text']} (p. {finding['page']})" if finding.get("page") else finding["text"]


def quantity_entry(row: QuantityRow) -> dict[str, Any]:
    """A quantity under the names that a report uses."""
    names = ("name", "value", "max", "comparator", "unit", "page", "sentence")
    return {name: getattr(row, name) for name in names}


def embedding_entry(session: Session, paper_id: str) -> dict[str, Any]:
    """The model by which the paper can be searched and the number of its passages."""
    model, chunks = count_chunks(session, paper_id) or (None, 0)
    return {"model": model, "chunks": chunks}
