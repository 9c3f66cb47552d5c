"""Which sentences carry most of a text: TextRank over TF-IDF, and a choice that does not repeat itself."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from research.ai.local.words import stem, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

VOCABULARY = 4_000
DAMPING = 0.85
ROUNDS = 40


def terms(text: str, small_words: frozenset[str]) -> list[str]:
    """The stems of the words that mean something."""
    return [
        stem(word)
        for word in words(text)
        if len(word) > 2 and word.casefold() not in small_words and not word.isdigit()
    ]


def tf_idf(texts: Sequence[str], small_words: frozenset[str]) -> "Floats":
    """A matrix (texts x terms) of log counts times inverse document frequency, each row of length 1 (or 0)."""
    import numpy as np

    counted = [Counter(terms(text, small_words)) for text in texts]
    frequency = Counter(term for counts in counted for term in counts)
    column = {term: number for number, (term, _) in enumerate(frequency.most_common(VOCABULARY))}
    matrix = np.zeros((len(texts), max(1, len(column))), np.float32)
    for row, counts in enumerate(counted):
        for term, count in counts.items():
            if term in column:
                matrix[row, column[term]] = (1 + math.log(count)) * math.log(1 + len(texts) / frequency[term])
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    return (matrix / np.where(lengths == 0, 1, lengths)).astype(np.float32)


def text_rank(matrix: "Floats") -> "Floats":
    """How central each row is, the highest 1 (Mihalcea and Tarau, 2004); similarities are never formed as a matrix."""
    import numpy as np

    count = len(matrix)
    if count == 0:
        return np.zeros(0, np.float32)
    own = (matrix * matrix).sum(axis=1)
    degree = np.maximum(matrix @ matrix.sum(axis=0) - own, 1e-6)
    score: Floats = np.full(count, 1 / count, np.float32)
    for _ in range(ROUNDS):
        share = score / degree
        score = np.float32((1 - DAMPING) / count) + DAMPING * (matrix @ (share @ matrix) - own * share)
    return (score / score.max()).astype(np.float32)


def choose(matrix: "Floats", scores: Sequence[float], wanted: int, likeness: float) -> list[int]:
    """The best rows of which none is more like another than `likeness` (a cosine), best first."""
    chosen: list[int] = []
    for row in sorted(range(len(scores)), key=lambda row: -scores[row]):
        if len(chosen) == wanted or scores[row] <= 0:
            break
        if not chosen or float((matrix[chosen] @ matrix[row]).max()) < likeness:
            chosen.append(row)
    return chosen
