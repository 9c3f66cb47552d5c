"""Have AI providers analyse a stored paper or the text of a case."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from actors import services
from callboard.jobs.policy import RETRY_PRESETS, KeyLimit, Queue
from callboard.worker.context import Context
from callboard.worker.job import job

analysis_queue = Queue("ai-analysis", concurrency=10)
PROVIDERS = ("local", "openai", "anthropic")


class AiAnalysis(Schema):
    """A stored paper, or a text with its case and module; and who is to read it."""

    paper_id = fields.String(validate=validate.Length(1, 64), metadata={"description": "id of a stored paper"})
    document_text = fields.String(
        validate=validate.Length(1, 200_000), metadata={"description": "text to analyse instead of a paper"}
    )
    case_id = fields.String(
        validate=validate.Length(1, 100), metadata={"description": "case that the text belongs to; goes with a text"}
    )
    module_type = fields.String(
        validate=validate.Length(1, 100), metadata={"description": "module of the case, such as post_secondary"}
    )
    user_id = fields.Integer(strict=True, metadata={"description": "number of the user who asked"})
    customer_id = fields.String(validate=validate.Length(1, 100), metadata={"description": "customer of the case"})
    providers = fields.List(
        fields.String(validate=validate.OneOf(PROVIDERS)),
        validate=validate.Length(1, 10),
        metadata={"description": "who is to read; left out, those of CALLBOARD_AI_PROVIDERS, or all with a key"},
    )
    models = fields.Dict(
        keys=fields.String(validate=validate.OneOf(PROVIDERS)),
        values=fields.String(validate=validate.Length(1, 100)),
        load_default=dict,
        metadata={"description": "model of a provider by its name; left out, the one of the settings"},
    )

    @validates_schema
    def one_document(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a call with two documents or none, and a text that belongs to no case."""
        if ("paper_id" in data) == ("document_text" in data):
            raise ValidationError("expected either paper_id or document_text", "paper_id")
        missing = [name for name in ("case_id", "module_type") if name not in data]
        if "document_text" in data and missing:
            raise ValidationError("expected beside document_text", missing[0])

    @post_load
    def choose(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Fix the providers when the job is made: each only once."""
        return {**data, "providers": list(dict.fromkeys(data.get("providers") or services.ai_providers()))}


# The hold of the first provider keeps the job from starting; the calls themselves are counted in the body.
@job(
    queue=analysis_queue,
    schema=AiAnalysis,
    retry=RETRY_PRESETS["ai"],
    timeout=600,
    priority="high",
    limits=(KeyLimit("provider:{providers[0]}"),),
    pipe_ignore=True,
)
def ai_analysis(
    ctx: Context,
    *,
    paper_id: str | None = None,
    document_text: str | None = None,
    providers: list[str],
    models: dict[str, str],
    **case: Any,
) -> dict[str, Any]:
    """A report by several providers. Safe to repeat: a provider that has answered this job is not asked again."""
    from callboard.history.database import reading
    from research.ai import ledger, opinions
    from research.ai.analysis import document_of_text
    from research.ai.fitting import fitted
    from research.ai.panel import Panel

    engine = services.database()
    ctx.progress(0, len(providers), "load")
    if paper_id:
        document, subject = _paper(paper_id)
    else:
        document, subject = document_of_text(document_text or ""), _case(case)
    panel = Panel(engine, ctx, ctx.id, subject, document, services.access().prices)
    panel.ask(providers, lambda name: services.ai_provider(name, models.get(name)))
    answers = panel.conclude(last=ctx.number >= ctx.attempt.attempts)
    with reading(engine) as session:
        spent = ledger.spent_on(session, job=ctx.id)
    ctx.progress(len(providers), len(providers), "stored")
    chosen = [answers[name] for name in providers if name in answers]
    result = {
        **({"paper_id": paper_id} if paper_id else case),
        "providers": [opinion.provider for opinion in chosen],
        "failed": panel.failed,
        "cost_usd": spent.usd,
        "unpriced_calls": spent.unpriced,
        "markdown_report": opinions.markdown(subject, chosen, panel.failed),
        "analysis_data": opinions.data(chosen),
    }
    return fitted(services.files(), result, ("markdown_report", "analysis_data"), f"analysis-{ctx.id}.json")


def _paper(paper_id: str) -> Any:
    """A stored paper as a provider reads it, and what it is called. Raises UnknownPaper."""
    from callboard.history.database import reading
    from research.ai.opinions import Subject
    from research.library import paper_document

    with reading(services.database()) as session:
        document = paper_document(session, paper_id)
    return document, Subject(document.title or f"paper {paper_id}", paper_id=paper_id)


def _case(case: dict[str, Any]) -> Any:
    """What is known about the text of a case."""
    from research.ai.opinions import Subject

    about = {name: value for name, value in case.items() if name != "case_id"}
    return Subject(f"case {case['case_id']}", case_id=case["case_id"], about=about)
