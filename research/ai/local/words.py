"""Words of a text: taking them apart, folding their forms together, and guessing their language."""

import re
import unicodedata
from functools import lru_cache

from research.ai.local.stopwords import STOP_WORDS

WORD = re.compile(r"[^\W_]+(?:[-/’'·.][^\W_]+)*")
INFLECTIONS = """
isations izations isation ization ations ation ings ing ments ment ies ied ers er es ed ly en em e s n
"""
ENDINGS = tuple(INFLECTIONS.split())


def words(text: str) -> list[str]:
    """The words of a text as they stand; `LiFePO4/graphene` and `2,7-AQDS` hold together as far as print allows."""
    return WORD.findall(text)


def fold(word: str) -> str:
    """A word without case and accents: what two spellings of it share."""
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """A rough stem: singular and plural, and most inflections of English and German, fall together."""
    folded = fold(word)
    for ending in ENDINGS:
        if folded.endswith(ending) and len(folded) - len(ending) >= 4:
            return folded[: -len(ending)]
    return folded


def stop_words(language: str | None) -> frozenset[str]:
    """The small words of a language; of all seven where it is unknown to us."""
    return STOP_WORDS.get((language or "")[:2].casefold()) or frozenset().union(*STOP_WORDS.values())


def guess_language(text: str) -> str | None:
    """The language whose small words fill most of the text, or None where none reaches a tenth."""
    found = [word.casefold() for word in words(text[:50_000])]
    if not found:
        return None
    shares = {language: sum(word in small for word in found) / len(found) for language, small in STOP_WORDS.items()}
    best = max(shares, key=lambda language: shares[language])
    return best if shares[best] >= 0.1 else None


def has_case(text: str) -> bool:
    """Whether the script knows capitals: Arabic or Chinese does not."""
    letters = [c for c in text[:20_000] if c.isalpha()]
    return sum(c.islower() or c.isupper() for c in letters) * 2 > len(letters)
