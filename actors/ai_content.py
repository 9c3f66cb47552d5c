"""Have a provider write sections on terms: those of one term, or of many within a budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from actors import services
from callboard.jobs.policy import RETRY_PRESETS, KeyLimit, Queue
from callboard.worker.context import Context
from callboard.worker.job import job

if TYPE_CHECKING:
    from research.ai.crew import Outcome
    from research.ai.ledger import Task
    from research.ai.sections import Wanted

content_queue = Queue("ai-content", concurrency=10)
PROVIDERS = ("local", "openai", "anthropic")
# More threads than this gain nothing: a provider takes 50 calls a minute from all workers together.
MOST_AT_ONCE = 10
# Of the time limit, so that the calls which run then end within it; the job goes on in a further start.
SHARE_OF_TIME = 0.75
SHOWN_FAILURES = 20


class Content(Schema):
    """Which sections, by whom."""

    sections = fields.List(
        fields.String(validate=validate.Length(1, 200)),
        required=True,
        validate=validate.Length(1, 50),
        metadata={"description": "titles of the sections to write, such as Best Practices"},
    )
    model = fields.String(
        validate=validate.Length(1, 100), metadata={"description": "model to ask; left out, the one of the settings"}
    )
    provider = fields.String(
        validate=validate.OneOf(PROVIDERS),
        metadata={"description": "left out, the one whose model is named, or the first of the settings"},
    )
    max_tokens = fields.Integer(
        strict=True,
        load_default=4_000,
        validate=validate.Range(100, 32_000),
        metadata={"description": "tokens that a section may take at the most, what a model thinks included"},
    )

    @post_load
    def choose(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Fix the provider when the job is made, for the limits hold by its name; each section only once."""
        from research.ai.providers import provider_of

        named = data.get("provider") or provider_of(data.get("model") or "") or services.ai_providers()[0]
        return {**data, "provider": named, "sections": list(dict.fromkeys(data["sections"]))}


class AiContentGeneration(Content):
    """A term and the sections that are wanted on it."""

    term_id = fields.String(
        required=True, validate=validate.Length(1, 100), metadata={"description": "id of the term, the caller's own"}
    )
    term_name = fields.String(
        required=True, validate=validate.Length(1, 300), metadata={"description": "the term as it is written"}
    )


class Term(Schema):
    """A term of a batch."""

    id = fields.String(
        required=True, validate=validate.Length(1, 100), metadata={"description": "id of the term, the caller's own"}
    )
    name = fields.String(
        required=True, validate=validate.Length(1, 300), metadata={"description": "the term as it is written"}
    )


