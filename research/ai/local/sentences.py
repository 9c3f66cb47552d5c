"""The sentences of a paper, cleaned of citations, each with its page and the part it stands in."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from research.ai.local.cues import CLOSING
from research.ai.local.lines import JUNK, Block, Prose
from research.ai.local.words import fold, has_case, stop_words, words

ABSTRACT_CHARACTERS = 1_600
# Beyond this it is a table or a list; what looks for citations is only safe on short texts.
LONGEST_SENTENCE = 2_000
NUMBER_LIST = r"\d{1,3}[a-z]?(?:\s?[,–−-]\s?\d{1,3}[a-z]?)*"
SUPERSCRIPT = "[⁰¹²³⁴⁵⁶⁷⁸⁹]"
CITATIONS = (
    re.compile(rf"\s?\[\s?{NUMBER_LIST}\s?\](?:\s?[,;–-]\s?\[\s?{NUMBER_LIST}\s?\])*"),
    re.compile(
        r"\s?[(\[](?:see |e\.g\.,? |cf\. |vgl\. |reviewed in )?[^()\[\]]*?"
        r"\b(?:et al\.?,?|[A-ZÄÖÜ][\w’'-]+,)\s?\(?(?:19|20)\d\d[a-z]?[^()\[\]]*[)\]]"
    ),
    re.compile(
        r"\s?[(\[](?:see |also |shown in |cf\. |siehe |vgl\. )*(?:supplementary |extended data )?(?:figs?\.?|figures?|"
        r"tables?|tab\.|scheme|eqs?\.|section|movie|video|abb(?:ildung|\.)|tabelle|kapitel|abschnitt)"
        r"\s?[^()\[\]]{0,60}[)\]]",
        re.IGNORECASE,
    ),
    # Raised numbers after a word are citations; after a unit of two letters, or with a minus, they are exponents.
    re.compile(
        rf"(?:(?<=[^\W\d_]{{3}})|(?<=[.,)”]))(?<!min)(?<!mol)(?<!rad){SUPERSCRIPT}+(?:\s?[,–-]\s?{SUPERSCRIPT}+)*"
    ),
)
DIVIDED = re.compile(r"\b([^\W\d_]{2,})-([a-zäöüß]{2,})\b")
PREFIX_LISTING = """
anti bi co counter cross extra hyper inter intra macro micro mid mono multi nano non over poly post pre pseudo quasi re
self semi single sub super trans tri ultra under well
"""
PREFIXES = frozenset(PREFIX_LISTING.split())
# What stands before a sentence without being part of it: the mark of a footnote, `Remark 18`, `Observation:`.
LABEL = re.compile(
    r"^(?:[⁰¹²³⁴⁵⁶⁷⁸⁹*†‡]+\s?|(?:bemerkung|beobachtung|anmerkung|satz|definition|proposition|lemma|korollar|beispiel|"
    r"theorem|corollary|remark|observation|note)(?:\s[\d.]+:?|:)\s+)",
    re.IGNORECASE,
)
GLUED = re.compile(r"(?<=[a-zäöüß]{3})(?<!min)(?<!mol)(\s?[.,;])?\d{1,3}(?:[,–]\d{1,3})*(?=[\s,.;:)]|$)")
ABBREVIATION = re.compile(
    r"\b(?:figs?|eqs?|refs?|nos?|vol|pp?|al|vs|ca|approx|resp|etc|e\.g|i\.e|cf|dr|prof|mr|mrs|st|inc|ltd|co|corp|dept|"
    r"sect?|tab|temp|max|min|avg|wt|sp|spp|var|subsp|viz|bzw|bzgl|vgl|ggf|abb|kap|nr|usw|sog|evtl|inkl|def|allg|"
    r"d\.\s?h|z\.\s?b|u\.\s?a|o\.\s?[bä]|i\.\s?a|s\.\s?o|p\.\s?ex|env|aprox|ej)\.$",
    re.IGNORECASE,
)
INITIAL = re.compile(r"(?<![\d–-])(?<!\d\s)\b[A-Z]\.$|(?<!\d)\s[a-zäöü]\.$")
# Symbols that only a formula has, an equation between letters, and what opens a proof.
FORMULA = re.compile(
    r"[∀∃⇒⇔→∈∪∩⊆∠|{}�≔\ufffe]|[^\W\d]\s?[=<>]\s?[^\W\d]|:=|"
    r"^(?:beweis|behauptung|fall \d|noch zu zeigen|proof|case \d|claim)\b|^(?-i:[A-ZÄÖÜ]{3,}\s){2}",
    re.IGNORECASE,
)
BOUNDARY = re.compile(r"(?<=[.!?。؟])(?:[”\"’)]*)\s+(?=[\"“„‘(\[]?[^\W_])|(?<=[。])")
EVERY_SMALL_WORD = stop_words(None)


@dataclass(frozen=True)
class Sentence:
    """A sentence as a reader would want it; `raw` still has its citations, `order` counts from 0."""

    text: str
    raw: str
    page: int
    kind: str
    order: int


def sentences(prose: Prose) -> list[Sentence]:
    """All sentences of the running text in order; text before any heading is taken for the abstract."""
    known = Counter(fold(word) for block in prose.blocks for _, line in block.lines for word in words(line))
    has_abstract = any(block.kind == "abstract" for block in prose.blocks)
    found: list[Sentence] = []
    front = 0
    for block in joined_over_pages(prose.blocks):
        kind = block.kind
        for page, raw in split_block(block, known):
            if len(raw) > LONGEST_SENTENCE:
                continue
            kind = "conclusion" if CLOSING.match(raw) else kind
            part = kind
            if kind == "front" and not has_abstract and is_complete(raw):
                part = "abstract" if front < ABSTRACT_CHARACTERS else "introduction"
                front += len(raw)
            found.append(Sentence(cleaned(raw), raw, page, part, len(found)))
    return found


def joined_over_pages(blocks: list[Block]) -> Iterator[Block]:
    """Blocks with those joined of which the second goes on in the middle of the first one's sentence."""
    waiting: Block | None = None
    for block in blocks:
        goes_on = (
            waiting and not waiting.lines[-1][1].endswith((".", "!", "?", ":")) and block.lines[0][1][:1].islower()
        )
        if waiting and goes_on and waiting.kind == block.kind:
            waiting = Block(waiting.kind, waiting.lines + block.lines)
            continue
        if waiting:
            yield waiting
        waiting = block
    if waiting:
        yield waiting


