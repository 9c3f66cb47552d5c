"""The terms by which passages are compared word for word: folded words without endings and small words."""

from functools import lru_cache

from research.ai.local.stopwords import STOP_WORDS
from research.ai.local.words import stem, words

SMALL_WORDS = frozenset(STOP_WORDS["en"] | STOP_WORDS["de"])


def terms(text: str) -> list[str]:
    """The terms of a text in order; a hyphenated word counts whole and by its parts."""
    return [term for word in words(text) for term in terms_of_word(word)]


@lru_cache(maxsize=100_000)
def terms_of_word(word: str) -> tuple[str, ...]:
    """The terms of one word; kept, because a few thousand words make up most of what is read."""
    parts = [part for part in word.replace("/", "-").split("-") if part]
    whole = parts if len(parts) < 2 else [*parts, word]
    return tuple(stem(part) for part in whole if part.casefold() not in SMALL_WORDS)
