"""The first five minutes: the demo is alive at the first look, and what README and tutorial say is what happens."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from cli.commands.up import up_command
from tests.docs.blocks import blocks, run, ups
from tests.docs.conftest import PAGES, World, token_of
from tests.house.sources import ROOT
from tests.waiting import wait_until

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]
STATIC = ROOT / "web" / "static"


def test_the_demo_has_all_that_a_page_can_show(world: World) -> None:
    def queues() -> dict[str, dict[str, Any]]:
        return {queue["name"]: queue for queue in world.get("/api/v1/queues")["queues"]}

    wait_until(lambda: queues().get("label-printer", {}).get("paused"), seconds=60, every=0.2)
    assert queues()["imaging"]["concurrency"] == 2

    def rests(name: str) -> bool | None:
        schedules = world.get("/api/v1/schedules")["schedules"]
        return next((one["paused_at"] is not None for one in schedules if one["name"] == name), None)

    wait_until(lambda: rests("box_labels"), seconds=60, every=0.2, what="a schedule that somebody paused")
    wait_until(lambda: rests("instrument_rounds") is False, seconds=60, every=0.2, what="one that goes on")

    def found(query: str) -> bool:
        return bool(world.get(f"/api/v1/jobs?limit=1&q={quote(query)}")["jobs"])

    states = ("active", "delayed", "blocked", "waiting", "failed")
    classes = ("timeout", "permanent", "bug", "transient")
    queries = [*(f"state:{state}" for state in states), *(f"error_class:{name}" for name in classes)]
    for query in (*queries, "tag:biofilm", "user:maria@lab.example", "cost:>0", "flow:sequencing_run"):
        wait_until(partial(found, query), seconds=60, every=0.2, what=query)
    groups = world.get("/api/v1/errors")["errors"]
    assert {group["error_class"] for group in groups} == set(classes)
    assert sum(group["failures"] for group in groups) > 300
    yesterday = quote((datetime.now(UTC) - timedelta(days=1)).isoformat())
    day = world.get(f"/api/v1/stats/throughput?from={yesterday}&step_ms=900000")
    assert day["completed"] > 2000


def test_what_up_prints_leads_to_the_dashboard_and_no_server_sees_the_token(world: World) -> None:
    printed = token_of(world.said)
    assert printed, world.said
    assert printed[2] == (world.folder / ".callboard" / "token").read_text().strip()
    assert "docs/first-job.md" in world.said
    wait_until(lambda: "<html" in world.get("/"), every=0.2)
    logs = [path.read_text() for path in (world.folder / ".callboard" / "logs").iterdir()]
    assert [log for log in logs if printed[2] in log] == []


# U27
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_of_the_page_runs(world: World, page: Path) -> None:
    (world.folder / ".variables").unlink(missing_ok=True)
    found = list(blocks(page))
    assert any(block.language == "sh" for block in found)
    assert any(block.language == "python" for block in found)
    for block in found:
        if block.elsewhere or block.file:
            continue
        for words in ups(block):
            up_command.make_context("up", words)  # raises UsageError
        if block.language in ("sh", "python"):
            run(block, world.folder, world.environ, world.port)
        else:
            require_names(block.text, block.language)


def require_names(text: str, language: str) -> None:
    """A block for browsers names modules that are served, and what they export. Fails for any other language."""
    assert language in ("js", "html"), f"a block in {language or 'no language'} is tested by nothing"
    modules = re.findall(r'(?:from|src=) ?"/static/([\w./-]+)"', text)
    assert modules
    for names, module in re.findall(r'import \{ ([^}]+) \} from "/static/([\w./-]+)"', text):
        source = (STATIC / module).read_text()
        exported = set(re.findall(r"export (?:async )?(?:function|const|class) (\w+)", source))
        assert {name.strip() for name in names.split(",")} <= exported
    assert all((STATIC / module).is_file() for module in modules)


def test_the_demo_is_refused_where_jobs_are_real() -> None:
    from cli.commands.up import invented
    from cli.failures import Stop
    from cli.server import settings

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", "postgresql://db.lab/jobs")
        settings.cache_clear()
        try:
            with pytest.raises(Stop, match="belong into no server of yours"), invented():
                pass
        finally:
            settings.cache_clear()