def split_block(block: Block, known: "Counter[str]") -> Iterator[tuple[int, str]]:
    """The sentences of a block, each with the page on which it begins."""
    text, starts = "", []
    for page, raw in block.lines:
        line = DIVIDED.sub(lambda match: mended(match, known), raw)
        text = joined(text, line, known)
        starts.append((len(text) - len(line), page))
    position = 0
    for piece in split_text(text):
        begin = text.index(piece, position)
        position = begin + len(piece)
        yield max((start, page) for start, page in starts if start <= begin or start == starts[0][0])[1], piece


def joined(text: str, line: str, known: "Counter[str]") -> str:
    """The text with one more line; a word divided at the line's end is put together as it stands elsewhere."""
    if not text:
        return line
    if (line[0] in ".,;:)]%" and len(line) < 4) or re.match(r"[.,;)]\s", line):
        return text + line
    divided = re.search(r"([^\W\d_]{2,})[-‐\u00ad]$", text[-60:])
    if not divided or not line[0].islower():
        return text + ("" if text.endswith(("-", "–", "/")) and not text.endswith(" -") else " ") + line
    second = (words(line) or [""])[0]
    whole, hyphenated = fold(divided[1] + second), fold(f"{divided[1]}-{second}")
    return text + line if known[hyphenated] > known[whole] else text[:-1] + line


