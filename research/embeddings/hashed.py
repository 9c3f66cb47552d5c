"""Hashed features: words and word pairs counted in 1,024 columns; lexical, needs no weights and no training."""

import math
import zlib
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from research.embeddings.terms import terms

if TYPE_CHECKING:
    from research.embeddings.embedder import Vectors

DIMENSIONS = 1_024
PAIR_WEIGHT = 0.5


class HashedEmbedder:
    """The hashing trick with signs (Weinberger et al., 2009), log counts, rows of length 1."""

    name = "hashed-1024"
    dimensions = DIMENSIONS
    # Chance alone gives two texts a cosine of about 1 / √1024.
    floor = 0.1
    lexical = True

    def embed(self, texts: Sequence[str]) -> "Vectors":
        """A float32 matrix with a row for each text; a text without words is a row of zeros."""
        import numpy as np

        rows = []
        for text in texts:
            places = [(place(feature), weight) for feature, weight in features(text)]
            columns = np.array([column for (column, _), _ in places], np.int64)
            rows.append(np.bincount(columns, [sign * weight for (_, sign), weight in places], DIMENSIONS))
        matrix = np.array(rows).reshape(len(texts), DIMENSIONS)
        lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
        return (matrix / np.where(lengths == 0, 1, lengths)).astype(np.float32)


def features(text: str) -> list[tuple[str, float]]:
    """The words and neighbouring pairs of a text with their weights."""
    row = terms(text)
    single, pairs = Counter(row), Counter(f"{a} {b}" for a, b in pairwise(row))
    weighted = [(word, 1 + math.log(count)) for word, count in single.items()]
    return weighted + [(pair, PAIR_WEIGHT * (1 + math.log(count))) for pair, count in pairs.items()]


@lru_cache(maxsize=200_000)
def place(feature: str) -> tuple[int, int]:
    """The column and sign of a feature; CRC-32, because Python's own hash differs from run to run."""
    code = zlib.crc32(feature.encode("utf-8"))
    return code % DIMENSIONS, 1 if code & 0x8000_0000 else -1
