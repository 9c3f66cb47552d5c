"""From a PDF to a stored, analysed, searchable paper, and a mail that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actors import services
from actors.email_notifications import email_send
from actors.paper_processing import analyze_content, extract_parameters, extract_pdf, generate_embeddings
from callboard.jobs.flow import Plan, Step, chain, group, plan
from callboard.jobs.identity import new_id

if TYPE_CHECKING:
    from research.files import StoredFile

NAME = "paper_intake"


def paper_intake(
    file: str,
    *,
    paper_id: str | None = None,
    notify: list[str] | None = None,
    provider: str | None = None,
    password: str | None = None,
) -> Plan:
    """Extract, then analyse, embed and measure side by side, then mail; `file` is a storage reference.

    The mail goes to `notify`, left out to the platform's own address. Raises InvalidArguments.
    """
    paper = paper_id or new_id()
    extraction = {"file": file, **({"password": password} if password else {})}
    reader = {"provider": provider} if provider else {}
    return plan(
        chain(
            Step(extract_pdf.call(paper_id=paper, **extraction), name="extract"),
            group(
                Step(analyze_content.call(paper_id=paper, **reader), name="analyse"),
                Step(generate_embeddings.call(paper_id=paper), name="embed"),
                Step(extract_parameters.call(paper_id=paper), name="parameters"),
            ),
            Step(
                email_send.call(
                    to=notify or [services.settings().from_email], template="paper_processed", paper_id=paper
                ),
                name="mail",
            ),
        ),
        name=NAME,
        meta={"paper_id": paper},
    )


def named_after(stored: StoredFile) -> dict[str, Any]:
    """The same file is the same paper, so that a second run replaces the first."""
    return {"paper_id": stored.sha256[:32]}


def report_of(meta: dict[str, Any]) -> dict[str, Any]:
    """The report of the paper of a flow. Raises UnknownPaper."""
    from callboard.history.database import reading
    from research.report import fetch_report

    with reading(services.database()) as session:
        return fetch_report(session, meta["paper_id"])


def page_of(report: dict[str, Any]) -> str:
    """The report of a paper as a page of Markdown."""
    from research.report_page import to_markdown

    return to_markdown(report)
