"""A workbook becomes a dataset, is looked at, and is told of by mail, through a real worker."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

import actors
from actors import services
from callboard.jobs.flow import Plan
from pipelines.import_and_analyse import import_and_analyse, named_after, page_of, report_of
from research.datasets.store import count
from tests.platform_worker import ROOT, Platform

DATA = ROOT / "tests" / "data" / "excel"


@pytest.fixture
def deployed(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """The deployment, with this process planning for it and looking into its store."""
    monkeypatch.setattr(services, "settings", lambda: platform.settings)
    monkeypatch.setattr(actors.broker, "store", platform.store)
    return platform


def mail_to(platform: Platform, address: str) -> str:
    texts = (path.read_bytes() for path in platform.settings.mail_folder.glob("*.eml"))
    mails = (message_from_bytes(text, EmailMessage, policy=default) for text in texts)
    (mail,) = [mail for mail in mails if address in str(mail["To"])]
    body: Any = mail.get_body(("plain",))
    return str(body.get_content())


def planned(platform: Platform, name: str, address: str, **options: Any) -> Plan:
    stored = platform.files.put_path(DATA / name)
    return import_and_analyse(stored.reference, notify=[address], **named_after(stored), **options)


def test_the_mail_tells_of_the_rows_and_of_the_columns(deployed: Platform) -> None:
    plan = planned(deployed, "deaths.xlsx", "ann@imports.example", keys=["Name"])
    status = deployed.flow(plan)
    assert (status.state, status.jobs) == ("completed", 4)
    assert count(deployed.engine, "deaths") == 20
    text = mail_to(deployed, "ann@imports.example")
    assert "rows: 20 new, 0 updated, 0 skipped" in text
    assert "Age: " in text
    assert "| table | deaths |" in page_of(report_of(plan.meta))


def test_a_workbook_that_cannot_be_read_is_told_to_those_who_wait(deployed: Platform) -> None:
    plan = planned(deployed, "pass_protected.xlsx", "bob@imports.example")
    assert deployed.flow(plan).state == "failed"
    assert plan.on_failure
    assert deployed.ended(plan.on_failure.id).state == "completed"
    assert "The import into pass_protected was not made." in mail_to(deployed, "bob@imports.example")


@pytest.mark.parametrize(
    ("name", "table"),
    [("Run 7 (May).xlsx", "run_7_may"), ("2020-list.csv", "table_2020_list"), ("数据.xlsx", "table_")],
)
def test_a_dataset_is_named_after_the_file(name: str, table: str, deployed: Platform) -> None:
    assert named_after(deployed.files.put(b"x", name)) == {"table": table}
