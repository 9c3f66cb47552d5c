"""From a file of readings to metrics, a report, and a mail that brings it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actors import services
from actors.email_notifications import email_send
from actors.experiment_data import calculate_metrics, generate_report, process_results
from callboard.jobs.flow import Plan, Step, chain, plan
from callboard.jobs.identity import new_id

if TYPE_CHECKING:
    from research.files import StoredFile

NAME = "experiment_report"


def experiment_report(
    file: str,
    *,
    experiment_id: str | None = None,
    notify: list[str] | None = None,
    format: str = "both",  # noqa: A002 - the word of generate_report
    title: str | None = None,
    metadata_file: str | None = None,
    units: dict[str, str] | None = None,
    columns: dict[str, str] | None = None,
    sheet: str | None = None,
    kind: str | None = None,
    conditions: list[str] | None = None,
    electrode_area: str | None = None,
    external_resistance: str | None = None,
    volume: str | None = None,
    cod_change: str | None = None,
) -> Plan:
    """Read, calculate, report, then mail the report; `file` is a storage reference of readings.

    The other arguments are those of process_results, calculate_metrics and generate_report. The mail goes to `notify`,
    left out to the platform's own address. Raises InvalidArguments.
    """
    experiment = experiment_id or new_id()
    reading = stated(title=title, metadata_file=metadata_file, units=units, columns=columns, sheet=sheet)
    cell = stated(
        kind=kind,
        conditions=conditions,
        electrode_area=electrode_area,
        external_resistance=external_resistance,
        volume=volume,
        cod_change=cod_change,
    )
    to = notify or [services.settings().from_email]
    mail = email_send.call(to=to, template="experiment_complete", experiment_id=experiment)
    return plan(
        chain(
            Step(process_results.call(experiment_id=experiment, file=file, **reading), name="read"),
            Step(calculate_metrics.call(experiment_id=experiment, **cell), name="calculate"),
            Step(generate_report.call(experiment_id=experiment, format=format), name="report"),
            Step(mail, name="mail"),
        ),
        name=NAME,
        meta={"experiment_id": experiment},
    )


def stated(**arguments: Any) -> dict[str, Any]:
    """The arguments that were given."""
    return {name: value for name, value in arguments.items() if value is not None}


def named_after(stored: StoredFile) -> dict[str, Any]:
    """The same file is the same experiment, so that a second run replaces the first."""
    return {"experiment_id": stored.sha256[:32]}


def report_of(meta: dict[str, Any]) -> dict[str, Any]:
    """What is known of the experiment of a flow. Raises UnknownExperiment."""
    from callboard.history.database import reading
    from research.experiments.overview import overview

    with reading(services.database()) as session:
        return overview(session, meta["experiment_id"])


def page_of(report: dict[str, Any]) -> str:
    """The metrics, quality and reports of an experiment as a page of Markdown."""
    from research.experiments.overview import to_markdown

    return to_markdown(report)
