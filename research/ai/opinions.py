"""What providers made of a document: stored one by one, and put together as a report."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from research.ai.analysis import Analysis
from research.ai.models import CallRow, OpinionRow
from research.column_types import storable
from research.library import store_analysis, upsert
from research.models import now


@dataclass(frozen=True)
class Subject:
    """What is analysed: a stored paper, or the text of a case with the module and the people it belongs to."""

    title: str
    paper_id: str | None = None
    case_id: str | None = None
    about: Mapping[str, Any] | None = None
    document_sha256: str = ""


@dataclass(frozen=True)
class Opinion:
    """A provider's analysis as it is stored, with what it took."""

    provider: str
    model: str
    summary: str
    key_phrases: list[str]
    findings: list[dict[str, Any]]
    tokens_in: int
    tokens_out: int
    cost_usd: float | None
    price_source: str | None
    seconds: float


def keep(session: Session, job: str, call: str, subject: Subject, analysis: Analysis) -> None:
    """Store an analysis for its job, and with the paper where it is of one."""
    findings = [{"text": storable(finding.text), "page": finding.page} for finding in analysis.findings]
    values = {
        "call_id": call,
        "paper_id": subject.paper_id,
        "case_id": subject.case_id,
        "about": dict(subject.about or {}),
        "document_sha256": subject.document_sha256,
        "summary": storable(analysis.summary),
        "key_phrases": [storable(phrase) for phrase in analysis.key_phrases],
        "findings": findings,
        "created_at": now(),
    }
    if subject.paper_id:
        store_analysis(session, subject.paper_id, analysis)
    upsert(session, OpinionRow, {"job_id": job, "provider": analysis.provider}, values)


def of_job(session: Session, job: str, document_sha256: str | None = None) -> dict[str, Opinion]:
    """The analyses that a job has, of any document it was given or of one, by provider."""
    query = select(OpinionRow, CallRow).join(CallRow, CallRow.id == OpinionRow.call_id).where(OpinionRow.job_id == job)
    if document_sha256 is not None:
        query = query.where(OpinionRow.document_sha256 == document_sha256)
    return {
        row.provider: Opinion(
            row.provider,
            call.model,
            row.summary,
            row.key_phrases,
            row.findings,
            call.tokens_in,
            call.tokens_out,
            None if call.cost_nano_usd is None else call.cost_nano_usd / 1e9,
            call.price_source,
            call.seconds,
        )
        for row, call in session.execute(query.order_by(OpinionRow.created_at))
    }


def markdown(subject: Subject, opinions: Sequence[Opinion], failed: Mapping[str, str]) -> str:
    """The report to be read by people: a part for each provider, and what each took."""
    parts = [f"# Analysis of {subject.title}", *(part(opinion) for opinion in opinions)]
    if failed:
        parts.append("## Not answered\n\n" + "\n".join(f"- {name}: {why}" for name, why in failed.items()))
    return "\n\n".join(parts) + "\n"


def part(opinion: Opinion) -> str:
    """What one provider says."""
    lines = [f"## {opinion.provider} ({opinion.model})", opinion.summary or "No summary: no sentences were found."]
    if opinion.findings:
        lines.append("### Findings\n\n" + "\n".join(f"- {placed(finding)}" for finding in opinion.findings))
    if opinion.key_phrases:
        lines.append("### Key phrases\n\n" + ", ".join(opinion.key_phrases))
    return "\n\n".join([*lines, took(opinion)])


def placed(finding: Mapping[str, Any]) -> str:
    """A finding with the page it stands on, where that is known."""
    return f"{finding['text']} (p. {finding['page']})" if finding.get("page") else str(finding["text"])


def took(opinion: Opinion) -> str:
    """Tokens, time and money in a line."""
    money = "cost unknown" if opinion.cost_usd is None else f"{opinion.cost_usd:.4f} USD by {opinion.price_source}"
    return f"*{opinion.tokens_in:,} tokens in, {opinion.tokens_out:,} out, {opinion.seconds:.1f} s, {money}*"


def data(opinions: Sequence[Opinion]) -> dict[str, Any]:
    """The same as values, by provider."""
    return {opinion.provider: asdict(opinion) for opinion in opinions}
