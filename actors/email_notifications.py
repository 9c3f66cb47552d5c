"""Send mail made from templates, to one or to many, as fast as the mail server is to be asked and no faster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from marshmallow import Schema, fields, validate

from actors import services
from callboard.jobs.errors import Permanent
from callboard.jobs.policy import PRIORITIES, RETRY_PRESETS, Queue, RateLimit
from callboard.worker.context import Context
from callboard.worker.job import job
from research.mail.templates import NAMES

email_queue = Queue("email-notifications", concurrency=10, rate=RateLimit(100, 60.0))
# The queue bounds how many bodies start in a minute, but a mail reaches the server some time after its body started:
# the last of one minute may come late and the first of the next early. So a start of the rate is taken once more, at
# the last moment, and its window is longer by the time that a mail may need from there to the server. Of mails that
# arrive within 60 s all have then taken their start within 62 s, which a window of 62 s allows to 100 of them.
HAND_OVER_SECONDS: Final = 2.0
SMTP: Final = "smtp"
BATCH: Final = 100


class AttachmentOf(Schema):
    """A stored file to go with the mail."""

    file = fields.String(required=True, metadata={"description": "storage reference"})
    name = fields.String(metadata={"description": "name under which it goes; left out, the one it was stored with"})


class EmailSend(Schema):
    """Whom to tell what."""

    to = fields.List(
        fields.String(),
        required=True,
        validate=validate.Length(1, 50),
        metadata={"description": "addresses, such as ann@lab.example or Ann Author <ann@lab.example>"},
    )
    template = fields.String(
        required=True, validate=validate.OneOf(NAMES), metadata={"description": "what the mail is made from"}
    )
    data = fields.Dict(keys=fields.String(), load_default=dict, metadata={"description": "values for the template"})
    paper_id = fields.String(metadata={"description": "a stored paper, whose report the template is given"})
    experiment_id = fields.String(
        validate=validate.Length(1, 64),
        metadata={"description": "a stored experiment, whose numbers the template is given and whose reports go along"},
    )
    report_id = fields.String(
        validate=validate.Length(1, 120),
        metadata={"description": "a stored report of a period, such as daily_report:2026-11-21:UTC, for the template"},
    )
    export_id = fields.String(
        validate=validate.Length(1, 200),
        metadata={"description": "a data_export job, whose file the template is given; it is attached or linked"},
    )
    attachments = fields.List(
        fields.Nested(AttachmentOf),
        load_default=list,
        validate=validate.Length(max=20),
        metadata={"description": "stored files that go with it, 20 MB together"},
    )


class RecipientOf(Schema):
    """One recipient of a batch."""

    to = fields.String(required=True, metadata={"description": "address"})
    data = fields.Dict(
        keys=fields.String(), load_default=dict, metadata={"description": "values for this mail, over those for all"}
    )


class EmailBatch(Schema):
    """Whom to tell, each in a mail of their own."""

    template = fields.String(
        required=True, validate=validate.OneOf(NAMES), metadata={"description": "what the mails are made from"}
    )
    recipients = fields.List(
        fields.Nested(RecipientOf),
        required=True,
        validate=validate.Length(1, 1_000),
        metadata={"description": "who gets a mail, with the values that differ"},
    )
    data = fields.Dict(
        keys=fields.String(), load_default=dict, metadata={"description": "values for the template in all mails"}
    )
    attachments = fields.List(
        fields.Nested(AttachmentOf),
        load_default=list,
        validate=validate.Length(max=20),
        metadata={"description": "stored files that go with every mail"},
    )
    priority = fields.String(
        load_default="low",
        validate=validate.OneOf(list(PRIORITIES)),
        metadata={"description": "priority of the mails; low lets single mails overtake them"},
    )


@job(queue=email_queue, schema=EmailSend, retry=RETRY_PRESETS["email"], timeout=60, pipe_ignore=True)
def email_send(
    ctx: Context,
    *,
    to: list[str],
    template: str,
    data: dict[str, Any],
    attachments: list[dict[str, str]],
    paper_id: str | None = None,
    report_id: str | None = None,
    export_id: str | None = None,
    experiment_id: str | None = None,
) -> dict[str, Any]:
    """Send one mail. Safe to repeat: under the job's id it is noted who has got it, and they get it once."""
    from dataclasses import asdict

    from research.mail.message import Attachment, Mail
    from research.mail.sending import send
    from research.mail.templates import render

    engine, store = services.database(), services.files()
    ctx.progress(0, 2, "write")
    about, exported = _exported(export_id)
    measured, reports = _measured(experiment_id)
    text = render(template, {**data, **_reported(paper_id, report_id), **about, **measured})
    files = [
        Attachment(part.get("name") or store.describe(part["file"]).name, store.path(part["file"]).read_bytes())
        for part in (*attachments, *exported, *reports)
    ]
    ctx.progress(1, 2, "send")
    mail = Mail(tuple(to), text.subject, text.text, ctx.id, text.html, tuple(files), template)
    last = ctx.number >= ctx.attempt.attempts
    receipt = send(engine, services.transport(_permit(ctx)), services.settings().from_email, mail, last=last)
    ctx.progress(2, 2, "sent")
    return asdict(receipt)


