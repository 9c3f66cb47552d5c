import traceback
from itertools import combinations

import pytest

from callboard.jobs.fingerprint import Fingerprint, fingerprint, top_own_frame

HEAD = "Traceback (most recent call last):\n"


def frame(file: str, function: str, line: int = 7) -> str:
    return f'  File "{file}", line {line}, in {function}\n    do(it)\n    ^^^^^^\n'


WORKER = frame("/srv/app/callboard/worker/in_process.py", "run")
OWN = frame("/srv/app/actors/excel_import.py", "read_rows")
STDLIB = frame("/usr/lib/python3.11/json/decoder.py", "raw_decode")
LIBRARY = frame("/srv/app/.venv/lib/python3.11/site-packages/httpx/_client.py", "send")


def of(trace: str, message: str = "no", type: str = "ValueError", error_class: str = "bug") -> Fingerprint:
    return fingerprint(error_class, type, message, trace)


@pytest.mark.parametrize(
    "folder",
    ["/home/ann/work", "/app", "/srv/releases/20260102", "/srv/releases/4f2a9c1", "C:\\code", "/tmp/tmpab12_x9z", "."],
)
def test_a_frame_is_named_the_same_on_every_machine(folder: str) -> None:
    separator = "\\" if "\\" in folder else "/"
    in_package = separator.join([folder, "actors", "mail.py"])
    assert top_own_frame(HEAD + frame(in_package, "send")) == "actors/mail.py:send"
    if folder != "/home/ann/work":
        assert top_own_frame(HEAD + frame(separator.join([folder, "tasks.py"]), "send")) == "tasks.py:send"


@pytest.mark.parametrize(
    ("trace", "expected"),
    [
        (HEAD + WORKER + OWN, "actors/excel_import.py:read_rows"),
        (HEAD + WORKER + OWN + LIBRARY + STDLIB, "actors/excel_import.py:read_rows"),
        (HEAD + WORKER + frame("/srv/app/actors/a.py", "outer") + OWN, "actors/excel_import.py:read_rows"),
        (HEAD + OWN + frame("/srv/app/actors/excel_import.py", "<genexpr>"), "actors/excel_import.py:read_rows"),
        (HEAD + OWN + frame("<attrs generated init a.B>", "__init__"), "actors/excel_import.py:read_rows"),
        (HEAD + OWN + frame("<frozen importlib._bootstrap>", "_find"), "actors/excel_import.py:read_rows"),
        (HEAD + OWN + frame("/usr/lib/python3/dist-packages/x.py", "f"), "actors/excel_import.py:read_rows"),
        (HEAD + OWN + frame("/opt/cpython-3.13.1/lib/python3.13t/re.py", "f"), "actors/excel_import.py:read_rows"),
        (HEAD + OWN + frame("C:\\Python311\\Lib\\json\\x.py", "f"), "actors/excel_import.py:read_rows"),
        (HEAD + WORKER + LIBRARY + STDLIB, "json/decoder.py:raw_decode"),
        (HEAD + frame("/usr/lib/python3.11/subprocess.py", "run"), "subprocess.py:run"),
        (HEAD + WORKER, "worker/in_process.py:run"),
        ("", ""),
        ("nothing like a traceback", ""),
    ],
)
def test_the_innermost_frame_of_ones_own_counts(trace: str, expected: str) -> None:
    assert top_own_frame(trace) == expected


def test_of_chained_exceptions_the_last_one_counts() -> None:
    cause = HEAD + frame("/srv/app/actors/deep.py", "cause") + "KeyError: 1\n"
    link = "\nThe above exception was the direct cause of the following exception:\n\n"
    assert top_own_frame(cause + link + HEAD + OWN) == "actors/excel_import.py:read_rows"
    assert top_own_frame(cause + link + HEAD + WORKER + LIBRARY) == "actors/deep.py:cause"


def test_real_tracebacks_are_understood() -> None:
    def deep(n: int) -> None:
        [int(text) for text in ("x",)] if n == 0 else deep(n - 1)

    def group() -> None:
        raise ExceptionGroup("two", [ValueError(1), OSError(2)])

    def caught(body: object, *arguments: object) -> str:
        try:
            body(*arguments)  # type: ignore[operator]
        except Exception as error:
            return "".join(traceback.format_exception(error))
        raise AssertionError("nothing was raised")

    assert top_own_frame(caught(deep, 3)) == "jobs/test_fingerprint.py:deep"
    assert top_own_frame(caught(group)) == "jobs/test_fingerprint.py:group"
    assert of(caught(deep, 1)).id == of(caught(deep, 30)).id


def test_a_fingerprint_is_sixteen_digits_and_stays_what_it_was() -> None:
    found = of(HEAD + WORKER + OWN, "row 17 of '/tmp/a.xlsx' is empty")
    assert found == Fingerprint("f06ee74245d542cd", "row <n> of <text> is empty", "actors/excel_import.py:read_rows")


def test_line_numbers_and_machines_make_no_difference() -> None:
    here = HEAD + frame("/srv/app/actors/mail.py", "send", 10)
    there = HEAD + frame("/home/ann/callboard/actors/mail.py", "send", 999) + STDLIB
    assert of(here, "no answer in 3 s") == of(there, "no answer in 12.5 s")


def test_class_type_words_and_frame_each_make_a_difference() -> None:
    ways = [
        of(OWN),
        of(OWN, error_class="transient"),
        of(OWN, type="KeyError"),
        of(OWN, "yes"),
        of(LIBRARY),
        of(""),
    ]
    assert all(one.id != another.id for one, another in combinations(ways, 2))
