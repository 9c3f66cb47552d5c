"""Which papers are about the same: each with its nearest ones, by the mean of the vectors of its passages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Engine, func, select

from callboard.history.database import reading
from research.models import ChunkRow, PaperRow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

# With twenty for each, so many fit into one entry of the cache.
PAPERS_MOST: Final = 5_000
BATCH: Final = 2_000
BLOCK: Final = 500


def related_papers(engine: Engine, limit: int = 5) -> dict[str, list[dict[str, Any]]]:
    """For each paper the papers nearest to it by the cosine of their mean vectors, -1 to 1, the nearest first.

    Only papers embedded by the model that most passages have are compared, of very many the newest 5,000.
    """
    ids, matrix = _mean_vectors(engine)
    found: dict[str, list[dict[str, Any]]] = {}
    # Block by block: the similarities of all papers with all others need not fit in memory.
    for start in range(0, len(ids), BLOCK):
        similar = matrix[start : start + BLOCK] @ matrix.T
        for offset, row in enumerate(similar):
            own = start + offset
            nearest = [number for number in row.argsort()[::-1][: limit + 1].tolist() if number != own][:limit]
            found[ids[own]] = [{"paper": ids[number], "similarity": round(float(row[number]), 4)} for number in nearest]
    return found


def _mean_vectors(engine: Engine) -> tuple[list[str], Floats]:
    """The papers and, in the same order, the mean vector of each, of length 1."""
    import numpy as np

    sums: dict[str, Floats] = {}
    with reading(engine) as session:
        by_model = select(ChunkRow.model).group_by(ChunkRow.model).order_by(func.count().desc(), ChunkRow.model)
        model = session.scalar(by_model.limit(1))
        newest = select(PaperRow.id).order_by(PaperRow.created_at.desc(), PaperRow.id).limit(PAPERS_MOST)
        wanted = select(ChunkRow.paper_id, ChunkRow.vector).where(ChunkRow.model == model)
        wanted = wanted.where(ChunkRow.paper_id.in_(newest)).execution_options(yield_per=BATCH)
        with session.execute(wanted) as rows:
            for paper, vector in rows:
                values = np.frombuffer(vector, "<f4")
                sums[paper] = sums[paper] + values if paper in sums else values.astype(np.float32)
    ids = sorted(sums)
    matrix: Floats = np.stack([sums[id] for id in ids]) if ids else np.zeros((0, 1), np.float32)
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    normal: Floats = (matrix / np.where(lengths == 0, 1, lengths)).astype(np.float32)
    return ids, normal
