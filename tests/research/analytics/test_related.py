"""Papers that are about the same."""

from __future__ import annotations

import numpy as np
from sqlalchemy import Engine

from callboard.history.database import writing
from research.analytics.related import related_papers
from research.models import ChunkRow, PaperRow


def test_a_paper_is_nearest_to_those_whose_passages_point_the_same_way(engine: Engine) -> None:
    vectors: dict[str, list[tuple[float, float]]] = {
        "a": [(1, 0), (1, 0.2)],
        "b": [(5, 0.5)],
        "c": [(0, 1)],
        "d": [(0.2, 1), (0, 1)],
    }
    with writing(engine) as session:
        for paper, passages in vectors.items():
            session.add(PaperRow(id=paper, file="f", title=f"on {paper}", authors=[]))
            session.flush()
            for position, values in enumerate(passages):
                vector = np.array(values, "<f4").tobytes()
                about = {"page": 1, "text": "", "terms": "", "words": 1, "model": "m"}
                session.add(ChunkRow(paper_id=paper, position=position, vector=vector, **about))
    assert related_papers(engine, 2)["a"][0]["paper"] == "b"
    found = related_papers(engine, 1)
    assert {paper: near[0]["paper"] for paper, near in found.items()} == {"a": "b", "b": "a", "c": "d", "d": "c"}
    assert found["a"][0] == {"paper": "b", "similarity": 1.0}


def test_a_library_without_passages_has_none(engine: Engine) -> None:
    assert related_papers(engine) == {}
