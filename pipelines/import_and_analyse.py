"""From a workbook to a dataset, its columns in numbers, and a mail that tells of both."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from actors import services
from actors.analytics import analytics_aggregate
from actors.email_notifications import email_send
from actors.excel_import import excel_import, import_summary
from callboard.jobs.flow import Plan, Step, graph

if TYPE_CHECKING:
    from research.files import StoredFile

NAME = "import_and_analyse"


def import_and_analyse(
    file: str,
    *,
    table: str,
    sheets: list[str] | None = None,
    keys: list[str] | None = None,
    types: dict[str, str] | None = None,
    on_error: str = "report",
    notify: list[str] | None = None,
) -> Plan:
    """Import a stored workbook, look at the columns of the dataset, then mail what came of it to `notify`.

    The other arguments are those of `excel_import`; the mail goes to the platform's own address if none is given.
    Raises InvalidArguments.
    """
    told = notify or [services.settings().from_email]
    chosen = {"sheets": sheets or [], "keys": keys or [], "types": types or {}, "on_error": on_error}
    imported = Step(excel_import.call(file=file, table=table, **chosen), name="import")
    # What a dataset holds does not depend on a time, which an analysis is always given.
    now = datetime.now(UTC)
    span = {"start": (now - timedelta(days=1)).isoformat(), "end": now.isoformat()}
    analysis = analytics_aggregate.call(**span, metrics=["dataset"], table=table).named(takes_results=False)
    analysed = Step(analysis, name="analyse", if_fails="continue", after=(imported,))
    summed = Step(
        import_summary.call(imported=imported.call.id, analysed=analysis.id), name="summary", after=(analysed,)
    )
    # Without `data`, so that this is where the result of the summary goes.
    mail = email_send.call(to=told, template="job_completed").named(
        kwargs={"to": told, "template": "job_completed"}, takes_results=True
    )
    error = {"type": "excel_import", "job": imported.call.id, "error": f"The import into {table} was not made."}
    return graph(
        imported,
        analysed,
        summed,
        Step(mail, name="mail", after=(summed,)),
        name=NAME,
        on_failure=email_send.call(to=told, template="error_notification", data=error),
        meta={"summary": summed.call.id},
    )


def named_after(stored: StoredFile) -> dict[str, Any]:
    """The dataset that a file fills when none is named: its name in small letters."""
    words = re.sub(r"[^a-z0-9]+", "_", stored.name.rpartition(".")[0].lower()).strip("_")
    return {"table": (words if words[:1].isalpha() else f"table_{words}")[:64]}


def report_of(meta: dict[str, Any]) -> dict[str, Any]:
    """What came of the import of a flow that is over. Raises JobMissing, ResultMissing."""
    import actors

    report: dict[str, Any] = actors.broker.store.result(meta["summary"])
    return report


def page_of(report: dict[str, Any]) -> str:
    """The same as a page of Markdown."""
    from research.sheets.summary import page

    return page(report)
