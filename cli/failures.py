"""What a command ends with: the exit codes, and the one table that maps errors to them."""

from __future__ import annotations

from typing import Final

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


# Looked up in order along the classes of an error. By name, so that nothing is imported to be compared with.
_CODES: Final = (
    ("callboard.jobs.settings.SettingsError", USAGE),
    ("callboard.jobs.errors.InvalidArguments", USAGE),
    ("callboard.jobs.encoding.NotJson", USAGE),
    ("callboard.jobs.encoding.TooLarge", USAGE),
    ("callboard.jobs.cron.BadCron", USAGE),
    ("callboard.jobs.cron.BadZone", USAGE),
    ("callboard.jobs.schedule.BadSchedule", USAGE),
    ("research.outbound.errors.BadTarget", USAGE),
    ("research.webhooks.errors.BadFilter", USAGE),
    ("research.notifications.rules.BadRule", USAGE),
    ("research.mail.addresses.MailRefused", USAGE),
    ("research.exports.errors.ExportRefused", USAGE),
    ("callboard.broker.errors.JobMissing", NOT_FOUND),
    ("callboard.broker.errors.UnknownQueue", NOT_FOUND),
    ("callboard.broker.errors.UnknownType", NOT_FOUND),
    ("research.errors.UnknownPaper", NOT_FOUND),
    ("research.datasets.errors.UnknownDataset", NOT_FOUND),
    ("research.ml.errors.UnknownModel", NOT_FOUND),
    ("research.archive.errors.UnknownArchive", NOT_FOUND),
    ("research.webhooks.errors.WebhookMissing", NOT_FOUND),
    ("research.notifications.alerts.UnknownAlert", NOT_FOUND),
    ("callboard.history.errors.ScheduleMissing", NOT_FOUND),
    ("callboard.history.errors.UnknownGroup", NOT_FOUND),
    ("callboard.broker.errors.NotPossible", NOT_POSSIBLE),
    ("research.backup.errors.NotEmpty", NOT_POSSIBLE),
    ("callboard.history.errors.ScheduleHeld", NOT_POSSIBLE),
    ("callboard.history.errors.SchedulePassed", NOT_POSSIBLE),
    ("callboard.broker.errors.ResultMissing", NOT_POSSIBLE),
    ("callboard.history.errors.SchemaError", NOT_POSSIBLE),
    ("callboard.broker.errors.WaitTimeout", TIMED_OUT),
    ("callboard.broker.embedded.EmbeddedError", UNREACHABLE),
    ("callboard.broker.errors.UnsafeRedis", UNREACHABLE),
    ("callboard.broker.errors.ConnectionLost", UNREACHABLE),
    ("sqlalchemy.exc.OperationalError", UNREACHABLE),
    ("research.outbound.errors.OutboundRefused", NOT_ALLOWED),
    ("builtins.PermissionError", NOT_ALLOWED),
    ("builtins.FileNotFoundError", NOT_FOUND),
)
_REFUSED: Final = ("WRONGPASS", "NOAUTH", "NOPERM", "invalid username-password", "invalid password", "Authentication")


def exit_code(error: BaseException) -> int:
    """The exit code that an error of the engine or the platform amounts to."""
    if any(word in str(error) for word in _REFUSED):
        return NOT_ALLOWED
    names = [f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__]
    return next((code for name, code in _CODES if name in names), FAILED)


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
