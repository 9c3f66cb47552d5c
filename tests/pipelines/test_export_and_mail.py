"""An export by mail, through a real worker: the file arrives, and a failure is told."""

from __future__ import annotations

import json
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from actors import services
from callboard.history.database import writing
from callboard.jobs.errors import InvalidArguments
from pipelines.export_and_mail import export_and_mail, page_of, report_of
from research.datasets.row import Row
from research.datasets.store import put_rows
from tests.platform_worker import Platform


@pytest.fixture
def deployed(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """The deployment, with this process planning for it, and a dataset of three rows."""
    monkeypatch.setattr(services, "settings", lambda: platform.settings)
    monkeypatch.setattr(services, "database", lambda: platform.engine)
    monkeypatch.setattr(services, "files", lambda: platform.files)
    with writing(platform.engine) as session:
        put_rows(session, "mailed", [Row({"n": n}, source="s", line=n) for n in range(3)])
    return platform


def mails_to(platform: Platform, address: str) -> list[EmailMessage]:
    texts = (path.read_bytes() for path in platform.settings.mail_folder.glob("*.eml"))
    mails = (message_from_bytes(text, EmailMessage, policy=default) for text in texts)
    return [mail for mail in mails if address in str(mail["To"])]


# S2.33 S4.30
def test_the_mail_brings_the_file(deployed: Platform) -> None:
    plan = export_and_mail(kind="dataset", table="mailed", format="ndjson", to="ann@exports.example")
    status = deployed.flow(plan)
    assert (status.state, status.jobs) == ("completed", 2)
    (mail,) = mails_to(deployed, "ann@exports.example")
    (part,) = mail.iter_attachments()
    assert [json.loads(line)["n"] for line in part.get_payload(decode=True).splitlines()] == [0, 1, 2]  # type: ignore[union-attr]
    report = report_of(plan.meta)
    assert (report["rows"], report["name"]) == (3, part.get_filename())
    assert report["file"] in page_of(report)


def test_a_failure_is_told_to_those_who_wait(deployed: Platform) -> None:
    plan = export_and_mail(kind="dataset", table="nowhere", to=["bob@exports.example"])
    assert deployed.flow(plan).state == "failed"
    assert plan.on_failure
    assert deployed.ended(plan.on_failure.id).state == "completed"
    (mail,) = mails_to(deployed, "bob@exports.example")
    assert "The export of dataset was not made." in str(mail.get_body(("plain",)))


def test_an_export_that_does_not_fit_is_refused_when_it_is_planned() -> None:
    with pytest.raises(InvalidArguments, match="format"):
        export_and_mail(kind="papers", format="pdf", to=["ann@exports.example"])
