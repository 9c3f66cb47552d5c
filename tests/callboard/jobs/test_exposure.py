"""Settings that would lay a board open to strangers, and those that do not."""

from typing import Final

import pytest

from callboard.jobs.exposure import exposures, is_local
from callboard.jobs.settings import SettingsError, load_settings

GOOD: Final = "7f3a9b1c5e8d2046f1a7c3e9b5d80264"
ABROAD: Final = {
    "CALLBOARD_BIND": "0.0.0.0",
    "CALLBOARD_SECRET": GOOD,
    "CALLBOARD_PUBLIC_URL": "https://jobs.lab.example",
}
# What somebody sets, and the variable of which it is said that it cannot be so.
INSECURE: Final[tuple[tuple[dict[str, str], str], ...]] = (
    (ABROAD | {"CALLBOARD_SECRET": ""}, "CALLBOARD_SECRET"),
    (ABROAD | {"CALLBOARD_SECRET": "short"}, "CALLBOARD_SECRET"),
    (ABROAD | {"CALLBOARD_SECRET": "secret"}, "CALLBOARD_SECRET"),
    (ABROAD | {"CALLBOARD_SECRET": "changeme" * 4}, "CALLBOARD_SECRET"),
    (ABROAD | {"CALLBOARD_SECRET": "change-me-please-this-is-a-secret-key-1234"}, "CALLBOARD_SECRET"),
    (ABROAD | {"CALLBOARD_SECRET": "0123456789abcdefghijklmnopqrstuvwxyz"}, "CALLBOARD_SECRET"),
    (ABROAD | {"CALLBOARD_SECRET": "a" * 64}, "CALLBOARD_SECRET"),
    ({"CALLBOARD_SECRET": "super-secret-default-password-for-callboard"}, "CALLBOARD_SECRET"),
    (ABROAD | {"CALLBOARD_BIND": "::", "CALLBOARD_SECRET": ""}, "CALLBOARD_SECRET"),
    (ABROAD | {"CALLBOARD_BIND": "10.1.2.3", "CALLBOARD_SECRET": ""}, "CALLBOARD_SECRET"),
    (ABROAD | {"CALLBOARD_BIND": "lab-server", "CALLBOARD_SECRET": ""}, "CALLBOARD_SECRET"),
    (ABROAD | {"CALLBOARD_PUBLIC_URL": ""}, "CALLBOARD_PUBLIC_URL"),
    (ABROAD | {"CALLBOARD_PUBLIC_URL": "http://jobs.lab.example"}, "CALLBOARD_PUBLIC_URL"),
    (ABROAD | {"CALLBOARD_OPEN_LOOPBACK": "true"}, "CALLBOARD_OPEN_LOOPBACK"),
    (ABROAD | {"FAILPOINT": "finish.before:error"}, "FAILPOINT"),
    ({"REDIS_URL": "redis://10.1.2.3:6379"}, "REDIS_PASSWORD"),
    ({"REDIS_URL": "rediss://user@redis.lab.example"}, "REDIS_PASSWORD"),
    ({"REDIS_HOST": "redis"}, "REDIS_PASSWORD"),
    ({"REDIS_SENTINEL": "127.0.0.1:26379,10.0.0.2:26379"}, "REDIS_PASSWORD"),
)
SOUND: Final[tuple[dict[str, str], ...]] = (
    {},
    ABROAD,
    ABROAD | {"CALLBOARD_PUBLIC_URL": "", "CALLBOARD_ALLOW_PLAIN_HTTP": "true"},
    {"CALLBOARD_BIND": "::1"},
    {"CALLBOARD_BIND": "localhost", "CALLBOARD_OPEN_LOOPBACK": "true"},
    {"REDIS_URL": "redis://127.0.0.1:6379"},
    {"REDIS_URL": "unix:///run/valkey.sock"},
    {"REDIS_URL": "redis://:pass@10.1.2.3:6379"},
    {"REDIS_HOST": "redis", "REDIS_PASSWORD": "pass"},
    {"REDIS_HOST": "redis", "CALLBOARD_ALLOW_OPEN_REDIS": "true"},
    {"REDIS_HOST": "redis", "REDIS_ENABLED": "false"},
    {"CALLBOARD_SECRET": "correct horse battery staple orange fuel cells"},
)


def told(environ: dict[str, str]) -> list[str]:
    """What is said of an environment."""
    try:
        return list(exposures(load_settings(environ)))
    except SettingsError as error:
        return error.problems


# X2
@pytest.mark.parametrize(("environ", "variable"), INSECURE)
def test_what_would_lay_a_board_open_is_told_in_one_line(environ: dict[str, str], variable: str) -> None:
    (problem,) = told(environ)
    assert problem.startswith(f"{variable}: expected ")
    assert ", got " in problem
    assert "\n" not in problem
    assert environ.get("CALLBOARD_SECRET") in ("", None, GOOD) or environ["CALLBOARD_SECRET"] not in problem


# X2
@pytest.mark.parametrize("environ", SOUND)
def test_what_is_sound_is_taken(environ: dict[str, str]) -> None:
    assert told(environ) == []


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.8.9.1", True), ("[::1]", True), ("LOCALHOST", True), ("0.0.0.0", False), ("::", False), ("lab", False)],
)
def test_this_machine_is_told_from_others(host: str, local: bool) -> None:
    assert is_local(host) == local
