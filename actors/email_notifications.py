"""Send mail made from templates."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from actors import services
from callboard.jobs.policy import Queue, RateLimit, Retry
from callboard.worker.context import Context
from callboard.worker.job import job

email_queue = Queue("email-notifications", concurrency=10, rate=RateLimit(100, 60.0))
TEMPLATES = (
    *("welcome", "experiment_complete", "paper_processed", "error_notification"),
    *("job_completed", "failures", "conditions"),
)


class AttachmentOf(Schema):
    """A stored file to go with the mail."""

    file = fields.String(required=True, metadata={"description": "storage reference"})
    name = fields.String(metadata={"description": "name under which it goes; left out, the one it was stored with"})


class EmailSend(Schema):
    """Whom to tell what."""

    to = fields.List(fields.String(), required=True, validate=validate.Length(1, 100))
    template = fields.String(required=True, validate=validate.OneOf(TEMPLATES))
    data = fields.Dict(keys=fields.String(), load_default=dict, metadata={"description": "values for the template"})
    paper_id = fields.String(metadata={"description": "a stored paper, whose report the template is given"})
    attachments = fields.List(fields.Nested(AttachmentOf), load_default=list, validate=validate.Length(max=20))


@job(
    queue=email_queue, schema=EmailSend, retry=Retry(attempts=3, first=2.0, at_most=60.0), timeout=60, pipe_ignore=True
)
def email_send(
    ctx: Context,
    *,
    to: list[str],
    template: str,
    data: dict[str, Any],
    attachments: list[dict[str, str]],
    paper_id: str | None = None,
) -> dict[str, Any]:
    """Send one mail. Safe to repeat: the job's id is the key under which a mail is sent once."""
    from dataclasses import asdict

    from callboard.history.database import reading
    from research.mail.message import Attachment, Mail
    from research.mail.sending import send
    from research.mail.templates import render
    from research.report import fetch_report

    engine, store = services.database(), services.files()
    if paper_id:
        with reading(engine) as session:
            data = {**data, "report": fetch_report(session, paper_id)}
    text = render(template, data)
    files = [
        Attachment(part.get("name") or store.describe(part["file"]).name, store.path(part["file"]).read_bytes())
        for part in attachments
    ]
    ctx.progress(1, 2, "send")
    mail = Mail(tuple(to), text.subject, text.text, ctx.id, text.html, tuple(files), template)
    receipt = send(engine, services.transport(), services.settings().from_email, mail)
    ctx.progress(2, 2, "sent")
    return asdict(receipt)
