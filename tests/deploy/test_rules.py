"""The rules of Prometheus: they fire when they should, name what exists, and say what to do."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import click
import pytest
import yaml  # type: ignore[import-untyped]
from click.testing import CliRunner

from cli.grafana.files import DASHBOARDS, rules_file
from cli.main import root
from tests.deploy.promtool import needs_promtool, promtool
from tests.house.sources import ROOT

HERE = Path(__file__).parent
ALERTS = [rule for group in yaml.safe_load(rules_file())["groups"] for rule in group["rules"] if "alert" in rule]
WANTED = {
    *("NoWorkers", "BacklogGrowing", "OldestWaitingTooOld", "FailureRatioHigh", "StuckJobs", "RetryStorm"),
    *("ScheduleMissed", "RecorderLag", "RedisDown", "RedisMayEvict", "LiveReaderRestarting", "CostNearCap"),
}


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


@needs_promtool
def test_every_alert_fires_when_it_should_and_only_then(tmp_path: Path) -> None:
    tested = yaml.safe_load((HERE / "rules_test.yml").read_text())["tests"]
    cases = [case for test in tested for case in test["alert_rule_test"]]
    assert {case["alertname"] for case in cases if case["exp_alerts"]} == WANTED
    (tmp_path / "rules.yml").write_text(rules_file())
    shutil.copy(HERE / "rules_test.yml", tmp_path)
    assert "SUCCESS" in promtool("check", "rules", tmp_path / "rules.yml")
    assert "SUCCESS" in promtool("test", "rules", tmp_path / "rules_test.yml")


@needs_promtool
def test_the_configuration_that_is_shipped_reads_these_rules() -> None:
    assert "SUCCESS" in promtool("check", "config", "--syntax-only", ROOT / "deploy/prometheus/prometheus.yml")


def test_the_alerts_are_those_that_are_wanted_and_the_shipped_file_is_made_from_ours() -> None:
    assert {alert["alert"] for alert in ALERTS} == WANTED
    assert (ROOT / "deploy/prometheus/rules.yml").read_text() == rules_file()


@pytest.mark.parametrize("alert", ALERTS, ids=[f"{alert['alert']}-{n}" for n, alert in enumerate(ALERTS)])
def test_an_alert_says_what_is_wrong_where_to_look_and_what_to_do(alert: dict[str, Any]) -> None:
    notes = alert["annotations"]
    assert alert["labels"]["severity"] in ("critical", "warning")
    assert notes["summary"]
    assert notes["description"].endswith(".")
    assert notes["runbook_url"] == f"docs/runbooks/{snake(alert['alert'])}.md"
    uid = notes["dashboard_url"].removeprefix("/d/").partition("?")[0]
    assert uid in {dashboard.uid for dashboard in DASHBOARDS}


@pytest.mark.parametrize("name", sorted(WANTED))
def test_a_runbook_says_what_it_means_how_to_look_what_to_do_and_how_to_be_left_alone(name: str) -> None:
    text = (ROOT / f"docs/runbooks/{snake(name)}.md").read_text()
    heads = re.findall(r"^#+ (.*)", text, re.MULTILINE)
    assert heads == [name, "What it means", "Look", "Do", "Silence"]
    commands = [line.split(maxsplit=1)[1] for line in text.splitlines() if line.strip().startswith("callboard ")]
    assert commands
    for command in commands:
        require_command(shlex.split(command))


def require_command(words: list[str]) -> None:
    """Fail unless these words are a command with such flags."""
    command: click.Command = root
    while isinstance(command, click.Group) and words:
        inner = command.get_command(click.Context(command), words[0])
        if inner is None:
            assert words[0].startswith("-"), f"{command.name} {words[0]} is no command"
            break
        command, words = inner, words[1:]
    assert command is not root, f"callboard {' '.join(words)} is no command"
    command.make_parser(click.Context(command)).parse_args(words)


def test_the_list_of_runbooks_names_each() -> None:
    text = (ROOT / "docs/runbooks/README.md").read_text()
    assert set(re.findall(r"\]\((\w+)\.md\)", text)) == {snake(name) for name in WANTED}


def test_the_command_explains_itself() -> None:
    assert "rules.yml" in CliRunner().invoke(root, ["grafana", "--help"]).output