def mended(match: re.Match[str], known: "Counter[str]") -> str:
    """A word with a hyphen inside a line, without it where that is a line's end of the print: `simulta-neous`."""
    whole, hyphenated, parts = fold(match[1] + match[2]), fold(match[0]), (fold(match[1]), fold(match[2]))
    elsewhere = known[whole] > known[hyphenated]
    fragments = known[hyphenated] < 2 and not any(known[part] for part in parts) and parts[0] not in PREFIXES
    return match[1] + match[2] if elsewhere or fragments else match[0]


def split_text(text: str) -> list[str]:
    """The text cut after each sentence, not after an abbreviation or an initial."""
    pieces: list[str] = []
    start = 0
    for match in BOUNDARY.finditer(text):
        # Slices of a few characters: a page of millions must not be copied at each full stop.
        head, rest = text[max(start, match.start() - 12) : match.start()], text[match.end() : match.end() + 40]
        if ABBREVIATION.search(head) or rest.lstrip('"“„‘([')[:1].islower() or is_initial(head, rest):
            continue
        pieces.append(text[start : match.end()].strip())
        start = match.end()
    return [piece for piece in [*pieces, text[start:].strip()] if piece]


def is_initial(head: str, rest: str) -> bool:
    """Whether the full stop belongs to a name such as `K. Lee`, and not to a sentence that ends in `1 C.`."""
    following = words(rest)
    return bool(INITIAL.search(head[-4:])) and bool(following) and following[0].casefold() not in EVERY_SMALL_WORD


def cleaned(sentence: str) -> str:
    """A sentence without its citations and pointers to figures, and with its spaces in order."""
    sentence = LABEL.sub("", sentence)
    for pattern in CITATIONS:
        sentence = pattern.sub("", sentence)
    sentence = GLUED.sub(lambda match: (match[1] or "").strip(), sentence)
    sentence = re.sub(r"\s+([,.;:)\]%])", r"\1", re.sub(r"([(\[])\s+", r"\1", sentence))
    sentence = re.sub(r"\(\s*\)|\[\s*\]", "", re.sub(r"([.,;])\1+", r"\1", sentence))
    # Text after a raised sign loses its space in many PDFs: `mAh g−1still`, `Li+into`.
    sentence = re.sub(r"((?<=[^\W\d])[−-]\d|(?<=[A-Z][a-z])\+)(?=[a-z]{2,})", r"\1 ", sentence)
    return re.sub(r"\s+", " ", sentence).strip()


def is_complete(sentence: str) -> bool:
    """Whether a sentence begins and ends like one and is of a length that can be read."""
    text = sentence.strip()
    if not 40 <= len(text) <= 450 or not text.endswith((".", "!", "?", "。", "؟", ".”", ".)")):
        return False
    first = text.lstrip('"“„‘([')[:1]
    return first.isupper() or first.isdigit() or not has_case(text)


def is_readable(sentence: str, small_words: frozenset[str]) -> bool:
    """Whether a sentence stands by itself on a page: complete, in words, with its brackets closed."""
    found = words(sentence)
    if not is_complete(sentence) or not 7 <= len(found) <= 70 or not balanced(sentence):
        return False
    if FORMULA.search(sentence) or JUNK.search(sentence):
        return False
    if sum(c.isdigit() for c in sentence) > 0.2 * len(sentence):
        return False
    if not has_case(sentence):
        return True
    capitals = sum(word[0].isupper() for word in found[1:])
    letters = sum(len(word) == 1 and word.isalpha() for word in found)
    return (
        capitals <= 0.6 * len(found)
        and letters <= 0.2 * len(found)
        and sum(w.casefold() in small_words for w in found) >= 0.12 * len(found)
    )


def balanced(sentence: str) -> bool:
    """Whether every bracket that is opened is closed."""
    return all(sentence.count(a) == sentence.count(b) for a, b in ("()", "[]"))
