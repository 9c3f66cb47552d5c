"""top: what the keys lead to, what fits on 80x24, and a terminal that is left as it was."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from callboard.jobs.settings import environment_for_child
from cli.top_view import HOME, JOB, LIST, LOG, Act, View, press
from tests.cli.conftest import Board, Command
from tests.cli.screen import Screen
from tests.jobs import make_call
from tests.waiting import wait_until

Top = Callable[..., Screen]
QUEUES = [{"name": "default"}, {"name": "mail"}]
JOBS = [{"id": "A", "queue": "mail"}, {"id": "B", "queue": "mail"}]


@pytest.fixture
def top(valkey_url: str, prefix: str, tmp_path: Path) -> Iterator[Top]:
    """Starts `callboard top` on a terminal of its own."""
    environ = environment_for_child(REDIS_URL=valkey_url, CALLBOARD_PREFIX=prefix, CALLBOARD_HOME=str(tmp_path))
    open_ones: list[Screen] = []

    def start(*words: str, program: tuple[str, ...] = ("-m", "cli"), columns: int = 80, lines: int = 24) -> Screen:
        screen = Screen(*program, "top", "--every", "0.2s", *words, environ=environ, columns=columns, lines=lines)
        open_ones.append(screen)
        return screen

    yield start
    for screen in open_ones:
        screen.close()


def test_keys_move_the_choice_within_the_rows() -> None:
    view = View()
    for key, cursor in (("k", 0), ("j", 1), ("j", 1), ("g", 0), ("G", 1), ("up", 0), ("down", 1)):
        view = press(view, key, QUEUES).view
        assert view.cursor == cursor, key


def test_enter_goes_deeper_and_escape_back() -> None:
    home = View(cursor=1)
    jobs = press(home, "enter", QUEUES).view
    assert (jobs.page, jobs.query) == (LIST, "queue:mail")
    job = press(jobs, "enter", JOBS).view
    log = press(job, "enter", [{"text": "a fact"}]).view
    assert [(view.page, view.id) for view in (job, log)] == [(JOB, "A"), (LOG, "A")]
    assert press(log, "back", []).view == job
    assert press(press(job, "back", []).view, "back", []).view == home
    assert press(log, "q", []).view.over


def test_a_search_is_typed_and_may_be_given_up() -> None:
    view = press(View(), "/", QUEUES).view
    for key in "state:faixq":
        view = press(view, key, QUEUES).view
    for key in ("erase", "erase", *"led"):
        view = press(view, key, QUEUES).view
    assert press(view, "back", QUEUES).view.page == HOME
    found = press(view, "enter", QUEUES).view
    assert (found.page, found.query, found.typed) == (LIST, "state:failed", None)


def test_a_cancel_is_asked_for_first_a_retry_and_a_pause_are_not() -> None:
    view = View(LIST, query="queue:mail", queue="mail", cursor=1)
    asked = press(view, "c", JOBS)
    assert asked.act is None
    assert press(asked.view, "y", JOBS).act == Act("cancel", "B")
    assert press(asked.view, "x", JOBS).act is None
    assert press(view, "r", JOBS).act == Act("retry", "B")
    assert press(view, "p", JOBS).act == press(View(cursor=1), "p", QUEUES).act == Act("pause", "mail")
    assert press(View(), "r", QUEUES).act is None


def test_a_walk_from_the_queues_to_a_job_and_back(board: Board, top: Top) -> None:
    for _ in range(40):
        board.client.enqueue(make_call(type="a_type_with_a_rather_long_name", kwargs={"paper": "x" * 200}))
    id = board.client.enqueue(make_call("mail", attempts=1))
    board.worker.fail(next(job for job in board.worker.fetch(free=50) if job.id == id))
    screen = top()
    screen.shows("default")
    assert "q quit" in screen.shows("q quit").splitlines()[-1]
    screen.press("p")
    screen.shows("default is paused")
    assert board.store.queue("default").paused
    screen.press("j\r")
    screen.shows("queue:mail")
    assert id in screen.shows("failed")
    screen.press("\r")
    screen.shows("Enqueued")
    screen.press("r")
    wait_until(lambda: board.store.get(id).state == "waiting", what="retried")
    screen.press("\x1b")
    screen.shows("l log")
    screen.press("cy")
    wait_until(lambda: board.store.get(id).state == "cancelled", what="cancelled")
    screen.press("h")
    screen.shows("enter jobs")
    screen.press("/type:a_type_with_a_rather_long_name\r")
    screen.shows("callboard   jobs   type:a_type")
    screen.shows("1/3")
    screen.press("jjjjq")
    assert (screen.end(), screen.as_before) == (0, True)


@pytest.mark.parametrize("how", ["ctrl-c", "sigterm", "an exception"])
def test_the_terminal_is_left_as_it_was(board: Board, top: Top, how: str) -> None:
    board.client.enqueue(make_call())
    if how == "an exception":
        broken = "import cli.top_look, cli.commands.top as t; t.drawn = None; from cli.main import main; main()"
        screen = top(program=("-c", broken))
        assert screen.end() == 1
    else:
        screen = top()
        screen.shows("default")
        if how == "ctrl-c":
            screen.press("\x03")
        else:
            screen.process.send_signal(signal.SIGTERM)
        assert screen.end() == 130
    assert screen.as_before


def test_a_small_terminal_is_drawn_within_its_bounds(board: Board, top: Top) -> None:
    board.client.enqueue(make_call())
    screen = top(columns=44, lines=9)
    screen.shows("defa")
    screen.press("\r")
    screen.shows("add")
    screen.press("q")
    assert screen.end() == 0


def test_without_a_terminal_it_says_what_to_use_instead(callboard: Command) -> None:
    answer = callboard("top")
    assert (answer.code, answer.out) == (2, "")
    assert "callboard watch" in answer.err
