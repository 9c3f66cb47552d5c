"""Mails from templates."""

from typing import Any

import pytest

from research.mail.templates import NAMES, TemplateRefused, bounded, environment, render

REPORT: dict[str, Any] = {
    "file": "cell.pdf",
    "title": "Cells <script>alert(1)</script> & {{ 7 * 7 }}",
    "authors": [f"Author {number}" for number in range(10)],
    "year": 2024,
    "doi": "10.1/x",
    "pages": 11,
    "summary": "It works.",
    "key_phrases": ["fuel cell", "power"],
    "findings": ["It gave 10 mW. (p. 2)"],
    "quantities": [{"name": "power", "value": 10.0, "max": None, "comparator": ">", "unit": "mW/cm**2", "page": 2}]
    * 20,
}
DATA: dict[str, dict[str, Any]] = {
    "paper_processed": {"report": REPORT},
    "error_notification": {"type": "extract_pdf", "job": "01J", "error": "no text layer <b>", "attempts": 3},
    "welcome": {"name": "Ann"},
    "experiment_complete": {"experiment": "Run 7", "metrics": {"power": "3 W"}},
    "paper_batch": {
        "papers": 4,
        "done": 2,
        "failures": 2,
        "failed": [{"file": "a<b>.pdf", "step": "extract", "reason": "no text"}],
    },
    "job_completed": {"type": "data_export", "job": "01J", "took": "3 min 20 s", "facts": [["rows", "1,000"]]},
    "failures": {
        "total": 3,
        "groups": [
            {
                "type": "add",
                "error": "OSError",
                "message": "no <b>",
                "count": 3,
                "total": 9,
                "since": "now",
                "job": "01J",
            }
        ],
        "more": 0,
    },
    "export_ready": {
        "kind": "parameters",
        "file": "parameters-2026-11-22.csv",
        "rows": 1234567,
        "size": "12 bytes",
        "cut_cells": 2,
        "attached": False,
        "link": "/api/v1/files/x",
        "until": "2026-11-29 05:00 UTC",
    },
    "conditions": {
        "fired": [{"cause": "5 jobs wait in mail", "advice": "start a worker", "since": "now"}],
        "resolved": [{"cause": "12 jobs waited in lab", "lasted": "3 min"}],
    },
}


def test_every_template_is_tried_here_or_with_the_reports_it_tells() -> None:
    assert set(NAMES) - set(DATA) == {"report"}


@pytest.mark.parametrize("name", DATA)
def test_every_template_gives_subject_text_and_html(name: str) -> None:
    mail = render(name, DATA[name] | {"url": "http://127.0.0.1:8000/jobs/1"})
    assert mail.subject
    assert "\n" not in mail.subject
    assert "http://127.0.0.1:8000/jobs/1" in mail.text
    assert 'href="http://127.0.0.1:8000/jobs/1"' in mail.html
    assert mail.html.startswith("<!doctype html>")


@pytest.mark.parametrize("name", NAMES)
def test_what_a_template_needs_is_named_when_it_is_missing(name: str) -> None:
    with pytest.raises(TemplateRefused, match=rf"{name}\.subject\.txt does not fit its data: '\w+' is undefined"):
        render(name, {})


def test_failures_are_told_by_fault_with_a_link_to_one_of_its_jobs() -> None:
    group = {"type": "add", "error": "OSError", "message": "disk <full>", "since": "2026-11-22 14:05 UTC", "total": 9}
    groups = [group | {"count": 3, "job": "01J", "url": "https://lab.example/jobs/01J"}]
    mail = render("failures", {"total": 5, "groups": [*groups, group | {"count": 2, "job": "01K"}], "more": 1})
    assert mail.subject == "5 jobs failed: add and others"
    assert "3 × add since 2026-11-22 14:05 UTC (9 in all)" in mail.text
    assert "OSError: disk <full>" in mail.text
    assert "and 1 more kinds of failure" in mail.text
    assert 'href="https://lab.example/jobs/01J"' in mail.html
    assert "<code>01K</code>" in mail.html
    assert "disk &lt;full&gt;" in mail.html


def test_conditions_that_are_over_are_told_apart_from_those_that_hold() -> None:
    both = render("conditions", DATA["conditions"])
    assert both.subject == "Needs attention: 5 jobs wait in mail"
    assert "- 12 jobs waited in lab: over after 3 min." in both.text
    over = render("conditions", DATA["conditions"] | {"fired": []})
    assert over.subject == "All right again: 12 jobs waited in lab"
    assert "NEEDS ATTENTION" not in over.text


def test_a_processed_paper_is_told_with_its_results() -> None:
    mail = render("paper_processed", DATA["paper_processed"])
    for expected in (
        "It works.",
        "fuel cell, power",
        "- It gave 10 mW. (p. 2)",
        "- power: > 10 mW/cm² (p. 2)",
        "and 2 more",
    ):
        assert expected in mail.text
    assert "and 8 more in the report" in mail.html


def test_a_batch_of_papers_is_told_with_the_bad_ones_and_why() -> None:
    mail = render("paper_batch", DATA["paper_batch"])
    assert mail.subject == "2 of 4 papers processed, 2 failed"
    assert "- a<b>.pdf (extract): no text\nand 1 more" in mail.text
    assert "a&lt;b&gt;.pdf" in mail.html
    good = {"papers": 1, "done": 1, "failures": 0, "failed": []}
    assert render("paper_batch", good).subject == "1 of 1 paper processed"


def test_data_is_text_and_never_a_template_or_html() -> None:
    mail = render("paper_processed", DATA["paper_processed"])
    assert "<script>" not in mail.html
    assert "{{ 7 * 7 }}" in mail.html
    assert "49" not in mail.html


def test_a_report_with_gaps_is_told_without_empty_headings() -> None:
    bare = {"report": {**dict.fromkeys(REPORT), "file": "x.pdf", "pages": 1}}
    mail = render("paper_processed", bare)
    assert mail.subject == "Paper processed: x.pdf"
    assert "SUMMARY" not in mail.text
    assert "<h2" not in mail.html


@pytest.mark.parametrize("url", ["javascript:alert(1)", "", None, 7])
def test_only_web_addresses_become_links(url: object) -> None:
    assert "href" not in render("welcome", {"name": "Ann", "url": url}).html


@pytest.mark.parametrize("name", ["nothing", "../../etc/passwd", "frame", "welcome.html", ""])
def test_only_the_listed_templates_can_be_asked_for(name: str) -> None:
    with pytest.raises(TemplateRefused, match="known are paper_processed, error_notification, welcome"):
        render(name, {})


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ x.__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__.os }}",
        "{{ lipsum.__globals__['os'] }}",
        "{{ x.append(1) }}",
    ],
)
def test_the_sandbox_lets_nothing_out(source: str) -> None:
    from jinja2.exceptions import SecurityError, UndefinedError

    with pytest.raises((SecurityError, UndefinedError)):
        environment().from_string(source).render(x=[])


def test_a_template_that_never_ends_is_cut_off() -> None:
    def endless() -> Any:
        while True:
            yield "x" * 1_000

    with pytest.raises(TemplateRefused, match="may give 1,000,000 characters within 1 s"):
        list(bounded("x.txt", endless()))
