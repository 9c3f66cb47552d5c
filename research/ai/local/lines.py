"""The lines of a paper that are running text: no running heads, captions, tables, headings or reference list."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from research.ai.analysis import Document, Page
from research.ai.local.headings import KEYWORDS, RUN_IN, heading_kind, looks_numbered, plain_heading
from research.ai.local.words import has_case, words

CAPTION = re.compile(
    r"^(?:supplementary |extended data )?"
    r"(?:fig(?:ure|s?\.?)|table|tab\.|scheme|chart|box|abb(?:ildung|\.)|tabelle|figura|tableau|tabla)"
    r"\s*(?:S?\d+|[IVX]+)[a-z]?\s*(?:(?P<bar>[|│])|[.:)–—]\s|\s*(?=[A-Z(]))",
    re.IGNORECASE,
)
JUNK = re.compile(
    r"https?://|www\.|\bdoi\b|@\w|©|\bcopyright\b|creative commons|\blicen[sc]ee?\b|all rights reserved|"
    r"^(?:received|accepted|published|revised|citation|correspondence|edited by|reviewed by|available online|"
    r"article history|eingegangen)\b.{0,40}[:;]|\b(?:issn|isbn)\b|e-?mail\s*:|\btel\.?\s*:|^\W*\d*\W*$|"
    r"for peer review|downloaded from|^page \d+ of \d+",
    re.IGNORECASE,
)
SENTENCE_END = (".", "!", "?", "。", "؟", ".”", ".)", ".“")
# A whole paragraph may mention a DOI; that sentence is left out later.
JUNK_CHARACTERS = 200
HEAD_CHARACTERS = 120
BLOCK_LINES = 200
# Of a longer text, such as a printed table of a database, only the beginning is read.
MOST_CHARACTERS = 3_000_000
CAPTION_LINES = 14
KEYWORD_LINES = 3


@dataclass
class Block:
    """Lines that belong together, each with its page, and the part of the paper they stand in."""

    kind: str
    lines: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class Prose:
    """The running text of a document in blocks, and the keywords its authors chose."""

    blocks: list[Block]
    keywords: list[str]


def running_text(document: Document) -> Prose:
    """Sort the lines of a document into blocks of running text."""
    sorter = Sorter(document)
    for page, line, following in numbered_lines(beginning(document.pages), set(sorter.headings)):
        sorter.take(page, line, following)
    return Prose([block for block in sorter.blocks if block.lines], sorter.keywords)


def beginning(pages: Sequence[Page]) -> list[Page]:
    """The pages up to the limit of what is read."""
    lengths = accumulate(len(page.text) for page in pages)
    return [page for page, length in zip(pages, lengths, strict=True) if length <= MOST_CHARACTERS]


def numbered_lines(pages: Sequence[Page], headings: set[str]) -> Iterator[tuple[int, str, str]]:
    """Each line with its page and the line after it, without what repeats from page to page."""
    repeated = running_heads(pages) - headings
    kept = [
        (page.page, line)
        for page in pages
        for line in (re.sub(r"\s+", " ", raw).strip() for raw in page.text.splitlines())
        if line and shape(line) not in repeated
    ]
    for (page, line), (_, following) in zip(kept, [*kept[1:], (0, "")], strict=False):
        yield page, line, following


def running_heads(pages: Sequence[Page]) -> set[str]:
    """Shapes of the lines that stand near the edge of at least three pages and a fifth of them all."""
    seen: Counter[str] = Counter()
    for page in pages:
        lines = [line.strip() for line in page.text.splitlines() if 0 < len(line.strip()) < HEAD_CHARACTERS]
        seen.update({shape(line) for line in (*lines[:4], *lines[-4:])})
    return {line for line, count in seen.items() if line and count >= max(3, len(pages) / 5)}


def shape(line: str) -> str:
    """A line without its numbers, so that `Page 3 of 8` is the same on every page."""
    return re.sub(r"[\d\W]+", " ", line).strip().casefold()


class Sorter:
    """Goes through the lines once and remembers where it is: in which part, in a caption, in the keywords."""

    def __init__(self, document: Document) -> None:
        text = " ".join(page.text for page in document.pages[:3])
        self.case = has_case(text)
        self.headings = {shape(plain_heading(s.title)): heading_kind(s.title) for s in document.sections}
        self.title = shape(document.title or "")
        self.kind = "front"
        self.blocks = [Block(self.kind)]
        self.keywords: list[str] = []
        self.caption_width = self.caption_left = self.keywords_left = 0
        self.ended = True

    def take(self, page: int, line: str, following: str) -> None:
        """Sort one line; `following` is the one after it."""
        if self.take_heading(line) or self.take_keywords(line) or self.skip_caption(line, following):
            return
        run_in = RUN_IN.match(line) if self.ended else None
        if run_in:
            self.open(self.kind_of_run_in(run_in[1], page))
            line = line[run_in.end() :]
        if (
            self.kind == "back"
            or JUNK.search(line)
            or (page == 1 and self.title and shape(line) and shape(line) in self.title)
        ):
            self.break_block()
        elif self.is_prose(line, following):
            self.blocks[-1].lines.append((page, line))
            self.ended = line.endswith(SENTENCE_END)
            if len(self.blocks[-1].lines) >= (BLOCK_LINES if self.ended else 4 * BLOCK_LINES):
                self.break_block()
        else:
            self.break_block()

    def kind_of_run_in(self, label: str, page: int) -> str:
        """What `Results:` at the head of a paragraph opens: inside an abstract it is part of the abstract."""
        kind = heading_kind(label) or self.kind
        inside = self.kind == "abstract" or (self.kind == "front" and page <= 2)
        return "abstract" if inside and kind != "aside" else kind

    def take_heading(self, line: str) -> bool:
        """Open a new part if the line is a heading."""
        if len(line) > 90 or not any(c.isalpha() for c in line):
            return False
        plain = shape(plain_heading(line))
        kind = heading_kind(line) if line[0].isupper() or line[0].isdigit() else None
        known = kind is not None or plain in self.headings
        # A number may also begin an address or an item of a list: it counts only where the headings are unknown.
        if not known and (self.headings or not self.ended or not looks_numbered(line)):
            return False
        # A heading of the author's own ends the abstract, but not the reference list.
        own = "body" if self.kind in ("front", "abstract", "aside") else self.kind
        self.open(kind or self.headings.get(plain) or own)
        return True

    def open(self, kind: str) -> None:
        """Begin a part."""
        self.kind = kind
        self.caption_left = self.keywords_left = 0
        self.break_block()

    def break_block(self) -> None:
        """Begin a block: what follows does not continue the sentence before."""
        self.ended = True
        if self.blocks[-1].lines or self.blocks[-1].kind != self.kind:
            self.blocks.append(Block(self.kind))

    def take_keywords(self, line: str) -> bool:
        """Keep the words after `Keywords:`, which may run over a few lines."""
        match = KEYWORDS.match(line)
        if match:
            self.keywords_left = KEYWORD_LINES
            self.kind = "body" if self.kind == "abstract" else self.kind
            self.break_block()
        elif not self.keywords_left or len(words(line)) > 14 or line.endswith(SENTENCE_END):
            self.keywords_left = 0
            return False
        rest = line[match.end() :] if match else line
        self.keywords_left -= 1
        if match or not self.keywords or self.keywords[-1].endswith((",", ";", "-")) or rest[:1].islower():
            self.keywords.append(rest)
            return True
        self.keywords_left = 0
        return False

    def skip_caption(self, line: str, following: str) -> bool:
        """Leave out the caption of a figure or table: up to its short last line."""
        match = CAPTION.match(line)
        if match and (match["bar"] or self.ended):
            self.caption_left, self.caption_width = CAPTION_LINES, 0
            self.break_block()
        if not self.caption_left:
            return False
        self.caption_left -= 1
        self.caption_width = max(self.caption_width, len(line))
        last = line.endswith(SENTENCE_END) and (
            len(line) < 0.85 * self.caption_width or len(line) < 0.85 * len(following)
        )
        if last or (match and line.endswith(SENTENCE_END)):
            self.caption_left = 0
        return True

    def is_junk(self, page: int, line: str) -> bool:
        """Whether a line is the publisher's rather than the author's, or the title once more."""
        is_title = page == 1 and bool(self.title) and bool(shape(line)) and shape(line) in self.title
        return is_title or (len(line) < JUNK_CHARACTERS and bool(JUNK.search(line)))

    def is_prose(self, line: str, following: str) -> bool:
        """Whether a line reads like running text, or at least carries on a sentence that does."""
        if not self.case:
            return True
        found = words(line)
        lower = sum(word[0].islower() for word in found)
        if len(found) >= 5 and lower >= 0.4 * len(found):
            return True
        if self.ended:
            return len(found) >= 4 and lower >= 0.5 * len(found)
        following_words = words(following)
        goes_on = sum(word[0].islower() for word in following_words) >= 0.4 * max(1, len(following_words))
        return goes_on or line.endswith(SENTENCE_END)
