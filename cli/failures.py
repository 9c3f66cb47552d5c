"""What a command ends with: the exit codes, and which kinds of errors amount to them."""

from __future__ import annotations

from typing import Final

from research import error_kinds

DONE: Final = 0
FAILED: Final = 1
USAGE: Final = 2
NOT_FOUND: Final = 3
NOT_POSSIBLE: Final = 4
UNREACHABLE: Final = 5
TIMED_OUT: Final = 6
NOT_ALLOWED: Final = 7
SOME_FAILED: Final = 8
INTERRUPTED: Final = 130

EXIT_CODES: Final = {
    DONE: "done",
    FAILED: "failed, or the job that was waited for has failed",
    USAGE: "the command was not understood",
    NOT_FOUND: "no such job, queue, type, flow, schedule or worker",
    NOT_POSSIBLE: "not possible in the state that it is in",
    UNREACHABLE: "the server cannot be reached",
    TIMED_OUT: "what was waited for has not happened in time",
    NOT_ALLOWED: "not allowed",
    SOME_FAILED: "some of many failed",
    INTERRUPTED: "interrupted",
}


class Stop(Exception):
    """Raised to end the command with a code; `words`, if any, say why on standard error."""

    def __init__(self, code: int, words: str = "") -> None:
        super().__init__(words)
        self.code = code
        self.words = words


_CODES: Final = {
    error_kinds.INVALID: USAGE,
    error_kinds.TOO_LARGE: USAGE,
    error_kinds.NOT_FOUND: NOT_FOUND,
    error_kinds.NOT_POSSIBLE: NOT_POSSIBLE,
    error_kinds.NOT_ALLOWED: NOT_ALLOWED,
    error_kinds.TIMED_OUT: TIMED_OUT,
    error_kinds.FULL: UNREACHABLE,
    error_kinds.UNREACHABLE: UNREACHABLE,
    error_kinds.BUG: FAILED,
}
_REFUSED: Final = ("WRONGPASS", "NOAUTH", "NOPERM", "invalid username-password", "invalid password", "Authentication")


def exit_code(error: BaseException) -> int:
    """The exit code that an error of the engine or the platform amounts to."""
    if any(word in str(error) for word in _REFUSED):
        return NOT_ALLOWED
    return _CODES[error_kinds.kind_of(error)]


def in_words(error: BaseException) -> str:
    """An error as a user reads it: its own sentence where it was raised on purpose, else what it is and what helps."""
    expected = any(
        kind.__module__.split(".")[0] in ("callboard", "research", "pipelines") for kind in type(error).__mro__
    )
    if expected:
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror.lower()}: {error.filename}" if error.filename else error.strerror.lower()
    return f"unexpected {type(error).__name__}: {error} (add -vv to see where)"
