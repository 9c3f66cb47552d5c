"""An export, and the mail that brings it or leads to it."""

from __future__ import annotations

from typing import Any

from actors import services
from actors.data_export import data_export
from actors.email_notifications import email_send
from callboard.jobs.flow import Plan, Step, chain, plan

NAME = "export_and_mail"


def export_and_mail(
    *,
    kind: str,
    to: list[str] | str,
    format: str = "json",  # noqa: A002 - the word that callers use for it
    filters: dict[str, Any] | None = None,
    table: str | None = None,
) -> Plan:
    """Export, then mail the file or a link to `to`; told of a failure are the same people. Raises InvalidArguments."""
    addresses = [to] if isinstance(to, str) else to
    named = {"table": table} if table else {}
    export = data_export.call(kind=kind, format=format, filters=filters or {}, **named)
    error = {"type": "data_export", "job": export.id, "error": f"The export of {kind} was not made."}
    return plan(
        chain(
            Step(export, name="export"),
            Step(email_send.call(to=addresses, template="export_ready", export_id=export.id), name="mail"),
        ),
        name=NAME,
        on_failure=email_send.call(to=addresses, template="error_notification", data=error),
        meta={"export": export.id},
    )


def report_of(meta: dict[str, Any]) -> dict[str, Any]:
    """The file that was made: its reference, name, rows and size. Raises UnknownExport."""
    from research.exports.errors import UnknownExport
    from research.exports.shelf import find

    export = find(services.exports(), str(meta["export"]))
    if export is None:
        raise UnknownExport(f"job {meta['export']} has exported nothing, or its file is gone")
    stored = export.file
    return {"kind": export.kind, "file": stored.reference, "name": stored.name, "rows": export.rows} | {
        "bytes": stored.size,
        "sha256": stored.sha256,
    }


def page_of(report: dict[str, Any]) -> str:
    """The file as a line of Markdown."""
    return f"**{report['name']}**: {report['rows']:,} rows, {report['bytes']:,} bytes, `{report['file']}`"
