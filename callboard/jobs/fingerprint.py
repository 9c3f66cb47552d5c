"""Which failures are one and the same fault: a fingerprint of error class, normalised message and top own frame."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from callboard.jobs.normalise import normalised, storable

# Code that is nobody's own: libraries, the interpreter, Callboard around the body of a job.
FOREIGN: Final = re.compile(
    r"[\\/](?:site|dist)-packages[\\/]"
    r"|[\\/]lib(?:64)?[\\/](?:python|pypy)3[\d.]*t?[\\/]"
    r"|[\\/]python3\d+\.zip[\\/]"
    r"|[\\/]Lib[\\/]"  # the standard library on Windows
    r"|^<"
    r"|(?:^|(?<!tests)[\\/])callboard[\\/](?:broker|facade|history|jobs|worker)[\\/]"
)
FRAME: Final = re.compile(r'File "[^"\n]+", line \d+, in ([^\n]+)')
# Frames of their own up to Python 3.11 and none later: the function around them is named in their place.
INLINED: Final = frozenset(("<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>"))
# Folders that code is put into; they differ from machine to machine and are no packages.
PLACES: Final = frozenset(
    ("app", "apps", "build", "code", "current", "home", "opt", "project", "src", "srv", "workspace")
)
RANDOM: Final = re.compile(r"tmp\w{8}|(?=[a-f]*\d)[0-9a-f]{7,}")
DIGITS: Final = re.compile(r"\d{3,}")
GROUP: Final = "  + Exception Group Traceback"
HEADER: Final = "\nTraceback (most recent call last):"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Failures with the same `id`, 16 hexadecimal digits, are one group; `message` and `frame` say which."""

    id: str
    message: str
    frame: str


def fingerprint(error_class: str, error_type: str, message: str, traceback: str) -> Fingerprint:
    """The fingerprint of a failure, from what a worker tells of it; in tens of microseconds, whatever the texts.

    The same on every machine and, as no line number is in it, for every version of the code that keeps the
    names of its functions.
    """
    words, frame = normalised(message, error_type), top_own_frame(traceback)
    parts = f"{error_class}\0{error_type}\0{words}\0{frame}".encode("utf-8", "replace")
    return Fingerprint(blake2b(parts, digest_size=8).hexdigest(), words, frame)


def top_own_frame(traceback: str) -> str:
    """`folder/file.py:function` of the innermost frame that is neither a library's nor Callboard's; "" without any.

    Of chained exceptions the last one counts, of an exception group the group itself. Where no frame is own, the
    innermost one is taken.
    """
    start, end = _own_block(traceback)
    return _innermost(traceback, start, end) or _innermost(traceback, 0, start) or _innermost(traceback, 0, end, "any")


def _own_block(traceback: str) -> tuple[int, int]:
    """Where the frames of the exception itself lie among those of its causes and its parts."""
    start = max(traceback.rfind(HEADER), traceback.rfind(GROUP), 0)
    parts = traceback.find("+-+---", start)
    return start, parts if parts > 0 else len(traceback)


def _innermost(traceback: str, start: int, end: int, which: str = "own") -> str:
    """The last frame of a part of a traceback that is own, or that is there at all."""
    while (end := traceback.rfind('File "', start, end)) >= 0:
        file = traceback[end + 6 : traceback.find('"', end + 6)]
        if which == "own" and _foreign(file):
            continue
        frame = FRAME.match(traceback, end)
        if frame and (which == "any" or frame[1] not in INLINED):
            return storable(f"{_short(file)}:{frame[1].strip()}"[:200])
    return ""


# Failures name the same few files again and again.
@lru_cache(maxsize=2_000)
def _foreign(file: str) -> bool:
    """Whether a file belongs to a library, to the interpreter or to Callboard."""
    return FOREIGN.search(file) is not None


@lru_cache(maxsize=2_000)
def _short(file: str) -> str:
    """A file with its folder, where that is a package rather than the place where the code happens to lie."""
    *folders, name = file.replace("\\", "/").split("/")
    folder = folders[-1] if folders else ""
    package = folder.isidentifier() and folder not in PLACES and not RANDOM.fullmatch(folder)
    return DIGITS.sub("<n>", f"{folder}/{name}" if package else name)