class AiBatchProcessing(Content):
    """Many terms, the sections that are wanted on each, and what that may cost."""

    terms = fields.List(
        fields.Nested(Term),
        required=True,
        validate=validate.Length(1, 5_000),
        metadata={"description": "terms with id and name"},
    )
    batch_size = fields.Integer(
        strict=True,
        load_default=10,
        validate=validate.Range(1, 100),
        metadata={"description": "sections that are written at the same time, ten at the most"},
    )
    cost_limit = fields.Float(
        allow_nan=False,
        validate=validate.Range(0, 1_000_000),
        metadata={"description": "US dollars that the batch may cost; left out, there is no limit"},
    )
    batch = fields.String(
        validate=validate.Length(1, 200),
        metadata={"description": "batch to go on with, from the result of the job that stopped; its cost counts too"},
    )

    @validates_schema
    def each_once(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a term that is named twice."""
        ids = [term["id"] for term in data["terms"]]
        if len(set(ids)) < len(ids):
            twice = next(id for id in ids if ids.count(id) > 1)
            raise ValidationError(f"expected each term once, got the id {twice!r} twice", "terms")


# The hold of a provider keeps the job from starting; the calls themselves are counted in the body.
ASKING: dict[str, Any] = {
    "queue": content_queue,
    "retry": RETRY_PRESETS["ai"],
    "timeout": 600,
    "limits": (KeyLimit("provider:{provider}"),),
    "pipe_ignore": True,
}


@job(schema=AiContentGeneration, **ASKING)
def ai_content_generation(
    ctx: Context,
    *,
    term_id: str,
    term_name: str,
    sections: list[str],
    provider: str,
    max_tokens: int,
    model: str | None = None,
) -> dict[str, Any]:
    """Write sections on a term, one call each. Safe to repeat: what this job has stored is not asked for again."""
    from callboard.history.database import reading
    from callboard.jobs.errors import Permanent
    from research.ai import ledger
    from research.ai.fitting import fitted
    from research.ai.sections import of_task, wanted

    task = ledger.Task(ctx.id, ctx.id)
    chosen = {"provider": provider, "model": model, "max_tokens": max_tokens}
    outcome = _write(ctx, task, wanted([{"id": term_id, "name": term_name}], sections), chosen, 1)
    if not outcome.done:
        raise Permanent("no section was written: " + "; ".join(outcome.failed.values()))
    with reading(services.database()) as session:
        written, spent = of_task(session, task.id), ledger.spent_on(session, job=ctx.id)
    result = {
        "term_id": term_id,
        "term_name": term_name,
        "provider": provider,
        "model": written[0].model,
        "sections": [one.title for one in written],
        "failed": {one.title: why for one, why in outcome.failed.items()},
        "tokens_in": sum(one.tokens_in for one in written),
        "tokens_out": sum(one.tokens_out for one in written),
        "cost_usd": spent.usd,
        "unpriced_calls": spent.unpriced,
        "content": {one.title: one.text for one in written},
    }
    return fitted(services.files(), result, ("content",), f"content-{ctx.id}.json")


@job(schema=AiBatchProcessing, **ASKING)
def ai_batch_processing(
    ctx: Context,
    *,
    terms: list[dict[str, str]],
    sections: list[str],
    batch_size: int,
    cost_limit: float | None = None,
    batch: str | None = None,
    **chosen: Any,
) -> dict[str, Any]:
    """Write sections on many terms, and never spend more than the limit.

    Safe to repeat: what the batch has stored is not asked for again, and a call that a crash cut off counts as spent.
    """
    from callboard.history.database import reading
    from research.ai import ledger
    from research.ai.bounds import require_price
    from research.ai.sections import wanted

    if cost_limit is not None:
        asked = services.ai_provider(chosen["provider"], chosen.get("model"))
        require_price(asked, services.access().prices)
    task = ledger.Task(batch or ctx.id, ctx.id, cost_limit)
    everything = wanted(terms, sections)
    outcome = _write(ctx, task, everything, chosen, min(batch_size, MOST_AT_ONCE))
    with reading(services.database()) as session:
        spent, here = ledger.spent_on(session, task=task.id), ledger.spent_on(session, job=ctx.id)
    if outcome.stopped:
        ctx.log(_ask_to_raise(task, spent.usd, outcome), "warning")
    return {
        "batch": task.id,
        "total": len(everything),
        "done": outcome.done,
        "failed": len(outcome.failed),
        "left": outcome.left,
        "stopped": outcome.stopped,
        "advice": _ask_to_raise(task, spent.usd, outcome) if outcome.stopped else "",
        "cost_limit": cost_limit,
        "spent_usd": spent.usd,
        "cost_usd": here.usd,
        "unpriced_calls": here.unpriced,
        "failures": {one.words: why for one, why in list(outcome.failed.items())[:SHOWN_FAILURES]},
    }


def _ask_to_raise(task: Task, spent: float, outcome: Outcome) -> str:
    """What to do about a batch that has reached its limit."""
    return (
        f"{spent:.2f} of {task.limit_usd or 0:.2f} USD are spent and {outcome.left:,} sections are left: to go on, run "
        f"it again with batch={task.id} and a higher cost_limit"
    )


def _write(ctx: Context, task: Task, everything: list[Wanted], chosen: dict[str, Any], width: int) -> Outcome:
    """Write what is missing of the sections, so many at once."""
    from research.ai import ledger
    from research.ai.crew import Crew, Plan

    engine = services.database()
    provider = services.ai_provider(chosen["provider"], chosen.get("model"))
    ledger.begin(engine, task)
    seconds = (ctx.attempt.timeout_ms or 600_000) / 1000 * SHARE_OF_TIME
    plan = Plan(task, provider, everything, width, seconds, chosen["max_tokens"], services.access().prices)
    return Crew(engine, ctx, plan).write()
