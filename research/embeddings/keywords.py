"""How well passages fit the words of a question: BM25."""

import math
from collections.abc import Iterable, Sequence

from research.embeddings.terms import terms

SATURATION = 1.2
LENGTH = 0.75


def indexed(text: str) -> str:
    """The terms of a text as one string in which each can be counted fast: ` fuel  cell `."""
    return "".join(f" {term} " for term in terms(text))


class Bm25:
    """Okapi BM25 (Robertson et al., 1994) for one question, over passages that stream past once."""

    def __init__(self, question: str) -> None:
        self.wanted = [f" {term} " for term in sorted(set(terms(question)))]
        self.counts: list[Sequence[int]] = []
        self.lengths: list[int] = []

    def add(self, passages: Iterable[tuple[str, int]]) -> None:
        """Count the question's terms in more passages, each as `indexed` wrote it and with its number of words."""
        for text, length in passages:
            self.counts.append([text.count(term) for term in self.wanted])
            self.lengths.append(length)

    def scores(self) -> list[float]:
        """A score for each passage in the order in which they came; 0 where no term occurs."""
        if not self.counts:
            return []
        mean = max(1.0, sum(self.lengths) / len(self.lengths))
        weights = [self.weight(column) for column in range(len(self.wanted))]
        return [self.score(row, length / mean, weights) for row, length in zip(self.counts, self.lengths, strict=True)]

    def weight(self, column: int) -> float:
        """The inverse document frequency of a term, never negative."""
        containing = sum(row[column] > 0 for row in self.counts)
        return math.log(1 + (len(self.counts) - containing + 0.5) / (containing + 0.5))

    @staticmethod
    def score(row: Sequence[int], length: float, weights: Sequence[float]) -> float:
        """The score of one passage; `length` is relative to the mean."""
        damping = SATURATION * (1 - LENGTH + LENGTH * length)
        return sum(
            weight * count * (SATURATION + 1) / (count + damping)
            for count, weight in zip(row, weights, strict=True)
            if count
        )
