import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callboard.history.search.errors import BadQuery
from callboard.history.search.grammar import parse
from callboard.history.search.keys import KEYS
from callboard.history.search.query import And, Everything, Is, Match, Not, Or, Query, Span, Word
from callboard.history.search.writing import write
from tests.callboard.history.search.rows import NOW_MS
from tests.callboard.history.search.searches import searches

DAY_MS = 86_400_000
MIDNIGHT_MS = NOW_MS - NOW_MS % DAY_MS


def is_(key: str, *texts: str) -> Match:
    return Match(key, tuple(Is(text) for text in texts))


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", Everything()),
        ("  ", Everything()),
        ("extract", Word("extract")),
        ('"two words"', Word("two words")),
        ("state:failed", is_("state", "failed")),
        ("STATE:Failed", is_("state", "failed")),
        ("state:running", is_("state", "active")),
        ("state:live", is_("state", "waiting", "delayed", "blocked", "active")),
        ("state:finished", is_("state", "completed", "failed", "cancelled")),
        ("state:failed,failed", is_("state", "failed")),
        ("type:Extract-PDF", is_("type", "extract_pdf")),
        ("queue:Paper_Processing", is_("queue", "paper-processing")),
        ("state: failed", is_("state", "failed")),
        ("tag:a, b", is_("tag", "a", "b")),
        ('tag:"two words",b', is_("tag", "two words", "b")),
        (r'tag:"say \"no\" \\"', is_("tag", r'say "no" \\'[:-1])),
        ("tag:-x", is_("tag", "-x")),
        ("id:01k6zj3v9gq0x8y7w6t5s4r3q2", is_("id", "01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2")),
        ("flow:paper_intake", is_("flow", "paper_intake")),
        ("error-class:Timeout", is_("error_class", "timeout")),
        ("reason:no-worker", is_("reason", "no_worker")),
        ("key:import:2026-11", is_("key", "import:2026-11")),
        ("-state:failed", Not(is_("state", "failed"))),
        ("NOT state:failed", Not(is_("state", "failed"))),
        ("-(a b)", Not(And((Word("a"), Word("b"))))),
        ("a b", And((Word("a"), Word("b")))),
        ("a AND b", And((Word("a"), Word("b")))),
        ("a OR b c", Or((Word("a"), And((Word("b"), Word("c")))))),
        ("(a OR b) c", And((Or((Word("a"), Word("b"))), Word("c")))),
        ("((a (b c)))", And((Word("a"), Word("b"), Word("c")))),
        ("a-b", Word("a-b")),
        ("or", Word("or")),
        ("attempt:2", Match("attempt", (Span(2, 2),))),
        ("attempt:>=2", Match("attempt", (Span(low=2),))),
        ("attempt:<2,>5", Match("attempt", (Span(high=2, below=True), Span(low=5, above=True)))),
        ("cost:0.5..1.25", Match("cost", (Span(0.5, 1.25),))),
        ("priority:high", Match("priority", (Span(2, 2),))),
        ("priority:<=normal", Match("priority", (Span(high=3),))),
        ("run:10s", Match("run", (Span(10_000, 10_999),))),
        ("run:1m", Match("run", (Span(60_000, 119_999),))),
        ("run:>10s", Match("run", (Span(low=10_001),))),
        ("run:10s..1h30m", Match("run", (Span(10_000, 5_400_000),))),
        ("run:250ms..", Match("run", (Span(low=250),))),
        ("run:90", Match("run", (Span(90_000, 90_999),))),
        ("age:<2d", Match("age", (Span(high=2 * DAY_MS - 1),))),
        ("created:today", Match("created", (Span(MIDNIGHT_MS, MIDNIGHT_MS + DAY_MS - 1),))),
        ("created:yesterday..", Match("created", (Span(low=MIDNIGHT_MS - DAY_MS),))),
        ("created:..now", Match("created", (Span(high=NOW_MS),))),
        ("created:1970-01-02", Match("created", (Span(DAY_MS, 2 * DAY_MS - 1),))),
        ("created:>1970-01-02", Match("created", (Span(low=2 * DAY_MS),))),
        ("created:<1970-01-02", Match("created", (Span(high=DAY_MS - 1),))),
        ("created:1970-01-02T01:00", Match("created", (Span(DAY_MS + 3_600_000, DAY_MS + 3_659_999),))),
        ("created:1970-01-02T01:00:05.250Z", Match("created", (Span(DAY_MS + 3_605_250, DAY_MS + 3_605_250),))),
        ("created:1970-01-02T02:00+01:00..", Match("created", (Span(low=DAY_MS + 3_600_000),))),
        ('created:"1970-01-02 01:00"..', Match("created", (Span(low=DAY_MS + 3_600_000),))),
        ("args.paper_id:123", Match("args", (Is("123"),), ("paper_id",))),
        ("args.0:x", Match("args", (Is("x"),), ("0",))),
        ('meta."a.b".c:x', Match("meta", (Is("x"),), ("a.b", "c"))),
        ("ARGS.Paper:x", Match("args", (Is("x"),), ("Paper",))),
        ("args.n:>5", Match("args", (Span(low=5, above=True),), ("n",))),
        ("args.n:1..5", Match("args", (Span(1, 5),), ("n",))),
        ('args.n:">5"', Match("args", (Is(">5"),), ("n",))),
        ("args.file:a..b", Match("args", (Is("a..b"),), ("file",))),
        ("args.file:..", Match("args", (Is(".."),), ("file",))),
        ("args.file:>x", Match("args", (Is(">x"),), ("file",))),
    ],
)
def test_a_search_means(text: str, query: Query) -> None:
    assert parse(text, NOW_MS) == query


