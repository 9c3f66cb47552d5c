"""Chromium without a screen, where one is installed, and a window of somebody who has signed in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium until the block ends; there must be one."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


def sign_in(window: BrowserContext, base: str, token: str) -> None:
    """Begin a session of a window."""
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": base}
    begun = window.request.post(f"{base}/session", data={"token": token}, headers=headers)
    assert begun.ok, begun.text()
