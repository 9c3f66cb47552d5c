"""An answer while it arrives, and what becomes of it at its end."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from research.ai.analysis import Heard, Reply, Usage
from research.ai.errors import Unanswered, Unusable
from research.ai.prices import cost

ENDINGS = {
    "length": "cut off: it reached the number of tokens it may have",
    "max_tokens": "cut off: it reached the number of tokens it may have",
    "content_filter": "withheld by the provider's content filter",
    "refusal": "refused by the model",
}


@dataclass
class Streamed:
    """Pieces and counts of one answer; `tokens` are those in and out, None until the provider has said them."""

    provider: str
    model: str
    heard: Heard
    prices: Path | None
    started: float
    served: str = ""
    tokens: tuple[int, int] | None = None
    ending: str | None = None
    refusal: str = ""
    pieces: list[str] = field(default_factory=list)

    def hear(self, piece: str) -> None:
        """Keep a piece and pass it on; an empty one too, since it is a sign of life."""
        if piece:
            self.pieces.append(piece)
        self.heard(piece)

    def reply(self, complete: tuple[str, ...]) -> Reply:
        """The whole answer. Raises Unanswered where the stream broke off, Unusable for another end than those."""
        if self.ending is None:
            raise Unanswered(f"{self.provider}: the answer of {self.model} broke off before its end")
        if self.ending not in complete or self.refusal:
            why = (
                f"refused by the model: {self.refusal[:300]}" if self.refusal else ENDINGS.get(self.ending, self.ending)
            )
            raise Unusable(f"{self.provider}: the answer of {self.model} was {why}", self.usage())
        return Reply("".join(self.pieces), self.usage())

    def usage(self) -> Usage:
        """What it took; a server that counts no tokens leaves the cost unknown."""
        served, seconds = self.served or self.model, time.perf_counter() - self.started
        if self.tokens is None:
            return Usage(served, 0, 0, None, seconds)
        # The name that was asked for is the one a budget was kept by; what is served may have a name of its own.
        names = dict.fromkeys((self.model, served))
        found = next((it for name in names if (it := cost(self.provider, name, *self.tokens, own=self.prices))), None)
        return Usage(served, *self.tokens, float(found.usd) if found else None, seconds, found.words if found else None)
