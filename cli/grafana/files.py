"""The files: three dashboards as JSON and the rules as YAML, with the addresses of a site put in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from cli.grafana.dashboard import BOARD, Dashboard, dashboard_json
from cli.grafana.line import QUEUE
from cli.grafana.machinery import MACHINERY
from cli.grafana.overview import OVERVIEW

DASHBOARDS: Final[tuple[Dashboard, ...]] = (OVERVIEW, QUEUE, MACHINERY)
RULES: Final = Path(__file__).with_name("rules.yml")
RUNBOOKS: Final = "docs/runbooks/"


def dashboard_files(board: str = BOARD) -> dict[str, str]:
    """The dashboards by the names of their files."""
    return {
        f"{one.uid}.json": json.dumps(dashboard_json(one, board), indent=1, ensure_ascii=False) + "\n"
        for one in DASHBOARDS
    }


def rules_file(docs: str = "", grafana: str = "") -> str:
    """The rules, whose links begin with the address of our documentation and of Grafana where these are given."""
    text = RULES.read_text()
    if docs:
        text = text.replace(f"runbook_url: {RUNBOOKS}", f"runbook_url: {docs.rstrip('/')}/runbooks/")
    if grafana:
        text = text.replace("dashboard_url: /d/", f"dashboard_url: {grafana.rstrip('/')}/d/")
    return text


def write_files(folder: Path, board: str = BOARD, docs: str = "", grafana: str = "") -> list[Path]:
    """Write all files into a folder; where they are. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in {**dashboard_files(board), "rules.yml": rules_file(docs, grafana)}.items():
        path = folder / name
        path.write_text(text)
        written.append(path)
    return written
