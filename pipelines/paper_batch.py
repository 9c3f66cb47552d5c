"""From a folder of PDFs to stored, analysed, searchable papers, and a mail that names those which could not be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from actors import services
from actors.email_notifications import email_send
from actors.paper_processing import (
    analyze_content,
    extract_parameters,
    extract_pdf,
    generate_embeddings,
    paper_batch_summary,
)
from callboard.jobs.errors import InvalidArguments
from callboard.jobs.flow import Node, Plan, Step, graph

NAME = "paper_batch"


def paper_batch(files: Iterable[str], *, notify: list[str] | None = None, provider: str | None = None) -> Plan:
    """Each file is read, then analysed, embedded and measured; when all are through, one step sums up and mails.

    `files` are storage references; the same content twice is one paper. The mail goes to `notify`, left out to the
    platform's own address. A paper that cannot be read stops none of the others. Raises InvalidArguments.
    """
    papers = _papers(files)
    if not papers:
        raise InvalidArguments("paper_batch needs at least one file, got none", {"files": "none"})
    steps = [step for paper, file in papers.items() for step in _steps(paper, file, provider)]
    told = notify or [services.settings().from_email]
    summary = Step(paper_batch_summary.call(), name="summary", after=tuple(steps))
    # Without `data`, so that this is where the result of the summary goes.
    mail = email_send.call(to=told, template="paper_batch").named(
        kwargs={"to": told, "template": "paper_batch"}, takes_results=True
    )
    parts = (*steps, summary, Step(mail, name="mail", after=(summary,)))
    made = graph(*parts, name=NAME, meta={"papers": len(papers), "summary": summary.call.id})
    return replace(made, nodes=tuple(_strict(node, summary.call.id) for node in made.nodes))


def report_of(meta: dict[str, Any]) -> dict[str, Any]:
    """The summary of a flow that is over. Raises JobMissing, ResultMissing."""
    import actors

    report: dict[str, Any] = actors.broker.store.result(meta["summary"])
    return report


def page_of(report: dict[str, Any]) -> str:
    """The summary as a page of Markdown."""
    from research.printing import cell

    head = f"# {report['done']} of {report['papers']} papers processed\n"
    if not report["failed"]:
        return head
    rows = [
        f"| {cell(bad['file'], 60)} | {cell(bad['step'], 20)} | {cell(bad['reason'], 160)} |"
        for bad in report["failed"]
    ]
    more = report["failures"] - len(rows)
    rows += [f"\nand {more} more"] if more else []
    return "\n".join([head, "| failed | step | why |", "| --- | --- | --- |", *rows]) + "\n"


def _papers(files: Iterable[str]) -> dict[str, str]:
    """The files by the id of their paper, which is that of a single run over the same file."""
    store, papers = services.files(), dict[str, str]()
    for file in files:
        papers.setdefault(store.describe(file).sha256[:32], file)
    return papers


def _steps(paper: str, file: str, provider: str | None) -> list[Step]:
    """What is done for one paper; no failure here stops the summary."""
    reader = {"provider": provider} if provider else {}
    read = Step(extract_pdf.call(paper_id=paper, file=file), name="extract", if_fails="continue")
    return [
        read,
        Step(analyze_content.call(paper_id=paper, **reader), name="analyse", if_fails="continue", after=(read,)),
        Step(generate_embeddings.call(paper_id=paper), name="embed", if_fails="continue", after=(read,)),
        Step(extract_parameters.call(paper_id=paper), name="parameters", if_fails="continue", after=(read,)),
    ]


def _strict(node: Node, summary: str) -> Node:
    """The node with edges that skip it where the paper was not read; only the summary goes on without."""
    if node.id == summary:
        return node
    return replace(node, edges=tuple(replace(edge, policy="fail") for edge in node.edges))
