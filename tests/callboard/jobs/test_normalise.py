import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.jobs.normalise import KEPT_MOST, normalised

SAME = [
    (
        "could not connect to 10.0.0.7:5432: Connection refused",
        "could not connect to 10.20.30.41:5433: Connection refused",
    ),
    ("cannot reach [fe80::1]:8080", "cannot reach 2001:db8:0:0:0:0:2:1"),
    ("[Errno 2] No such file or directory: '/tmp/a.pdf'", "[Errno 2] No such file or directory: 'b c/d.pdf'"),
    (
        "Client error '404 Not Found' for url 'https://a.org/1'",
        "Client error '404 Not Found' for url 'https://b.org/?q=2'",
    ),
    (
        "404 Client Error: Not Found for url: https://a.org/works/W1",
        "404 Client Error: Not Found for url: http://b.org/",
    ),
    ("invalid literal for int() with base 10: 'abc'", "invalid literal for int() with base 10: 'it\\'s 12'"),
    ("job 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2 is gone", "job 01K70000000000000000000000 is gone"),
    ("0b2ef2c6-7ad3-41cf-9d8e-3e8a52ca4a10 not found", "11111111-2222-3333-4444-555555555555 not found"),
    ("commit a1b2c3d4e5 is missing", "commit 0123456789 is missing"),
    ("<Paper object at 0x7f3a2c> is closed", "<Paper object at 0x55deadbeef> is closed"),
    ("ran 30.5 s of 10 min", "ran 900 ms of 1 h"),
    ("5.2 MB are more than 4 MiB", "812 kB are more than 100 bytes"),
    ("user alice@example.com may not", "user bob.smith+x@mail.example.org may not"),
    ("since 2026-01-02 10:20:30.123+00:00", "since 2026-11-02T10:20:30Z"),
    ("last seen Mon, 02 Jan 2026 10:00:00 GMT", "last seen Tue, 3 Feb 2026 23:59:59 GMT"),
    ("could not read data/papers/thesis.pdf: page 3", "could not read notes.txt: page 12"),
    ("C:\\Users\\bob\\x.pdf is locked", "D:\\data\\y.csv is locked"),
    ("ids [1, 2, 3] are missing", "ids [17] are missing"),
    ("fields {'a': 1, 'b': 2} are too many", "fields {'c': 3} are too many"),
    ("request req_011CSHoEeqs5C35K2UUqR7Fy failed", "request req_022DTIpFfrt6D46L3VVrS8Gz failed"),
    ("bad  value:\n  “x”", "bad value: “another one”"),
    ("(E) bad\n[SQL: INSERT (?, ?)]\n[parameters: (1)]", "(E) bad\n[SQL: INSERT (?), (?)]\n[parameters: (2)]"),
    ("Invalid payload: '" + "a b " * 2_000, "Invalid payload: '" + "c d e " * 2_000),
    ("no token in eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0", "no token in " + "A1b2" * 300),
]
OTHER = [
    ("HTTP 404", "HTTP 500"),
    ("exit code 137", "exit code 1"),
    ("[Errno 2] failed", "[Errno 13] failed"),
    ("status=429", "status=503"),
    ("file not found", "file not readable"),
    ("text/html is not accepted", "application/json is not accepted"),
    ("std::bad_alloc", "std::bad_cast"),
    ("It's Bob's paper that can't be read", "It's Bob's paper that can't be parsed"),
]


@pytest.mark.parametrize(("one", "another"), SAME)
def test_messages_that_differ_in_their_data_are_the_same(one: str, another: str) -> None:
    assert normalised(one) == normalised(another)


@pytest.mark.parametrize(("one", "another"), OTHER)
def test_messages_that_differ_in_their_words_or_codes_are_not(one: str, another: str) -> None:
    assert normalised(one) != normalised(another)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("could not connect to 10.0.0.7:5432: Connection refused", "could not connect to <ip>: Connection refused"),
        ("user alice@example.com has 3 jobs since 2026-01-02", "user <email> has <n> jobs since <time>"),
        ("GET https://a.org/x of 0b2ef2c6-7ad3-41cf-9d8e-3e8a52ca4a10", "GET <url> of <uuid>"),
        ("key 'a' in /srv/data/x.json", "key <text> in <path>"),
        ("and/or either, w/o 'it", "and/or either, w/o 'it"),
        ("", ""),
        ("\0\ud800", "?"),
    ],
)
def test_the_words_stay_readable(message: str, expected: str) -> None:
    assert normalised(message) == expected


def test_names_quoted_from_the_code_are_kept_and_data_is_not() -> None:
    words = "'NoneType' object has no attribute 'title'"
    assert normalised(words, "AttributeError") == words
    assert normalised("No module named 'numpy.core'", "ModuleNotFoundError") == "No module named 'numpy.core'"
    assert normalised("'alice smith' is no 'user'", "TypeError") == "<text> is no 'user'"
    assert normalised("'title'", "KeyError") == "<text>"


@given(st.text(max_size=3_000))
def test_any_text_has_a_short_form_that_every_database_takes(message: str) -> None:
    words = normalised(message)
    assert len(words) <= KEPT_MOST
    assert "\0" not in words
    words.encode()


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.sampled_from(["page %d", "(%d of 9)", "x=%d;", "#%d", "n%d"]))
def test_no_number_makes_a_difference(one: int, another: int, form: str) -> None:
    assert normalised(form % one) == normalised(form % another)


@pytest.mark.parametrize("hard", ["a.", ":1", "a@", "0:", "1a", "a-", "A1_", "/a", "'x", '"\\', "1.1.", "::", "a b@"])
def test_no_text_takes_long(hard: str) -> None:
    begun = time.process_time()
    normalised(hard * 2_000)
    assert time.process_time() - begun < 0.5  # an expression that goes back over what it has read takes minutes