@pytest.mark.parametrize(
    ("text", "words", "position"),
    [
        ("stat:failed", 'key "stat:" is unknown; did you mean state:?', 0),
        ("a http://x", 'key "http:" is unknown; keys are id, type', 2),
        ("state:faild", 'state "faild" is unknown; states are waiting', 6),
        ("error_class:odd", 'error class "odd" is unknown; classes are transient', 12),
        ("queue:a/b", 'queue "a/b" is not a name', 6),
        ("attempt:many", "attempt: expected a number, got 'many'", 8),
        ("cost:1e999", "cost: expected a number, got '1e999'", 5),
        ("priority:soon", "priority must be one of critical, high, normal, low", 9),
        ("run:5x", "run: expected a duration such as 10s, 5m, 1h30m or 2d, got '5x'", 4),
        ("age:99999d", "age: expected a duration of at most 100 years", 4),
        ("created:soon", "created: expected a time such as 2026-11-01", 8),
        ("created:2026-13-01", "created: expected a time such as", 8),
        ("created:2026-11-01T25:00", "created: expected a time such as", 8),
        ("created:1h", "for how long ago, use age:", 8),
        ("run:5m..1m", "run: expected a range from less to more, got 5m..1m", 4),
        ("run:..", "run: expected a range with one end at least", 4),
        ("args:5", "expected args.name:value, got args:", 0),
        ("type.x:5", "expected type:value, got type.x:", 0),
        ("tag:", "expected a value, got the end", 4),
        ("tag:OR", "expected a value, got OR", 4),
        ("tag:a,", "expected a value, got the end", 6),
        ("(a", "expected a closing parenthesis, got the end", 2),
        ("a)", "expected a word, key:value or (, got )", 1),
        ("()", "expected a word, key:value or (, got )", 1),
        ("a OR", "expected a word, key:value or (, got the end", 4),
        ("OR a", "expected a word, key:value or (, got OR", 0),
        ('a "b', "a quotation mark is never closed", 2),
        ("a, b", "expected a word, key:value or (, got ,", 1),
        ("a\0", "expected text, got the character '\\x00'", 1),
        ("a\ud800", "expected text, got the character '\\ud800'", 1),
        ("x" * 10_000, "expected a search of at most 4,000 characters, got 10,000", None),
        ("-(" * 40 + "a" + ")" * 40, "expected at most 30 parentheses and negations inside each other", None),
        ("-" * 40 + "a", "expected at most 30 parentheses and negations inside each other", None),
        ("a " * 101, "expected at most 100 words and key:value terms", None),
        ("tag:a tag:" + "b," * 199 + "c", "expected at most 200 values in all", 6),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason_and_the_place(
    text: str, words: str, position: int | None
) -> None:
    with pytest.raises(BadQuery) as refused:
        parse(text, NOW_MS)
    assert words in str(refused.value)
    assert refused.value.position == position
    if position is not None:
        assert str(refused.value).endswith(f"(at character {position + 1})")


@given(searches)
def test_a_search_that_is_written_down_is_read_as_the_same(query: Query) -> None:
    assert parse(write(query), NOW_MS) == query


@given(st.text() | st.text(alphabet='ab:,()"-. \\>=<1_ORNAT', max_size=60))
@example('a:"\\')
@example("created:0000-00-00")
@example("created:9999-12-31T23:59:59.999-23:59")
@example("args.n:" + "9" * 400)
@example("run:" + "9" * 400)
def test_no_text_is_too_strange(text: str) -> None:
    try:
        query = parse(text, NOW_MS)
    except BadQuery:
        return
    assert parse(write(query), NOW_MS) == query


@pytest.mark.parametrize("name", KEYS)
def test_every_key_has_an_example_of_itself(name: str) -> None:
    query = parse(KEYS[name].example, NOW_MS)
    assert isinstance(query, Match)
    assert query.key == name
