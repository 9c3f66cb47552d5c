"""A look at a page of a board: in a theme and a width, with all that is wrong with it."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import axe_playwright_python

from tests.chromium import sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Elements wider than the window that nothing scrolls.
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass
class Look:
    """A page as a person sees it; `wrong` collects what the console said and what went to other hosts."""

    base: str
    page: Page
    wrong: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        self.page.on("request", self._asked)
        self.page.on("dialog", self._dialog)

    def go(self, path: str) -> Look:
        """Open a page, and wait until its scripts have begun."""
        self.page.goto(self.base + path, wait_until="load")
        return self

    def at(self, *, dark: bool, width: int) -> Look:
        """The same page in another theme and width."""
        self.page.emulate_media(color_scheme="dark" if dark else "light")
        self.page.set_viewport_size({"width": width, "height": 900})
        return self

    def violations(self, *rules: str) -> list[str]:
        """What axe finds, best practice included; of some rules where they are named."""
        if not self.page.evaluate("() => Boolean(globalThis.axe)"):
            self.page.evaluate(AXE + "; 0")
        found = self.page.evaluate(
            "runOnly => axe.run(document, { runOnly, resultTypes: ['violations'] })",
            {"type": "rule", "values": rules} if rules else RULES,
        )
        return [
            f"{rule['id']}: {rule['help']} at {[node['target'] for node in rule['nodes'][:3]]}"
            for rule in found["violations"]
        ]

    def faults(self, *rules: str) -> list[str]:
        """All that is wrong now: console, other hosts, axe, sideways scroll."""
        over = self.page.evaluate(SIDEWAYS)
        return self.wrong + self.violations(*rules) + ([f"scrolls {over} px sideways"] if over > 0 else [])

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(words in message.text for words in self.expected):
            self.wrong.append(f"{message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        self.requests.append(request.url)
        if not request.url.startswith((self.base, "data:")):
            self.wrong.append(f"asked another host: {request.url}")

    def _dialog(self, dialog: Any) -> None:
        self.wrong.append(f"a dialog of a script: {dialog.message}")
        dialog.dismiss()


@dataclass
class Board:
    """A served board, and how one signs in to it."""

    base: str
    browser: Browser
    tokens: dict[str, str]

    def answers(self) -> bool:
        """Whether its server answers and some job has completed."""
        try:
            return bool(self.get("/api/v1/jobs?q=state:completed&limit=1")["jobs"])
        except OSError:
            return False

    def get(self, path: str, role: str = "admin") -> Any:
        """What the API answers."""
        return self.call("GET", path, role=role)

    def call(self, method: str, path: str, body: Any = None, *, role: str = "admin") -> Any:
        """What the API answers to a call."""
        headers = {"Authorization": f"Bearer {self.tokens[role]}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self.base + path, data, headers, method=method)
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.loads(answer.read() or "null")

    @contextmanager
    def look(
        self, role: str = "admin", *, dark: bool = False, width: int = 1400, expected: tuple[str, ...] = ()
    ) -> Iterator[Look]:
        """A browser window of somebody who has signed in; of nobody where the role is ''."""
        theme: Any = "dark" if dark else "light"
        context = self.browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
        try:
            if role:
                sign_in(context, self.base, self.tokens[role])
            yield Look(self.base, context.new_page(), expected=expected)
        finally:
            context.close()
