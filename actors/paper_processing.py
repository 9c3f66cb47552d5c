"""Read a research paper: its text, an analysis of it, what it is searched by, and the quantities it reports."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from actors import services
from callboard.jobs.errors import Permanent
from callboard.jobs.policy import Queue
from callboard.jobs.record import Job
from callboard.worker.context import Context
from callboard.worker.job import job

paper_queue = Queue("paper-processing", concurrency=5)


class PaperStep(Schema):
    """A stored paper."""

    paper_id = fields.String(
        required=True,
        validate=validate.Length(1, 64),
        metadata={"description": "id of the paper, chosen by the caller"},
    )


class ExtractPdf(PaperStep):
    """The file to read."""

    file = fields.String(metadata={"description": "storage reference; left out, the file that the paper was read from"})
    password = fields.String(metadata={"description": "password that opens the document", "secret": True})


class AnalyzeContent(PaperStep):
    """Who is to read."""

    provider = fields.String(
        validate=validate.OneOf(["local", "openai", "anthropic"]),
        metadata={"description": "left out, the first of CALLBOARD_AI_PROVIDERS, or the local one"},
    )
    model = fields.String(
        validate=validate.Length(1, 100), metadata={"description": "left out, the provider's default"}
    )


class PaperBatchSummary(Schema):
    """Of which papers."""

    flow = fields.String(
        validate=validate.Length(1, 64),
        metadata={"description": "flow whose papers are meant; left out, the one that this job is a step of"},
    )


@job(queue=paper_queue, schema=ExtractPdf, timeout=300, isolated=True, memory_mb=1024)
def extract_pdf(ctx: Context, paper_id: str, file: str | None = None, password: str | None = None) -> dict[str, Any]:
    """Text and metadata of a PDF. Safe to repeat: the paper, its pages and sections are replaced in one transaction."""
    from callboard.history.database import writing
    from research.library import store_paper
    from research.papers.read import read_paper

    engine, store = services.database(), services.files()
    reference = file or _known_file(paper_id)
    stored = store.describe(reference)
    # The last share is kept back for the write, so that a hundred percent means done.
    paper = read_paper(
        store.path(reference),
        name=stored.name,
        password=password,
        progress=lambda n, of, step: ctx.progress(n, of + 1, step),
    )
    with writing(engine) as session:
        store_paper(session, paper_id, paper, file=stored.name, reference=reference, sha256=stored.sha256)
    ctx.progress(1, 1, "stored")
    return {"paper_id": paper_id, "title": paper.title, "pages": paper.pages, "language": paper.language}


def _known_file(paper_id: str) -> str:
    """The file that a paper was read from before. Raises Permanent when there is none."""
    from callboard.history.database import reading
    from research.library import find_paper

    with reading(services.database()) as session:
        reference = find_paper(session, paper_id).file_reference
    if reference is None:
        raise Permanent(f"paper {paper_id} has no stored file; name one with `file`")
    return reference


@job(queue=paper_queue, schema=AnalyzeContent, timeout=300, pipe_ignore=True)
def analyze_content(
    ctx: Context, paper_id: str, provider: str | None = None, model: str | None = None
) -> dict[str, Any]:
    """Summary, key phrases and findings. Safe to repeat: an answer is asked for again only of another text."""
    from callboard.history.database import reading
    from research.ai.opinions import Subject
    from research.ai.panel import Panel
    from research.library import paper_document

    engine = services.database()
    name = provider or next(iter(services.settings().ai_providers or ()), "local")
    ctx.progress(0, 1, "load")
    with reading(engine) as session:
        document = paper_document(session, paper_id)
    subject = Subject(document.title or f"paper {paper_id}", paper_id=paper_id)
    panel = Panel(engine, ctx, ctx.id, subject, document, services.access().prices)
    panel.ask([name], lambda name: services.ai_provider(name, model))
    opinion = panel.conclude(last=False)[name]
    ctx.progress(1, 1, "stored")
    return {
        "paper_id": paper_id,
        "provider": name,
        "model": opinion.model,
        "cost_usd": opinion.cost_usd,
        "findings": len(opinion.findings),
    }


@job(queue=paper_queue, schema=PaperStep, timeout=300, pipe_ignore=True)
def generate_embeddings(ctx: Context, paper_id: str) -> dict[str, Any]:
    """Passages and their vectors, by which a paper is found. Safe to repeat: the passages are replaced."""
    import numpy as np

    from callboard.history.database import reading, writing
    from research.embeddings.embedder import embedder
    from research.embeddings.passages import passages
    from research.library import paper_pages, store_chunks

    engine = services.database()
    with reading(engine) as session:
        parts = passages(paper_pages(session, paper_id))
    chosen = embedder(services.embedding_model())
    vectors = np.zeros((len(parts), chosen.dimensions), dtype=np.float32)
    for start in range(0, len(parts), 16):
        ctx.progress(start, len(parts) + 1, "embed")
        batch = parts[start : start + 16]
        vectors[start : start + len(batch)] = chosen.embed([part.text for part in batch])
    with writing(engine) as session:
        store_chunks(session, paper_id, chosen.name, parts, vectors)
    ctx.progress(1, 1, "stored")
    return {"paper_id": paper_id, "model": chosen.name, "chunks": len(parts)}


@job(queue=paper_queue, schema=PaperStep, timeout=300, pipe_ignore=True)
def extract_parameters(ctx: Context, paper_id: str) -> dict[str, Any]:
    """The quantities a paper reports, with units and places. Safe to repeat: they are replaced."""
    from callboard.history.database import reading, writing
    from research.library import paper_pages, store_quantities
    from research.papers.paper import PageText
    from research.papers.quantities import find_quantities

    engine = services.database()
    ctx.progress(0, 2, "search")
    with reading(engine) as session:
        pages = [PageText(page.page, page.text) for page in paper_pages(session, paper_id)]
    found = find_quantities(pages)
    ctx.progress(1, 2, "store")
    with writing(engine) as session:
        store_quantities(session, paper_id, found)
    ctx.progress(2, 2, "stored")
    return {"paper_id": paper_id, "quantities": len(found)}


@job(queue=paper_queue, schema=PaperBatchSummary, timeout=300, pipe_ignore=True)
def paper_batch_summary(ctx: Context, *, flow: str | None = None) -> dict[str, Any]:
    """Which papers of a flow are done, and which are not and why. Safe to repeat: it only reads."""
    from dataclasses import asdict

    from research.papers.batch import batch_of

    wanted = flow or ctx.attempt.flow
    status = ctx.broker.store.flow(wanted) if wanted else None
    if status is None:
        raise Permanent(f"the papers of a flow are summed up, and there is no flow {wanted!r}; name one with `flow`")
    ctx.progress(0, 1, "look")
    jobs = [job for job in ctx.broker.store.find_many(status.members) if job and "paper_id" in job.kwargs]
    found = asdict(batch_of(jobs, _file_name, lambda job: _last_words(ctx, job.id)))
    ctx.progress(1, 1, "told")
    return found


def _file_name(job: Job) -> str:
    """The name under which the file of a paper was stored."""
    reference = job.kwargs.get("file")
    try:
        return services.files().describe(reference).name if reference else str(job.kwargs["paper_id"])
    except Permanent:
        return str(reference)


def _last_words(ctx: Context, id: str) -> str:
    """Why a job ended as it did."""
    failures = ctx.broker.store.errors(id)
    return str(failures[-1]["failure"]["message"]) if failures else "cancelled"
