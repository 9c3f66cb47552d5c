"""From the text of a search to its value, by one grammar for the page, the API and the command."""

from __future__ import annotations

import difflib
import re
from functools import cache
from typing import TYPE_CHECKING, Final, cast

from callboard.history.search.errors import BadQuery
from callboard.history.search.keys import KEYS, SearchKey
from callboard.history.search.query import Everything, Match, Not, Query, Test, Word, all_of, any_of
from callboard.history.search.values import PIECE, QUOTED, read_value, unquoted
from callboard.jobs.clock import wall_ms

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

GRAMMAR: Final = rf"""
start: any?
?any: all ("OR" all)*
?all: one ("AND"? one)*
?one: _NOT one -> no
    | "(" any ")"
    | KEY VALUE ("," VALUE)* -> match
    | VALUE -> word
_NOT.3: /-(?=\S)|NOT(?=[\s(])/
KEY.2: /[A-Za-z_][\w-]*(?:\.(?:{QUOTED}|[^\s:,()".]+))*:/
VALUE: /(?!(?:AND|OR|NOT)(?![^\s()]))(?:{QUOTED}|[^\s,()"])+/s
%ignore /\s+/
"""
LONGEST: Final = 4_000
MOST_TERMS: Final = 100
# SQLite takes expressions of a thousand alternatives; each value may become several.
MOST_VALUES: Final = 200
DEEPEST: Final = 30
# NUL, and halves of a character: SQL takes neither.
UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")


def parse(text: str, now_ms: int | None = None) -> Query:
    """The search of a text; words such as `today` are counted from `now_ms`, which is this machine's clock by default.

    Raises BadQuery, and nothing else, for whatever cannot be understood or is too much.
    """
    if len(text) > LONGEST:
        raise BadQuery(f"expected a search of at most {LONGEST:,} characters, got {len(text):,}")
    if bad := UNSTORABLE.search(text):
        raise BadQuery(f"expected text, got the character {bad[0]!r}, which no job has", bad.start())
    tree = _tree(text)
    if not tree.children:
        return Everything()
    reader = _Reader(wall_ms() if now_ms is None else now_ms)
    return reader.read(cast("Tree[Token]", tree.children[0]), 0)


@cache
def _parser() -> Lark:
    # Here, because it takes 60 ms, which a command without a search need not pay.
    from lark import Lark

    return Lark(GRAMMAR, parser="lalr", maybe_placeholders=False)


def _tree(text: str) -> Tree[Token]:
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    try:
        return _parser().parse(text)
    except UnexpectedCharacters as error:
        position: int = getattr(error, "pos_in_stream", 0)
        raise BadQuery(_strange(text, position), position) from None
    except UnexpectedToken as error:
        raise _misplaced(error.token, error.accepts or error.expected, len(text)) from None


def _strange(text: str, position: int) -> str:
    if text[position] == '"':
        return 'a quotation mark is never closed; write \\" for one that is meant'
    return f"expected a word or key:value, got {text[position]!r}"


def _misplaced(token: Token, accepted: set[str], end: int) -> BadQuery:
    at_end = token.type == "$END"
    wanted = "a value" if accepted == {"VALUE"} else "a word, key:value or ("
    if at_end and "RPAR" in accepted:
        wanted = "a closing parenthesis"
    got = "the end" if at_end else str(token)
    return BadQuery(f"expected {wanted}, got {got}", end if at_end else token.start_pos)


class _Reader:
    """Reads one tree, and counts on the way."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms
        self.terms = self.values = 0

    def read(self, tree: Tree[Token], depth: int) -> Query:
        if depth > DEEPEST:
            raise BadQuery(f"expected at most {DEEPEST} parentheses and negations inside each other")
        if tree.data in ("any", "all", "no"):
            parts = [self.read(part, depth + 1) for part in cast("list[Tree[Token]]", tree.children)]
            return Not(parts[0]) if tree.data == "no" else any_of(parts) if tree.data == "any" else all_of(parts)
        self.terms += 1
        if self.terms > MOST_TERMS:
            raise BadQuery(f"expected at most {MOST_TERMS} words and key:value terms")
        first, *values = cast("list[Token]", tree.children)
        return Word(unquoted(first)) if tree.data == "word" else self.match(first, values)

    def match(self, name: Token, values: list[Token]) -> Match:
        key, path = _key(name)
        self.values += len(values)
        if self.values > MOST_VALUES:
            raise BadQuery(f"expected at most {MOST_VALUES} values in all", name.start_pos)
        tests: list[Test] = []
        for value in values:
            try:
                tests += read_value(key.kind, value, self.now_ms)
            except ValueError as error:
                told = f"{name} {error}" if str(error).startswith("expected") else str(error)
                raise BadQuery(told, value.start_pos) from None
        return Match(key.name, tuple(dict.fromkeys(tests)), path)


def _key(token: Token) -> tuple[SearchKey, tuple[str, ...]]:
    """The key of `args.paper_id:` and its path. Raises BadQuery."""
    name, *path = _segments(token[:-1])
    key = KEYS.get(name.lower().replace("-", "_"))
    if key is None:
        close = difflib.get_close_matches(name.lower(), KEYS, 1, 0.6)
        hint = f"did you mean {close[0]}:?" if close else f"keys are {', '.join(KEYS)};"
        raise BadQuery(f'key "{name}:" is unknown; {hint} (a text with a colon goes in quotes)', token.start_pos)
    if (key.kind == "path") != bool(path):
        wanted = f"{key.name}.name:value" if key.kind == "path" else f"{key.name}:value"
        raise BadQuery(f"expected {wanted}, got {token}", token.start_pos)
    return key, tuple(path)


def _segments(text: str) -> list[str]:
    """The parts between dots; those in quotes may have dots themselves."""
    parts: list[str] = [""]
    for quoted, bare in PIECE.findall(text):
        if quoted:
            parts[-1] += unquoted(quoted)
            continue
        first, *others = bare.split(".")
        parts[-1] += first
        parts += others
    return parts