def _reported(paper_id: str | None, report_id: str | None) -> dict[str, Any]:
    """What a template is given of a stored paper or of the report of a period."""
    from callboard.history.database import reading
    from research.report import fetch_report
    from research.reports.store import find_report

    if not paper_id and not report_id:
        return {}
    with reading(services.database()) as session:
        return {"report": fetch_report(session, paper_id) if paper_id else find_report(session, report_id or "").facts}


def _exported(export_id: str | None) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """What a template is given of an export, and its file where that is small enough to be attached."""
    from research.exports.notice import notice

    settings = services.settings()
    return notice(services.exports(), export_id, settings.home, settings.public_url) if export_id else ({}, [])


def _measured(experiment_id: str | None) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """What a template is given of a stored experiment, and its newest reports as attachments."""
    from callboard.history.database import reading
    from research.experiments.mailing import mail_attachments, mail_facts

    if not experiment_id:
        return {}, []
    with reading(services.database()) as session:
        return mail_facts(session, experiment_id), mail_attachments(session, experiment_id)


def _permit(ctx: Context) -> Callable[[], None]:
    """What takes a start of the rate of all mails: that of the queue as it is set now, over a longer window."""

    def take() -> None:
        limits = ctx.broker.store.queue(email_queue.name)
        if limits.rate_count and limits.rate_per_ms:
            ctx.permit(SMTP, limits.rate_count, limits.rate_per_ms / 1000 + HAND_OVER_SECONDS)

    return take


@job(queue=email_queue, schema=EmailBatch, retry=RETRY_PRESETS["email"], timeout=60, pipe_ignore=True)
def email_batch(
    ctx: Context,
    *,
    template: str,
    recipients: list[dict[str, Any]],
    data: dict[str, Any],
    attachments: list[dict[str, str]],
    priority: str,
) -> dict[str, Any]:
    """Enqueue one `email_send` for each recipient. Safe to repeat: a recipient's job has the same id every time."""
    from dataclasses import asdict

    from callboard.jobs.identity import id_for
    from research.mail.batch import sort_out

    ctx.progress(0, len(recipients), "check")
    letters, left = sort_out(template, recipients, data)
    if not letters:
        raise Permanent(f"none of the {len(left)} recipients can be sent a mail; {left[0].to}: {left[0].reason}")
    for part in attachments:
        services.files().describe(part["file"])  # a file that is gone fails the batch, and not every mail of it
    for start in range(0, len(letters), BATCH):
        ctx.progress(len(left) + start, len(recipients), "enqueue")
        mails = [
            email_send.message_with_options(
                kwargs={"to": [letter.to], "template": template, "data": letter.data, "attachments": attachments},
                priority=priority,
                tags=[f"batch:{ctx.id}"],
            ).copy(message_id=id_for(ctx.attempt.message_timestamp, ctx.id, letter.address))
            for letter in letters[start : start + BATCH]
        ]
        ctx.broker.enqueue_many(mails)
    ctx.progress(len(recipients), len(recipients), "enqueued")
    return {
        "recipients": len(recipients),
        "enqueued": len(letters),
        "refused": [asdict(one) for one in left],
        "tag": f"batch:{ctx.id}",
    }
