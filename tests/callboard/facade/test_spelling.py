from typing import Any

import pytest
from marshmallow import Schema, fields

from callboard.facade.spelling import arguments, camel, snake
from callboard.worker.job import job


class Mail(Schema):
    to = fields.List(fields.String(), required=True)
    template_name = fields.String()
    data = fields.Dict()


@pytest.mark.parametrize(
    ("given", "ours"),
    [
        ("paperId", "paper_id"),
        ("extract-pdf", "extract_pdf"),
        ("PAPER_PROCESSING", "paper_processing"),
        ("Email Notifications", "email_notifications"),
        ("caseID", "case_id"),
        ("PDFFile", "pdf_file"),
        ("already_ours", "already_ours"),
    ],
)
def test_a_name_in_any_spelling_is_ours(given: str, ours: str) -> None:
    assert snake(given) == ours


def test_a_name_of_ours_is_spelled_for_json() -> None:
    assert [camel("max_attempts"), camel("id")] == ["maxAttempts", "id"]


def test_only_keys_that_name_a_parameter_are_respelled_and_nothing_within(broker: Any) -> None:
    mail = job(lambda to, template_name, data: None, name="mail", schema=Mail)
    given = {"to": "a@b.c", "templateName": "welcome", "data": {"userName": "Jo"}, "unKnown": 1}
    expected = {"to": ["a@b.c"], "template_name": "welcome", "data": {"userName": "Jo"}, "unKnown": 1}
    assert arguments(mail, given) == expected


def test_a_type_without_schema_is_known_by_its_parameters(broker: Any) -> None:
    scan = job(lambda ctx, repo_url: None, name="scan")
    assert arguments(scan, {"repoUrl": "x", "ctx": 1}) == {"repo_url": "x", "ctx": 1}
