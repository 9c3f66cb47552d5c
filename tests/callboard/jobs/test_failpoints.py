import ast
import signal
import subprocess
import sys

import pytest

from callboard.jobs.failpoints import (
    ACTIONS,
    POINTS,
    Failpoint,
    InjectedFault,
    arm,
    armed,
    failpoint,
    parse_failpoints,
)
from callboard.jobs.settings import SettingsError, environment_for_child, load_settings
from tests.house.sources import modules, tree

PLACE = "outbox.pushed"


def named_in_code() -> set[str]:
    """The places that the code passes, by the text of its calls."""
    return {
        node.args[0].value
        for module in modules()
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "failpoint"
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def test_nothing_happens_at_a_place_that_is_not_set() -> None:
    failpoint(PLACE)
    with armed("outbox.written:error"):
        failpoint(PLACE)


def test_an_error_is_raised_at_each_passing_and_only_inside_the_block() -> None:
    with armed(f"{PLACE}:error"):
        for _ in range(2):
            with pytest.raises(InjectedFault, match=PLACE):
                failpoint(PLACE)
    failpoint(PLACE)


def test_a_number_means_that_passing_alone() -> None:
    with armed(f"{PLACE}:error:2"):
        failpoint(PLACE)
        with pytest.raises(InjectedFault):
            failpoint(PLACE)
        failpoint(PLACE)


def test_setting_the_same_failpoint_again_does_not_start_the_count_afresh() -> None:
    with armed(f"{PLACE}:error:2"):
        failpoint(PLACE)
        arm(parse_failpoints(f"{PLACE}:error:2"))
        with pytest.raises(InjectedFault):
            failpoint(PLACE)


def test_a_kill_ends_the_process_at_that_place() -> None:
    code = (
        "from callboard.jobs.settings import load_settings; load_settings()\n"
        "from callboard.jobs.failpoints import failpoint\n"
        f"failpoint('{PLACE}'); print('once', flush=True); failpoint('{PLACE}'); print('twice', flush=True)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=environment_for_child(FAILPOINT=f"{PLACE}:kill:2"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout) == (-signal.SIGKILL, "once\n"), run.stderr


def test_a_place_in_the_code_that_the_table_lacks_is_found_as_soon_as_any_is_set() -> None:
    with armed(f"{PLACE}:error"), pytest.raises(ValueError, match="unknown"):
        failpoint("outbox.pusht")


@pytest.mark.parametrize(
    "text",
    ["", PLACE, f"{PLACE}:stop", "outbox.pusht:kill", f"{PLACE}:kill:0x1", f"{PLACE}:kill:1:2", f"{PLACE}:kill,"],
)
def test_a_failpoint_that_is_misspelt_is_refused_at_start(text: str) -> None:
    with pytest.raises(ValueError, match="expected one of"):
        parse_failpoints(text)
    if text:
        with pytest.raises(SettingsError, match="FAILPOINT: expected"):
            load_settings({"FAILPOINT": text})


def test_several_failpoints_are_separated_by_commas_and_read_back_as_written() -> None:
    points = parse_failpoints(f"{PLACE}:kill, outbox.written:error:3")
    assert points == (Failpoint(PLACE, "kill"), Failpoint("outbox.written", "error", 3))
    assert parse_failpoints(",".join(map(str, points))) == points


def test_production_refuses_to_start_with_a_failpoint() -> None:
    with pytest.raises(SettingsError, match="FAILPOINT: expected none because CALLBOARD_ENV is production"):
        load_settings({"FAILPOINT": f"{PLACE}:{ACTIONS[0]}", "CALLBOARD_ENV": "production"})


def test_the_table_lists_exactly_the_places_in_the_code() -> None:
    assert named_in_code() == set(POINTS)
