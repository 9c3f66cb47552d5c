"""schedules: what is due when, set and steered from the command line."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from callboard.jobs.settings import environment_for_child
from cli import server
from tests.cli.conftest import Board, Command
from tests.waiting import wait_until

MAIL = ("email_send", 'to=["ada@example.org"]', "template=welcome")


@pytest.fixture
def schedules(board: Board, callboard: Command) -> Command:
    """The command with tables to keep schedules in."""
    assert callboard("migrate").code == 0
    return callboard


def set_nightly(command: Command, *more: str) -> None:
    answer = command("schedules", "set", "nightly", *MAIL, "--cron", "30 2 * * *", "--tz", "Europe/Berlin", *more)
    assert answer.code == 0, answer.err


def test_a_schedule_is_set_listed_and_shown(schedules: Command) -> None:
    set_nightly(schedules, "--priority", "high", "--overlap", "skip")
    (row,) = schedules("schedules", "--json").json()["schedules"]
    assert (row["name"], row["type"], row["zone"], row["state"]) == ("nightly", "email_send", "Europe/Berlin", "on")
    assert (row["when"], row["overlap"], row["options"]) == (
        "At 02:30 every day, Europe/Berlin",
        "skip",
        {"priority": 2},
    )
    assert row["kwargs"] == {"to": ["ada@example.org"], "template": "welcome"}
    assert len(schedules("schedules", "show", "nightly", "--json").json()["runs"]) == 5
    page = schedules("schedules", "show", "nightly", "--force-color=1").out
    assert "At 02:30 every day, Europe/Berlin" in page
    assert schedules("schedules", "ls").lines()[0][:2] == ["nightly", "on"]


def test_setting_it_again_changes_it(schedules: Command) -> None:
    set_nightly(schedules)
    answer = schedules("schedules", "set", "nightly", *MAIL, "--cron", "@hourly", "--json").json()
    assert (answer["result"], answer["cron"], answer["zone"]) == ("changed", "@hourly", "UTC")


# S5 of the fault matrix
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("bad", *MAIL, "--cron", "30 2 31 2 *"), 2, "day-of-month that cannot be: '31'"),
        (("bad", *MAIL, "--cron", "* * * * * *"), 2, "CALLBOARD_SCHEDULE_SECONDS"),
        (("bad", *MAIL, "--cron", "@daily", "--tz", "Europe/Berln"), 2, "did you mean Europe/Berlin"),
        (("bad", *MAIL), 2, "expected either cron or run_at, got neither"),
        (("bad", "email_snd", "--cron", "@daily"), 3, "did you mean email_send"),
        (("bad", "email_send", "template=nothing", "--cron", "@daily"), 2, "to: Missing data"),
        (("bad/name", *MAIL, "--cron", "@daily"), 2, "at most 100 letters"),
    ],
)
def test_a_bad_schedule_is_refused_with_its_field(
    schedules: Command, words: tuple[str, ...], code: int, said: str
) -> None:
    answer = schedules("schedules", "set", *words)
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err
    assert schedules("schedules", "--json").json() == {"schedules": []}


def test_seconds_are_taken_where_the_settings_allow_them(schedules: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLBOARD_SCHEDULE_SECONDS", "true")
    server.settings.cache_clear()
    assert schedules("schedules", "set", "fast", *MAIL, "--cron", "*/5 * * * * *").code == 0


def test_a_schedule_is_paused_and_resumed_and_it_is_known_by_whom(board: Board, schedules: Command) -> None:
    set_nightly(schedules)
    paused = schedules("schedules", "pause", "nightly", "--note", "the disk is full", "--json").json()
    assert (paused["state"], paused["pause_note"], paused["next_at"]) == ("paused", "the disk is full", None)
    assert paused["paused_by"]
    assert schedules("schedules", "resume", "nightly", "--json").json()["state"] == "on"
    told = [row for row in schedules("events", "--json").json()["events"] if row["event"] == "schedule:paused"]
    assert [(row["job"], json.loads(row["data"])["paused"]) for row in told] == [("nightly", True), ("nightly", False)]


def test_a_schedule_is_run_by_hand(board: Board, schedules: Command) -> None:
    set_nightly(schedules)
    id = schedules("schedules", "run", "nightly").out.strip()
    job = board.store.get(id)
    assert (job.type, job.meta["schedule"]) == ("email_send", "nightly")
    (firing,) = schedules("schedules", "show", "nightly", "--json").json()["firings"]
    assert (firing["state"], firing["job"]) == ("fired", id)
    assert firing["asked_by"]


def test_the_next_time_is_left_out(schedules: Command) -> None:
    set_nightly(schedules)
    before = schedules("schedules", "--json").json()["schedules"][0]["next_at"]
    after = schedules("schedules", "skip", "nightly", "--json").json()
    assert after["skipped_at"] == before
    assert after["next_at"] > before


def test_a_range_is_filled(board: Board, schedules: Command) -> None:
    set_nightly(schedules)
    span = ("--from", "2026-01-01T12:00Z", "--to", "2026-01-04T12:00Z")
    listed = schedules("schedules", "backfill", "nightly", *span, "--dry-run", "--json").json()["times"]
    assert [row["planned_at"] for row in listed] == [f"2026-01-0{day}T01:30:00Z" for day in (2, 3, 4)]
    assert board.store.counts("email-notifications")["waiting"] == 0
    assert schedules("schedules", "backfill", "nightly", *span).code == 2, "it asks before harm"
    assert schedules("schedules", "backfill", "nightly", *span, "--yes").code == 0
    assert board.store.counts("email-notifications")["waiting"] == 3


# S2.2
def test_a_preview_is_in_words_with_both_clocks_and_marks_a_jump(callboard: Command) -> None:
    words = ("schedules", "preview", "30 2 * * *", "--tz", "Europe/Berlin", "--after", "2026-03-27T12:00Z")
    answer = callboard(*words, "--json").json()
    assert answer["words"] == "At 02:30 every day, Europe/Berlin"
    assert [run["at"] for run in answer["runs"]][:3] == [
        "2026-03-28T02:30:00+01:00",
        "2026-03-29T03:00:00+02:00",
        "2026-03-30T02:30:00+02:00",
    ]
    assert len(answer["runs"]) == 5
    assert "moved, no such time" in answer["runs"][1]["note"]
    page = callboard(*words)
    assert "At 02:30 every day" in page.err
    assert "moved, no such time" in page.out


@pytest.mark.parametrize("words", [("61 * * * *",), ("@daily", "--tz", "Mars/Base")])
def test_what_cannot_be_previewed_is_a_usage_error(callboard: Command, words: tuple[str, ...]) -> None:
    assert callboard("schedules", "preview", *words).code == 2


# S2.17, S2.36
def test_the_schedules_of_the_platform_are_made_listed_and_cleared(schedules: Command) -> None:
    made = schedules("schedules", "init", "--json").json()["schedules"]
    names = {"daily_report", "weekly_digest", "monthly_analytics", "system_health_check"}
    assert {row["name"] for row in made} == names
    assert {row["result"] for row in made} == {"created"}
    listed = {row["name"]: row for row in schedules("schedules", "--json").json()["schedules"]}
    assert set(listed) == names
    assert listed["system_health_check"]["when"] == "At the start of every hour, UTC"
    assert {row["result"] for row in schedules("schedules", "init", "--json").json()["schedules"]} == {"unchanged"}
    assert schedules("schedules", "clear").code == 2, "it asks before harm"
    assert schedules("schedules", "clear", "--yes", "--json").json() == {"removed": 4}
    assert schedules("schedules", "--json").json() == {"schedules": []}


def test_a_schedule_is_removed(schedules: Command) -> None:
    set_nightly(schedules)
    assert schedules("schedules", "rm", "nightly", "--yes").code == 0
    assert schedules("schedules", "rm", "nightly", "--yes").code == 3


@pytest.mark.parametrize("words", [("show",), ("run",), ("pause",), ("resume",), ("skip",)])
def test_an_unknown_schedule_is_not_found(schedules: Command, words: tuple[str, ...]) -> None:
    answer = schedules("schedules", *words, "nobody")
    assert answer.code == 3
    assert '"nobody" is unknown' in answer.err


def test_without_tables_it_says_what_to_run(callboard: Command) -> None:
    answer = callboard("schedules")
    assert answer.code == 4
    assert "callboard migrate" in answer.err


def test_what_was_done_by_hand_is_written_down(schedules: Command) -> None:
    from callboard.history.audit import audit_lines

    set_nightly(schedules)
    schedules("schedules", "pause", "nightly")
    lines = audit_lines(server.database())
    assert [(line.verb, line.subject) for line in lines] == [("pause schedule", "nightly"), ("set schedule", "nightly")]


def test_the_scheduler_takes_the_place_of_the_command_and_leaves_when_told(schedules: Command, tmp_path: Path) -> None:
    log = tmp_path / "scheduler.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "scheduler"], stdout=output, stderr=output, env=environment_for_child()
        )
    try:
        wait_until(lambda: "looks after the schedules" in log.read_text(), seconds=20)
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(5) == 0
    finally:
        process.kill()
        process.wait()
    assert len(schedules("schedules", "--json").json()["schedules"]) == 4
