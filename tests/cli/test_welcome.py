"""What `callboard up` says: an address whose token no server sees, and whatever is not as one would think."""

from __future__ import annotations

import webbrowser
from dataclasses import replace
from pathlib import Path

import pytest

from callboard.jobs.settings import Settings
from cli.api import Api
from cli.output import Out
from cli.signals import Told
from cli.welcome import Running, lines, open_when_ready

GIVEN = Settings(home=Path(".callboard"))
RUNNING = Running(GIVEN, 8300, "cbt_secret", 2)


def test_the_token_stands_behind_a_number_sign_which_no_browser_sends() -> None:
    assert "Dashboard  http://127.0.0.1:8300/#token=cbt_secret   (opens with --open)" in lines(RUNNING)
    given = Api(RUNNING.dashboard)
    assert (given.base, given.token) == ("http://127.0.0.1:8300", "cbt_secret")


def test_a_port_that_somebody_has_is_told_of_and_another_one_taken() -> None:
    (line,) = [line for line in lines(replace(RUNNING, port=41_234)) if line.startswith("Dashboard")]
    assert "http://127.0.0.1:41234/" in line
    assert line.endswith("(port 8300 is taken)")


@pytest.mark.parametrize(
    ("bind", "address"),
    [("0.0.0.0", "http://127.0.0.1:8300"), ("::1", "http://[::1]:8300"), ("10.0.0.7", "http://10.0.0.7:8300")],
)
def test_the_address_is_one_that_can_be_opened(bind: str, address: str) -> None:
    assert Running(Settings(bind=bind), 8300, "", 1).address == address


def test_another_home_says_how_other_terminals_find_it() -> None:
    assert not any("Elsewhere" in line for line in lines(RUNNING))
    other = replace(RUNNING, settings=Settings(home=Path("/srv/second")))
    assert "Elsewhere  export CALLBOARD_HOME=/srv/second" in lines(other)


def test_the_browser_is_opened_once_the_page_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([False, False, True])
    opened: list[str] = []
    monkeypatch.setattr("cli.welcome.answers", lambda _: next(answers))
    monkeypatch.setattr(Told, "wait", lambda self, seconds: False)
    monkeypatch.setattr(webbrowser, "open", lambda url: not opened.append(url))  # type: ignore[func-returns-value]
    open_when_ready(Out(), RUNNING, Told())
    assert opened == [RUNNING.dashboard]


def test_a_machine_without_a_browser_is_told_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("cli.welcome.answers", lambda _: True)
    monkeypatch.setattr(webbrowser, "open", lambda url: False)
    open_when_ready(Out(), RUNNING, Told())
    assert "no browser was found" in capsys.readouterr().err


def test_who_stops_it_before_the_page_answers_sees_no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("cli.welcome.answers", lambda _: False)
    monkeypatch.setattr(webbrowser, "open", opened.append)
    told = Told()
    told.event.set()
    open_when_ready(Out(), RUNNING, told)
    assert opened == []
