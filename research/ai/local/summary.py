"""A summary in the paper's own words: four to six sentences, in the order in which they stand."""

from collections.abc import Sequence

from research.ai.local.cues import CONTRIBUTION, LEANING, OUTCOME, POINTING, THANKS
from research.ai.local.headings import LEFT_OUT
from research.ai.local.ranking import choose, terms, text_rank, tf_idf
from research.ai.local.sentences import Sentence, is_readable

# How much a part of a paper says about the whole of it.
WEIGHT = {
    "abstract": 1.0,
    "conclusion": 0.9,
    "results": 0.55,
    "discussion": 0.55,
    "body": 0.45,
    "introduction": 0.35,
    "front": 0.3,
    "methods": 0.2,
}
MOST_FROM = {"abstract": 4, "conclusion": 2, "results": 2, "discussion": 1, "introduction": 2, "methods": 1, "front": 1}
SENTENCES = 6
FEWEST = 4
CHARACTERS = 1_250
CANDIDATES = 1_500
LIKENESS = 0.5


def summarise(found: Sequence[Sentence], title: str | None, small_words: frozenset[str]) -> str:
    """Four to six sentences of the paper, or fewer where it has no more that can be read by themselves."""
    candidates = [s for s in found if s.kind not in LEFT_OUT and is_readable(s.text, small_words)]
    candidates = sorted(sorted(candidates, key=lambda s: -WEIGHT.get(s.kind, 0.3))[:CANDIDATES], key=lambda s: s.order)
    if not candidates:
        return ""
    matrix = tf_idf([s.text for s in candidates], small_words)
    central = text_rank(matrix)
    topic = set(terms(title or "", small_words))
    first = first_orders(candidates)
    scores = [worth(s, float(central[row]), topic, small_words, first) for row, s in enumerate(candidates)]
    order = choose(matrix, scores, len(candidates), LIKENESS)
    return " ".join(s.text for s in sorted(within_limits([candidates[row] for row in order]), key=lambda s: s.order))


def first_orders(candidates: Sequence[Sentence]) -> dict[str, int]:
    """Where each part begins."""
    return {s.kind: s.order for s in reversed(candidates)}


def worth(
    sentence: Sentence, central: float, topic: set[str], small_words: frozenset[str], first: dict[str, int]
) -> float:
    """How much a sentence belongs into a summary: its place, its weight in the text, what it announces."""
    own = set(terms(sentence.text, small_words))
    score = WEIGHT.get(sentence.kind, 0.3) * (0.5 + 0.5 * central)
    score += 0.25 * len(own & topic) / max(1, len(topic))
    score += 0.25 * bool(CONTRIBUTION.search(sentence.text)) + 0.15 * bool(OUTCOME.search(sentence.text))
    score += 0.08 * (sentence.order == first[sentence.kind])
    score -= 0.2 * bool(LEANING.match(sentence.text)) + 0.3 * bool(POINTING.search(sentence.text))
    score -= 0.8 * bool(THANKS.search(sentence.text))
    score -= 0.15 * (len(sentence.text) > 320) + 0.15 * (len(sentence.text) < 70)
    return score


def within_limits(ranked: Sequence[Sentence]) -> list[Sentence]:
    """The best sentences that fit the length, not too many from one part."""
    taken: list[Sentence] = []
    for sentence in ranked:
        length = sum(len(s.text) for s in taken) + len(sentence.text)
        same = sum(s.kind == sentence.kind for s in taken)
        if len(taken) == SENTENCES or (len(taken) >= FEWEST and length > CHARACTERS):
            break
        if same < MOST_FROM.get(sentence.kind, SENTENCES):
            taken.append(sentence)
    return taken
