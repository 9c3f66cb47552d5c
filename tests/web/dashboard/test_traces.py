"""A traceback in parts."""

import pytest

from web.dashboard.traces import trace_parts

TRACE = """Traceback (most recent call last):
  File "/usr/lib/python3.11/site-packages/dramatiq/worker.py", line 12, in process
    res = actor(*args)
          ^^^^^^^^^^^^
  File "/srv/callboard/worker/isolation.py", line 3, in run
    return body()
  File "/srv/lab/sheets.py", line 45, in factor_of
    raise KeyError(name)
KeyError: 'pH'"""


def test_own_frames_stand_apart_from_those_of_libraries() -> None:
    head, library, own, end = trace_parts(TRACE)
    assert (library.kind, library.packages, len(library.frames)) == ("library", "dramatiq, callboard", 2)
    assert (own.kind, own.frames[0].file, own.frames[0].line) == ("own", "/srv/lab/sheets.py", 45)
    assert (own.frames[0].function, own.frames[0].text) == ("factor_of", "  raise KeyError(name)")
    assert (head.frames[0].text, end.frames[0].text) == ("Traceback (most recent call last):", "KeyError: 'pH'")


@pytest.mark.parametrize("odd", [None, "", "\n\n", 'File "', '  File "x", line 9', "\x00\u202e<script>", "| " * 99])
def test_whatever_is_no_frame_is_words(odd: str | None) -> None:
    assert "".join(frame.text for part in trace_parts(odd) for frame in part.frames) in (odd or "", "")
