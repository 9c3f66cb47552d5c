"""Searches of all kinds, as hypothesis draws them, with values that jobs of the tests may have."""

from hypothesis import strategies as st

from callboard.history.search.keys import KEYS
from callboard.history.search.query import Is, Match, Not, Query, Span, Word, all_of, any_of
from tests.callboard.history.search.rows import FLOWS, HOUR_MS, NOW_MS, POOLS

TEXTS = {
    "id": st.sampled_from([f"01K6ZJ3V{number:04d}0X8Y7W6T5S4R3Q" for number in (0, 7, 9_999)]),
    "tag": st.sampled_from(["nightly", "NIGHTLY", "batch 7", "batch"]),
    "flow": st.sampled_from([*FLOWS, "paper_intake", "report", "nothing"]),
    "worker": st.sampled_from(["host-1", "host-1-aa", "host_", "host%"]),
    "error": st.sampled_from(["50%", "DISK", "_", "\\temp", "timed out", "Value", "no such"]),
    "key": st.sampled_from(["import:2026", "IMPORT:2027", "other"]),
}
PATHS: dict[str, list[tuple[str, ...]]] = {
    "args": [
        *(("paper_id",), ("n",), ("0",), ("1",), ("0", "n"), ("options", "depth"), ("options", "modes"), ("file",)),
        *(("a.b", "c d"), ("rows", "n"), ("rows", "0", "n"), ("flag",), ('quote"d',), ("nothing",)),
    ],
    "meta": [("batch",), ("deep", "er"), ("deep", "er", "x"), ("user",)],
}
PATH_TEXTS = [
    *("123", "5", "5.0", "five", "FAST", "exact", "a..b.pdf", "x", "7", "8"),
    *("true", "false", "null", "y", "ann"),
]
NUMBERS = {
    "number": st.one_of(st.integers(-1, 13), st.sampled_from([0.25, 1.5, 2.75])),
    "priority": st.integers(1, 100),
    "time": st.integers(NOW_MS - 110 * HOUR_MS, NOW_MS + HOUR_MS),
    "duration": st.sampled_from([0, 500, 10_000, 10_400, 61_000, HOUR_MS, 40 * HOUR_MS, 99 * HOUR_MS]),
    "path": st.sampled_from([-3, 2, 2.5, 4, 5, 6, 7, 7.5, 9, 11, 1e300]),
}


def spans(kind: str) -> st.SearchStrategy[Span]:
    """Ranges; the ends of those of times and durations always belong to them."""
    number = NUMBERS[kind]
    whole = kind in ("time", "duration")
    low = st.builds(lambda low, above: Span(low=low, above=above and not whole), number, st.booleans())
    high = st.builds(lambda high, below: Span(high=high, below=below and not whole), number, st.booleans())
    both = st.tuples(number, number).map(lambda pair: Span(min(pair), max(pair)))
    return st.one_of(low, high, both)


def tests_of(name: str) -> st.SearchStrategy[Is | Span]:
    kind = KEYS[name].kind
    if kind in NUMBERS and kind != "path":
        return spans(kind)
    if kind == "path":
        return st.one_of(st.sampled_from(PATH_TEXTS).map(Is), spans("path"))
    if name in TEXTS:
        return TEXTS[name].map(Is)
    return st.sampled_from(sorted({str(value) for value in POOLS[name] if value})).map(Is)


def matches(name: str) -> st.SearchStrategy[Match]:
    found = st.lists(tests_of(name), min_size=1, max_size=3, unique=True).map(tuple)
    paths = st.sampled_from(PATHS[name]) if name in PATHS else st.just(())
    return st.builds(Match, st.just(name), found, paths)


words = st.sampled_from(["01K6ZJ3V0001", "01K6ZJ3V00070X8Y7W6T5S4R3Q", "PDF", "email-s", "nightly", "batch 7", "", "-"])
terms = st.one_of(*(matches(name) for name in KEYS), words.map(Word))


def larger(inner: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(several.map(all_of), several.map(any_of), inner.map(Not))


searches: st.SearchStrategy[Query] = st.recursive(terms, larger, max_leaves=6)
