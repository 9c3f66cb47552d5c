"""The page on the outbox does what it says: its blocks are run."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine

from callboard.history.outbox_relay import relay
from callboard.jobs.settings import environment_for_child
from tests.callboard.history.outboxes import board
from tests.house.sources import ROOT
from tests.jobs import Board

__all__ = ["board"]
PAGE = (ROOT / "docs" / "outbox.md").read_text()
POST = """
import lab_web

for title in ("one", None):
    answer = lab_web.app.test_client().post("/papers", json={"title": title})
    print(answer.status_code, answer.json["job"] if answer.is_json else "none")
import lab_health
"""


@pytest.mark.system
def test_a_paper_that_is_saved_is_analysed_and_one_that_is_not_is_not(
    database: Engine, board: Board, valkey_url: str, tmp_path: Path
) -> None:
    blocks = re.findall(r"```python\n# (\w+\.py)\n(.*?)```", PAGE, re.DOTALL)
    assert [name for name, _ in blocks] == ["lab_jobs.py", "lab_web.py", "lab_health.py"]
    for name, text in blocks:
        (tmp_path / name).write_text(text)
    url = database.url.render_as_string(hide_password=False)
    environment = environment_for_child(DATABASE_URL=url, REDIS_URL=valkey_url, CALLBOARD_PREFIX=board.prefix)
    command = [sys.executable, "-c", POST]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    saved, refused, health = done.stdout.splitlines()
    relay(database, board.client)
    status, id = saved.split()
    assert (status, board.job(id).type, board.job(id).kwargs) == ("202", "analyse", {"paper": 1})
    assert refused == "500 none", done.stderr
    assert re.fullmatch(r"\d+ wait, 0 failing, the oldest for \d+ s", health)
    assert board.worker.run_all() == [id]
