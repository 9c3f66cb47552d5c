"""The sentences in which a paper states its results."""

from collections.abc import Sequence

from research.ai.analysis import Finding
from research.ai.local.cues import (
    CAPTION_TALK,
    CLAIM,
    COMPARED,
    DOING,
    LEANING,
    MEASURED,
    OF_OTHERS,
    POINTING,
    PROCEDURE,
)
from research.ai.local.headings import LEFT_OUT
from research.ai.local.ranking import choose, terms, text_rank, tf_idf
from research.ai.local.sentences import Sentence, is_readable

WEIGHT = {
    "results": 1.0,
    "discussion": 0.8,
    "conclusion": 1.0,
    "abstract": 1.0,
    "body": 0.8,
    "front": 0.4,
    "introduction": 0.1,
    "methods": -0.5,
}
FINDINGS = 8
CANDIDATES = 1_500
LIKENESS = 0.45
ENOUGH = 1.6


def find_results(found: Sequence[Sentence], title: str | None, small_words: frozenset[str]) -> tuple[Finding, ...]:
    """Up to eight sentences that state results, in the order in which they stand, with their pages."""
    candidates = [
        s for s in found if s.kind not in LEFT_OUT and is_readable(s.text, small_words) and states_something(s)
    ]
    if not candidates:
        return ()
    topic = set(terms(title or "", small_words))
    candidates = sorted(candidates, key=lambda s: -strength(s, 0, topic, small_words))[:CANDIDATES]
    matrix = tf_idf([s.text for s in candidates], small_words)
    central = text_rank(matrix)
    scores = [strength(s, float(central[row]), topic, small_words) for row, s in enumerate(candidates)]
    rows = [row for row in choose(matrix, scores, FINDINGS, LIKENESS) if scores[row] >= ENOUGH]
    return tuple(Finding(s.text, s.page) for s in sorted((candidates[row] for row in rows), key=lambda s: s.order))


def states_something(sentence: Sentence) -> bool:
    """Whether a sentence claims anything that was done or measured here."""
    text = sentence.text
    if PROCEDURE.search(text) or CAPTION_TALK.match(text):
        return False
    return bool(CLAIM.search(text) or MEASURED.search(text))


def strength(sentence: Sentence, central: float, topic: set[str], small_words: frozenset[str]) -> float:
    """How surely and how clearly a sentence states a result of this paper."""
    text = sentence.text
    score = WEIGHT.get(sentence.kind, 0.5) + 0.4 * central
    score += (
        0.8 * bool(CLAIM.search(text)) + 0.6 * min(2, len(MEASURED.findall(text))) + 0.5 * bool(COMPARED.search(text))
    )
    score += 0.4 * len(set(terms(text, small_words)) & topic) / max(1, len(topic))
    score -= 1.2 * bool(DOING.search(text) and " than " not in text) + 0.3 * bool(POINTING.search(text))
    score -= 1.5 * bool(OF_OTHERS.search(sentence.raw)) + 0.5 * bool(LEANING.match(text)) + 0.3 * (len(text) > 330)
    return score
