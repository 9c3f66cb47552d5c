"""The passages of the library from which a section is written."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from research.models import ChunkRow
from research.search import Hit, search

PAPERS = 10
PASSAGES_OF_EACH = 200


def passages(session: Session, question: str) -> list[Hit]:
    """The best passage of each paper that answers, best first, and then the others of these papers in order."""
    best = search(session, question, PAPERS)
    return best + [hit for one in best for hit in others(session, one)]


def others(session: Session, best: Hit) -> list[Hit]:
    """The passages of a paper but for its best one."""
    query = select(ChunkRow.page, ChunkRow.text).where(ChunkRow.paper_id == best.paper).order_by(ChunkRow.position)
    rows = session.execute(query.limit(PASSAGES_OF_EACH))
    return [Hit(best.paper, best.title, row.page, row.text, 0.0) for row in rows if row.text != best.passage]
