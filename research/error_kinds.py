"""What kind of answer an error amounts to: the one table behind exit codes of the command and statuses of the API."""

from __future__ import annotations

from typing import Final

INVALID: Final = "invalid"
TOO_LARGE: Final = "too_large"
NOT_FOUND: Final = "not_found"
NOT_POSSIBLE: Final = "not_possible"
NOT_ALLOWED: Final = "not_allowed"
TIMED_OUT: Final = "timed_out"
FULL: Final = "full"
UNREACHABLE: Final = "unreachable"
BUG: Final = "bug"

# Looked up along the classes of an error, the first row that fits. By name, so that nothing is imported to be compared.
KINDS: Final = (
    ("callboard.jobs.settings.SettingsError", INVALID),
    ("callboard.jobs.errors.InvalidArguments", INVALID),
    ("callboard.jobs.encoding.NotJson", INVALID),
    ("callboard.jobs.encoding.TooLarge", TOO_LARGE),
    ("callboard.jobs.cron.BadCron", INVALID),
    ("callboard.jobs.cron.BadZone", INVALID),
    ("callboard.jobs.schedule.BadSchedule", INVALID),
    ("callboard.jobs.flow.BadFlow", INVALID),
    ("callboard.history.search.errors.BadQuery", INVALID),
    ("callboard.history.search.errors.BadCursor", INVALID),
    ("research.outbound.errors.BadTarget", INVALID),
    ("research.webhooks.errors.BadFilter", INVALID),
    ("research.notifications.rules.BadRule", INVALID),
    ("research.mail.addresses.MailRefused", INVALID),
    ("research.exports.errors.ExportRefused", INVALID),
    ("research.sheets.errors.SheetError", INVALID),
    ("callboard.broker.errors.JobMissing", NOT_FOUND),
    ("callboard.broker.errors.FlowMissing", NOT_FOUND),
    ("callboard.broker.errors.StepMissing", NOT_FOUND),
    ("callboard.broker.errors.WorkerMissing", NOT_FOUND),
    ("callboard.broker.errors.UnknownQueue", NOT_FOUND),
    ("callboard.broker.errors.UnknownType", NOT_FOUND),
    ("research.errors.UnknownPaper", NOT_FOUND),
    ("research.errors.UnknownFile", NOT_FOUND),
    ("research.datasets.errors.UnknownDataset", NOT_FOUND),
    ("research.ml.errors.UnknownModel", NOT_FOUND),
    ("research.archive.errors.UnknownArchive", NOT_FOUND),
    ("research.webhooks.errors.WebhookMissing", NOT_FOUND),
    ("research.notifications.alerts.UnknownAlert", NOT_FOUND),
    ("callboard.history.errors.ScheduleMissing", NOT_FOUND),
    ("callboard.history.errors.UnknownGroup", NOT_FOUND),
    ("callboard.history.errors.BulkMissing", NOT_FOUND),
    ("callboard.history.errors.ViewMissing", NOT_FOUND),
    ("research.notifications.watches.WatchMissing", NOT_FOUND),
    ("research.notifications.watches.TooManyWatches", NOT_POSSIBLE),
    ("callboard.broker.errors.NotPossible", NOT_POSSIBLE),
    ("research.backup.errors.NotEmpty", NOT_POSSIBLE),
    ("callboard.history.errors.NameTaken", NOT_POSSIBLE),
    ("callboard.history.errors.ScheduleHeld", NOT_POSSIBLE),
    ("research.ml.errors.UnusableModel", NOT_POSSIBLE),
    ("callboard.history.errors.SchedulePassed", NOT_POSSIBLE),
    ("callboard.broker.errors.ResultMissing", NOT_POSSIBLE),
    ("callboard.history.errors.SchemaError", NOT_POSSIBLE),
    ("callboard.history.errors.NotComparable", NOT_POSSIBLE),
    ("callboard.broker.lookout.RecorderBehind", UNREACHABLE),
    ("callboard.broker.errors.WaitTimeout", TIMED_OUT),
    ("callboard.broker.embedded.EmbeddedError", UNREACHABLE),
    ("callboard.broker.errors.UnsafeRedis", UNREACHABLE),
    ("callboard.broker.errors.StoreFull", FULL),
    ("callboard.broker.errors.ConnectionLost", UNREACHABLE),
    ("sqlalchemy.exc.OperationalError", UNREACHABLE),
    ("research.outbound.errors.OutboundRefused", NOT_ALLOWED),
    ("builtins.PermissionError", NOT_ALLOWED),
    ("builtins.FileNotFoundError", NOT_FOUND),
)


def kind_of(error: BaseException) -> str:
    """The kind of an error of the engine or the platform; a bug is whatever nobody has named."""
    names = [f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__]
    return next((kind for name, kind in KINDS if name in names), BUG)
