"""The terms a paper is about: noun phrases that recur, by C-value, the authors' own keywords first."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from research.ai.local.sentences import Sentence
from research.ai.local.stopwords import FILLERS, HEADS
from research.ai.local.words import fold, stem, words

PHRASES = 12
LONGEST = 4
# Small words that join the parts of one term: "pile à combustible", "degree of freedom" is left out on purpose.
JOINING = {
    "fr": {"de", "à", "du", "des", "d"},
    "es": {"de", "del"},
    "it": {"di", "del", "della"},
    "pt": {"de", "do", "da"},
}
CHUNK = re.compile(r"[.,;:!?()\[\]{}“”\"=<>≤≥±|•∼~→]+|\s[–—-]\s")
WEIGHT = {"abstract": 2.0, "conclusion": 1.5, "methods": 0.7, "front": 0.0, "back": 0.0, "aside": 0.0}
# A longer term that makes up so much of a shorter one's use is the one that is meant: "specific surface area".
MEANT = 0.4
SINGLE_KEYWORD_LETTERS = 7
ALIKE = 0.5
GERMAN_LABELS = frozenset(
    {"Bemerkung", "Bemerkungen", "Definition", "Proposition", "Abbildung", "Abschnitt", "Behauptung"}
)


def key_phrases(
    found: Sequence[Sentence],
    title: str | None,
    keywords: Iterable[str],
    language: str | None,
    small_words: frozenset[str],
) -> tuple[str, ...]:
    """Eight to twelve terms, most important first; fewer where a text repeats fewer."""
    finder = Phrases(language, small_words)
    for sentence in found:
        finder.count(sentence.text, WEIGHT.get(sentence.kind, 1.0))
    return finder.best(title or "", split_keywords(keywords))


def split_keywords(lines: Iterable[str]) -> list[str]:
    """The single keywords of the lines after `Keywords:`."""
    text = re.sub(r"(\w)-\s(?=[a-z])", r"\1", " ".join(lines))
    pieces = re.split(r"\s*[;,·•|]\s*", text) if re.search(r"[;,·•|]", text) else []
    return [piece.strip(" .") for piece in pieces if 3 <= len(piece.strip(" .")) <= 60 and len(piece.split()) <= 6]


class Phrases:
    """Counts the candidates of a text by the stems of their words."""

    def __init__(self, language: str | None, small_words: frozenset[str]) -> None:
        self.language = (language or "")[:2]
        self.small = small_words
        self.smallness: dict[str, bool] = {}
        self.joining = JOINING.get(self.language, set())
        self.counts: Counter[tuple[str, ...]] = Counter()
        self.weights: defaultdict[tuple[str, ...], float] = defaultdict(float)
        self.spellings: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)

    def count(self, text: str, weight: float) -> None:
        """Count the candidates of one sentence."""
        # Lists of names and rows of tables have no small words.
        if not weight or sum(word.casefold() in self.small for word in words(text)) < 2:
            return
        for chunk in CHUNK.split(text):
            for phrase in self.candidates(words(chunk)):
                key = tuple(stem(word) for word in phrase)
                self.counts[key] += 1
                self.weights[key] += weight
                self.spellings[key][" ".join(phrase)] += 1

    def candidates(self, row: list[str]) -> Iterable[list[str]]:
        """All runs of one to four words that may be a term: no small word at an end, only joining ones inside."""
        small = [self.is_small(word) for word in row]
        for start in range(len(row)):
            if small[start] or row[start].casefold() in HEADS:
                continue
            for end in range(start, min(start + LONGEST, len(row))):
                if small[end] and row[end].casefold() not in self.joining:
                    break
                if not small[end] and self.may_stand(row[start : end + 1]):
                    yield row[start : end + 1]

    def may_stand(self, phrase: list[str]) -> bool:
        """Whether words of which none is small could name a thing: no bare numbers, no verb at the end."""
        if not any(c.isalpha() for c in phrase[-1]) or (
            phrase[0][0].isdigit() and not any(c.isalpha() for c in phrase[0])
        ):
            return False
        if self.language == "de":
            alone = len(phrase) == 1
            return phrase[-1][:1].isupper() and not (alone and (len(phrase[0]) < 9 or phrase[0] in GERMAN_LABELS))
        if len(phrase) == 1:
            return len(phrase[0]) >= 3 and sum(c.isupper() for c in phrase[0]) >= 2
        return not (self.language == "en" and phrase[-1].endswith(("ed", "ly")))

    def is_small(self, word: str) -> bool:
        """Whether a term neither begins nor ends with the word."""
        if word not in self.smallness:
            self.smallness[word] = self.counts_as_small(word)
        return self.smallness[word]

    def counts_as_small(self, word: str) -> bool:
        """The answer of `is_small`, worked out once for each word."""
        folded = word.casefold()
        if len(folded) < 3 and not (len(folded) == 2 and word[0].isupper()):
            return True
        return folded in self.small or (self.language in ("", "en") and (folded in FILLERS or folded.endswith("ly")))

    def best(self, title: str, keywords: list[str]) -> tuple[str, ...]:
        """The terms with the highest scores of which none says what another says."""
        scores = self.scores(title, keywords)
        inside = self.containers()
        chosen: list[tuple[str, ...]] = []
        for key in sorted(scores, key=lambda key: (-scores[key], key)):
            if len(chosen) == PHRASES:
                break
            longer = self.meant(key, inside)
            if not any(overlaps(longer, other) for other in chosen):
                chosen.append(longer)
        return tuple(self.spelling(key) for key in chosen)

    def scores(self, title: str, keywords: list[str]) -> dict[tuple[str, ...], float]:
        """C-value (Frantzi, Ananiadou and Mima, 2000), raised for terms of the title and the keywords."""
        title_stems = [stem(word) for word in words(title)]
        wanted = {
            tuple(stem(word) for word in words(keyword)): keyword for keyword in keywords if self.is_term(keyword)
        }
        for key, keyword in wanted.items():
            self.spellings[key][keyword] += self.counts[key] + 1
            self.counts[key] += 1
        inside = self.containers()
        scores = {}
        for key, count in self.counts.items():
            if (count < 2 and key not in wanted) or not key:
                continue
            nested = inside.get(key, [])
            own = self.weights[key] - (sum(self.weights[other] for other in nested) / len(nested) if nested else 0)
            score = (0.35 if len(key) == 1 else math.log2(1 + len(key))) * max(own, 0)
            score *= 1.6 if in_order(key, title_stems) else 1
            scores[key] = score
        # What the authors call their keywords comes among the first, however often they then write it.
        top = max(scores.values(), default=1.0)
        scores |= {key: 0.5 * top + scores[key] for key in wanted}
        return {key: score for key, score in scores.items() if score > 0}

    def is_term(self, keyword: str) -> bool:
        """Whether one of the authors' keywords says something without the others: not `porous`."""
        phrase = words(keyword)
        if len(phrase) == 1:
            return not self.is_small(keyword) and (self.may_stand(phrase) or len(keyword) >= SINGLE_KEYWORD_LETTERS)
        return bool(phrase) and not self.is_small(phrase[0]) and not self.is_small(phrase[-1])

    def meant(self, key: tuple[str, ...], inside: dict[tuple[str, ...], list[tuple[str, ...]]]) -> tuple[str, ...]:
        """The longer term that most uses of a shorter one belong to, if there is such a one."""
        longer = max(inside.get(key, []), key=lambda other: (self.weights[other], other), default=key)
        return (
            self.meant(longer, inside) if longer != key and self.weights[longer] >= MEANT * self.weights[key] else key
        )

    def containers(self) -> dict[tuple[str, ...], list[tuple[str, ...]]]:
        """For each term the longer ones, seen at least twice, that it is part of."""
        inside: defaultdict[tuple[str, ...], list[tuple[str, ...]]] = defaultdict(list)
        for key, count in self.counts.items():
            if count >= 2 and len(key) > 1:
                for size in range(1, len(key)):
                    for start in range(len(key) - size + 1):
                        inside[key[start : start + size]].append(key)
        return inside

    def spelling(self, key: tuple[str, ...]) -> str:
        """The commonest spelling, without the capital that only a sentence's beginning gave it."""
        common = self.spellings[key].most_common()
        best = common[0][0]
        lower = best[:1].lower() + best[1:]
        return lower if self.spellings[key][lower] else best


def overlaps(key: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two terms share so much that a reader needs only one of them."""
    if key == other or in_order(key, list(other)) or in_order(other, list(key)):
        return True
    one, two = ({fold(word)[:6] for word in row} for row in (key, other))
    return len(one & two) >= max(1, ALIKE * len(one | two))


def in_order(key: tuple[str, ...], row: list[str]) -> bool:
    """Whether the words of a term stand next to each other in a row of words."""
    return any(tuple(row[start : start + len(key)]) == key for start in range(len(row) - len(key) + 1))
