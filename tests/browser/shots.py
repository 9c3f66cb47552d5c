"""Take the pictures of the README: `python -m tests.browser.shots`, both themes, of a lab at work."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.browser.lab import ROOT, lab
from tests.browser.looking import Board
from tests.chromium import chromium

FOLDER = ROOT / "docs" / "images"
# What is in the pictures, and how long it may fill before.
PICTURES = {"jobs": "/admin/queues/jobs", "home": "/admin/queues/", "job": "", "flow": ""}
WAIT_MS = 20_000


def main() -> None:
    """Write `docs/images/NAME-THEME.png`."""
    FOLDER.mkdir(exist_ok=True)
    with chromium() as browser, tempfile.TemporaryDirectory() as home, lab(Path(home), browser) as board:
        with board.look() as look:
            look.page.wait_for_timeout(WAIT_MS)
        for name, path in PICTURES.items():
            for dark in (False, True):
                take(board, name, path or found(board, name), dark)


def found(board: Board, name: str) -> str:
    """The page of a job that has failed, or of a flow that has ended."""
    if name == "flow":
        flows = board.get("/api/v1/flows")["flows"]
        return f"/admin/queues/flows/{max(flows, key=lambda flow: flow['finished'])['id']}"
    return f"/admin/queues/jobs/{board.get('/api/v1/jobs?q=state:failed%20type:read_sheet&limit=1')['jobs'][0]['id']}"


def take(board: Board, name: str, path: str, dark: bool) -> None:
    """One picture."""
    with board.look(dark=dark) as look:
        look.go(path)
        look.page.locator("#live[data-state='live']").wait_for()
        look.page.wait_for_timeout(1_500)
        look.page.screenshot(path=FOLDER / f"{name}-{'dark' if dark else 'light'}.png")


if __name__ == "__main__":
    main()
