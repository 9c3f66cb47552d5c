"""A traceback in parts: frames of one's own code to be read, those of libraries to be folded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from callboard.jobs.fingerprint import FOREIGN

LONGEST: Final = 200_000
FRAME: Final = re.compile(r'(?P<indent>[\s|+-]*)File "(?P<file>[^"\n]*)", line (?P<line>\d+)(?:, in (?P<function>.*))?')
OWN, LIBRARY, WORDS = "own", "library", "words"
PACKAGE: Final = re.compile(r"[\\/](?:site|dist)-packages[\\/](\w+)|[\\/](callboard)[\\/]")


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame with the lines of code below it, or words where `kind` says so."""

    kind: str
    text: str
    file: str = ""
    line: int = 0
    function: str = ""

    @property
    def package(self) -> str:
        """The library that a frame belongs to."""
        found = PACKAGE.search(self.file)
        return (found[1] or found[2]) if found else "python"


@dataclass(frozen=True, slots=True)
class Part:
    """Frames of one kind that follow each other."""

    kind: str
    frames: tuple[Frame, ...]

    @property
    def packages(self) -> str:
        """The libraries of its frames."""
        return ", ".join(dict.fromkeys(frame.package for frame in self.frames))


def trace_parts(text: str | None) -> list[Part]:
    """The parts of a traceback, whatever it is: what is no frame is words."""
    frames = list(_frames((text or "")[:LONGEST]))
    return [Part(kind, tuple(group)) for kind, group in groupby(frames, key=lambda frame: frame.kind)]


def _frames(text: str) -> Iterator[Frame]:
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        match = FRAME.match(lines[at])
        end = at + 1
        if match is None:
            yield Frame(WORDS, lines[at])
        else:
            depth = len(match["indent"])
            while end < len(lines) and _below(lines[end], depth):
                end += 1
            kind = LIBRARY if FOREIGN.search(match["file"]) else OWN
            code = "\n".join(line[depth:] for line in lines[at + 1 : end])
            yield Frame(kind, code, match["file"], int(match["line"][:9]), (match["function"] or "").strip())
        at = end


def _below(line: str, depth: int) -> bool:
    """Whether a line stands deeper than a frame: it is code of it."""
    return FRAME.match(line) is None and len(line) > depth and not line[: depth + 1].strip(" |")
