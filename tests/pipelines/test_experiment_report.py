"""From a file of readings to a mail that brings its report, in a worker as it is deployed."""

from __future__ import annotations

import email
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from actors import services
from pipelines.experiment_report import experiment_report
from pipelines.registry import PIPELINES, page_of, plan_on, report_of
from tests.platform_worker import Platform
from tests.research.experiments.files import PEM, PEM_NOTES


def newest_mail(folder: Path) -> EmailMessage:
    path = max(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
    message = email.message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(message, EmailMessage)
    return message


# S2.29 S2.30
def test_readings_become_a_report_that_is_mailed(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "files", lambda: platform.files)
    monkeypatch.setattr(services, "database", lambda: platform.engine)
    pipeline = PIPELINES["experiment_report"]
    given = {"metadata_file": str(PEM_NOTES), "title": "PEM, end of activation", "notify": ["a@lab.example"]}
    plan = plan_on(pipeline, PEM, given)
    assert platform.flow(plan).state == "completed"
    mail = newest_mail(platform.settings.mail_folder)
    assert (mail["To"], mail["Subject"]) == ("a@lab.example", "Experiment complete: PEM, end of activation")
    body = mail.get_body(("plain",))
    assert body is not None
    assert "Max power density: 777.0 mW/cm² (highest of 9 curves)" in body.get_content()
    parts = {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
    assert list(parts) == ["PEM-end-of-activation.html", "PEM-end-of-activation.pdf"]
    report = report_of(pipeline, plan)
    assert (report["kind"], len(report["reports"])) == ("polarisation", 2)
    assert "| pressure 25 psig, relative humidity 50 RH% |" in page_of(pipeline, report)


def test_a_file_that_is_no_table_ends_the_flow_and_nobody_is_mailed(platform: Platform) -> None:
    before = set(platform.settings.mail_folder.glob("*.eml"))
    plan = experiment_report(platform.files.put(b"no table", "x.csv").reference, notify=["a@lab.example"])
    assert platform.flow(plan).state == "failed"
    states = [platform.store.get(call.id).state for call in plan.calls()]
    assert states == ["failed"] * 4
    assert set(platform.settings.mail_folder.glob("*.eml")) == before
