"""The words of an error without its data: what differs between failures of one fault becomes a placeholder."""

from __future__ import annotations

import re
from typing import Final

READ_MOST: Final = 1_000
KEPT_MOST: Final = 200
WORD_MOST: Final = 120
WORDS_MOST: Final = 150

# The interpreter quotes names from the code in these, which tell one fault from another; all others quote data.
QUOTES_CODE: Final = frozenset(
    ("AttributeError", "ImportError", "ModuleNotFoundError", "NameError", "TypeError", "UnboundLocalError")
)
QUOTED: Final = re.compile(
    r"""(?<![\w\\])[bBrRuU]{0,2}(?:'(?:[^'\\]|\\.)*+'(?!\w)|"(?:[^"\\]|\\.)*+")|`[^`]*+`|“[^”]*+”|‘[^’]*+’|«[^»]*+»""",
    re.DOTALL,
)
UNFINISHED: Final = re.compile(r"""(?<!\w)["'`“‘«][^"'`”’»]*+\Z""")
NAME: Final = re.compile(r"""[^\w]?[A-Za-z_][\w.]*(?:\(\))?[^\w]""")
# What SQLAlchemy adds to the words of the database: a statement as long as the number of its rows.
STATEMENT: Final = "\n[SQL:"

# What a word of the text may be, in the order in which they are tried at each of its characters.
SHAPES: Final = {
    "keep": r"(?i:errno|code|status|http)[=:]-?\d{1,3}\b",
    "url": r"\b[A-Za-z][\w+.-]*+://[^\s'\"<>]+",
    "email": r"\b[\w.+-]++@[\w-]+(?:\.[\w-]+)+",
    "uuid": r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b",
    "time": r"\b\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[-+]\d\d:?\d\d)?)?(?![\w-])"
    r"|\b\d{1,2}:\d\d:\d\d(?:[.,]\d+)?(?:Z|[-+]\d\d:?\d\d)?(?![\w:])|\b\d{4}/\d\d/\d\d\b",
    "ip": r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?![\w.]*\d)"
    r"|\[?(?<![\w:])(?:[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4}){7}"
    r"|(?:[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4}){0,6})?::(?:[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4}){0,6})?)(?![\w:])(?:\](?::\d+)?)?",
    "path": r"(?<![\w.])(?:~|\.{1,2})?/[^\s'\",;:()<>|\[\]{}]+|\b[A-Za-z]:\\[^\s'\"<>|]+|\\\\[\w.$-]+\\[^\s'\"<>|]+"
    r"|(?<![\w./-])(?:[\w.-]++/)+[\w.-]*\.\w+"
    r"|\b[\w-]++\.(?:csv|docx?|html?|jpe?g|json|log|md|parquet|pdf|png|tar|tsv|txt|xlsx?|xml|ya?ml|zip)\b",
    "n": r"\b0[xX][0-9a-fA-F]+"
    r"|(?<![\w-])(?=(?:[A-Za-z_-]*+\d++){3})[\w-]{20,}(?:\.[\w-]+)*+"
    r"|(?<![A-Za-z0-9])(?=[A-Za-z]*+\d++[A-Za-z]++\d)[A-Za-z0-9]{8,}"
    r"|(?<!\w)(?=[a-f]*\d)[0-9a-f]{7,}(?!\w)"
    r"|(?:(?<![\w)\]])[-+])?\d+(?:[.,_]\d+)*(?:[eE][-+]?\d+)?",
}
SHAPE: Final = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in SHAPES.items()))
PLACEHOLDERS: Final = {name: f"<{name}>" for name in SHAPES}
DATA: Final = re.compile(r"[\d@/\\]|\.[a-z]|::")
# A number after one of these is a name: a 404 is another fault than a 500.
CODE_WORDS: Final = frozenset(("errno", "winerror", "code", "status", "http"))
CODE: Final = re.compile(r"-?\d{1,3}\W*")

DATE: Final = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), <n> "
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) <n>(?: <time>(?: GMT| <n>)?)?"
)
UNIT: Final = re.compile(
    r"<n>\s?(?:%|[µmn]?s|secs?|seconds?|min|minutes?|h|hours?|days?|[kKMGT]?i?B|bytes?|chars?|characters?)(?![\w%])"
)
REPEATED: Final = re.compile(r"(<\w+>(?:: ?<\w+>)?)(?:,? ?\1)+")


def normalised(message: str, error_type: str = "") -> str:
    """A message with placeholders for quoted texts, numbers, ids, times, addresses and paths, 200 characters at most.

    Names that the interpreter quotes from the code are kept, and so are status codes and numbers of system errors.
    """
    text = _beginning(message, error_type in QUOTES_CODE)
    words, before = [], ""
    for word in text.split()[:WORDS_MOST]:
        plain = word.isalpha() or not DATA.search(word) or (before in CODE_WORDS and CODE.fullmatch(word))
        words.append(word if plain else SHAPE.sub(_placeholder, word[:WORD_MOST]))
        before = word.strip("[(:=").lower()
    text = " ".join(words)
    if "<" in text:
        text = REPEATED.sub(r"\1", UNIT.sub("<n>", DATE.sub("<time>", text)))
    return storable(text[:KEPT_MOST])


def _beginning(message: str, quotes_code: bool) -> str:
    """As much of a message as is read, quoted texts replaced; what the cut has torn is left out."""
    end = message.find(STATEMENT, 0, READ_MOST)
    text = message[: end if end > 0 else READ_MOST]
    text = QUOTED.sub(_name_or_text if quotes_code else "<text>", text)
    if end > 0 or len(message) <= READ_MOST:
        return text
    text = UNFINISHED.sub("<text>", text)
    whole, _, torn = text.rpartition(" ")
    return whole if len(torn) <= WORD_MOST else text


def _name_or_text(quoted: re.Match[str]) -> str:
    return quoted[0] if NAME.fullmatch(quoted[0]) else "<text>"


def _placeholder(shape: re.Match[str]) -> str:
    name = shape.lastgroup or ""
    return shape[0] if name == "keep" else PLACEHOLDERS[name]


def storable(text: str) -> str:
    """A text that every database takes: no NUL, no half of a character."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
