import re
from datetime import timedelta
from pathlib import Path

import pytest

from callboard.jobs.settings import SettingsError, environment_for_child, load_settings, shown, table
from callboard.jobs.settings_page import settings_page

ROOT = Path(__file__).parents[3]
DOCUMENTED = {  # every variable printed in the documents of the five systems that Callboard replaces
    "REDIS_URL", "REDIS_HOST", "REDIS_PORT", "REDIS_PASSWORD", "REDIS_DB", "REDIS_ENABLED", "WORKER_CONCURRENCY",
    "MAX_JOB_ATTEMPTS", "RETRY_BASE_DELAY", "RETRY_MAX_DELAY", "INIT_SCHEDULED_JOBS", "SMTP_HOST", "SMTP_PORT",
    "SMTP_SECURE", "SMTP_USER", "SMTP_PASS", "FROM_EMAIL", "NODE_ENV", "DEBUG",
}  # fmt: skip


def problems(**environ: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ)
    return caught.value.problems


# S3.8
def test_an_empty_environment_gives_the_documented_defaults() -> None:
    settings = load_settings({})
    assert (settings.worker_concurrency, settings.max_job_attempts) == (5, 3)
    assert (settings.retry_base_delay, settings.retry_max_delay) == (timedelta(seconds=2), timedelta(seconds=30))
    assert (settings.smtp_port, settings.smtp_secure, settings.init_scheduled_jobs) == (587, False, True)
    assert (settings.lease, settings.lease_renewal) == (timedelta(seconds=30), timedelta(seconds=10))
    assert settings.home == Path(".callboard")
    assert settings.sql_url == "sqlite:///.callboard/callboard.db"


# S1.34 S1.35 S5.2
def test_every_variable_of_the_replaced_systems_is_in_the_table() -> None:
    known = {name for row in table().values() for name in (row.name, *row.also)}
    assert known >= DOCUMENTED


def test_no_variable_is_declared_twice() -> None:
    names = [name for row in table().values() for name in (row.name, *row.also)]
    assert len(names) == len(set(names))


# S1.22 S1.33 S2.10
@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({}, None),
        ({"REDIS_PASSWORD": "", "REDIS_ENABLED": "true"}, None),
        ({"REDIS_URL": "redis://cache:7000/1", "REDIS_HOST": "other"}, "redis://cache:7000/1"),
        ({"REDIS_HOST": "cache"}, "redis://cache:6379/0"),
        ({"REDIS_DB": "1"}, "redis://localhost:6379/1"),
        ({"REDIS_PORT": "7000", "REDIS_PASSWORD": "p@s/s"}, "redis://:p%40s%2Fs@localhost:7000/0"),
        ({"REDIS_HOST": "::1", "REDIS_USERNAME": "app", "REDIS_PASSWORD": "x"}, "redis://app:x@[::1]:6379/0"),
        ({"REDIS_URL": "redis://cache:7000/1", "REDIS_ENABLED": "false"}, None),
        ({"REDIS_SENTINEL": "a:1,b:2"}, None),
        ({"REDIS_SENTINEL": "a:1,b:2", "REDIS_URL": "redis://cache"}, "redis://cache"),
    ],
)
def test_redis_url_wins_then_single_variables_then_our_own_server(environ: dict[str, str], address: str | None) -> None:
    assert load_settings(environ).redis_address == address


# S5.1
@pytest.mark.parametrize(
    ("environ", "embedded"),
    [
        ({}, True),
        ({"REDIS_ENABLED": "false", "REDIS_SENTINEL": "a:1"}, True),
        ({"REDIS_HOST": "cache"}, False),
        ({"REDIS_SENTINEL": "a:1"}, False),
    ],
)
def test_our_own_server_runs_only_without_another(environ: dict[str, str], embedded: bool) -> None:
    assert load_settings(environ).embedded is embedded


# S1.45
def test_sentinels_are_pairs_of_host_and_port() -> None:
    assert load_settings({"REDIS_SENTINEL": "one:26380, two"}).redis_sentinel == (("one", 26380), ("two", 26379))


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p@db/x", "postgresql+psycopg://u:p@db/x"),
        ("postgresql://db/x", "postgresql+psycopg://db/x"),
        ("postgresql+psycopg://db/x", "postgresql+psycopg://db/x"),
        ("sqlite:////data/jobs.db", "sqlite:////data/jobs.db"),
    ],
)
def test_postgresql_urls_in_any_spelling_get_the_driver_we_ship(given: str, used: str) -> None:
    assert load_settings({"DATABASE_URL": given}).sql_url == used


# S1.36
@pytest.mark.parametrize(
    ("raw", "length"),
    [("1500", 1500), ("1500ms", 1500), ("2s", 2_000), ("0.5 m", 30_000), ("1h", 3_600_000), ("0", 0)],
)
def test_a_retry_delay_counts_milliseconds_unless_it_names_a_unit(raw: str, length: int) -> None:
    environ = {"RETRY_BASE_DELAY": raw, "RETRY_MAX_DELAY": "1d"}
    assert load_settings(environ).retry_base_delay == timedelta(milliseconds=length)


def test_a_shutdown_timeout_counts_seconds() -> None:
    assert load_settings({"SHUTDOWN_TIMEOUT": "3"}).shutdown_timeout == timedelta(seconds=3)


def test_all_problems_are_reported_at_once_each_with_name_expectation_and_value() -> None:
    found = problems(WORKER_CONCURRENCY="lots", REDIS_PORT="70000", REDIS_ENABLED="maybe", CALLBOARD_EMBEDDINGS="gpt")
    assert found == [
        "REDIS_PORT: expected a whole number from 1 to 65535, got '70000'",
        "REDIS_ENABLED: expected true or false, got 'maybe'",
        "WORKER_CONCURRENCY: expected a whole number from 1 to 1000, got 'lots'",
        "CALLBOARD_EMBEDDINGS: expected one of auto, hashed, minilm, got 'gpt'",
    ]


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("WORKER_CONCURRENCY", "1_0"),
        ("WORKER_CONCURRENCY", "٣"),
        ("WORKER_CONCURRENCY", "0"),
        ("WORKER_CONCURRENCY", "5.0"),
        ("RETRY_BASE_DELAY", "nan"),
        ("RETRY_BASE_DELAY", "-1"),
        ("CALLBOARD_LEASE", "100ms"),
        ("CALLBOARD_LEASE", "5 weeks"),
        ("REDIS_URL", "http://cache:6379"),
        ("REDIS_URL", "redis://cache:none"),
        ("REDIS_URL", "redis://"),
        ("REDIS_SENTINEL", "one,,two"),
        ("DATABASE_URL", "mysql://db/x"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused(name: str, raw: str) -> None:
    found = problems(**{name: raw})
    assert len(found) == 1
    assert found[0].startswith(f"{name}: expected ")


def test_contradictions_between_variables_are_problems_too() -> None:
    found = problems(RETRY_BASE_DELAY="5s", RETRY_MAX_DELAY="1s", SMTP_USER="me", CALLBOARD_AI_PROVIDERS="local,hal")
    assert found == [
        "RETRY_MAX_DELAY: expected at least RETRY_BASE_DELAY, which is 5s, got 1s",
        "SMTP_PASS: expected a value because SMTP_USER is set, got none",
        "CALLBOARD_AI_PROVIDERS: expected names out of local, openai, anthropic, got 'hal'",
    ]


# S1.47
@pytest.mark.parametrize(
    ("debug", "level"),
    [("bull*", "debug"), ("*", "debug"), ("express:*, callboard", "debug"), ("express:*", "error"), ("", "error")],
)
def test_debug_asks_for_debug_logs_only_when_it_means_us(debug: str, level: str) -> None:
    assert load_settings({"DEBUG": debug, "LOG_LEVEL": "error"}).log_level == level


def test_no_secret_is_ever_printed() -> None:
    secrets = {row.name: "tell-nobody, whoever asks for it!" for row in table().values() if row.secret}
    urls = {"REDIS_URL": "redis://me:tell-nobody@cache", "DATABASE_URL": "postgresql://db/x?password=tell-nobody"}
    settings = load_settings({**secrets, **urls, "SMTP_USER": "me"})
    printed = [repr(settings), str(settings), *(value for _, value, _ in shown(settings))]
    assert not [line for line in printed if "tell-nobody" in line]
    assert "redis://********@cache" in repr(settings)


@pytest.mark.parametrize(
    "url", ["redis//me:tell-nobody@cache", "http://me:tell-nobody@cache", "redis://tell-nobody@:x"]
)
def test_a_password_is_not_printed_when_its_url_is_refused(url: str) -> None:
    assert "tell-nobody" not in str(problems(REDIS_URL=url))


def test_shown_marks_what_differs_from_the_default() -> None:
    changed = {row.name: value for row, value, differs in shown(load_settings({"PORT": "9000"})) if differs}
    assert changed == {"PORT": "9000"}


def test_every_default_reads_back_as_itself() -> None:
    defaults = load_settings({})
    spelled = {row.name: row.default for row in table().values()}
    assert load_settings(spelled) == defaults


# S1.37
def test_an_env_file_gives_defaults_and_the_process_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("PORT=9001  # comment\nWORKER_CONCURRENCY=7\nSMTP_PASS='a$b'\nSMTP_USER=me\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORKER_CONCURRENCY", "8")
    settings = load_settings()
    assert (settings.port, settings.worker_concurrency, settings.smtp_pass) == (9001, 8, "a$b")


def test_a_child_gets_our_environment_with_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKER_CONCURRENCY", "8")
    monkeypatch.setenv("PORT", "1")
    child = environment_for_child(PORT="2")
    assert (child["WORKER_CONCURRENCY"], child["PORT"]) == ("8", "2")


def test_the_settings_page_in_docs_is_the_one_made_from_the_table() -> None:
    written = (ROOT / "docs" / "settings.md").read_text()
    assert written == settings_page(), "docs/settings.md is behind the table; run `make docs`"
    assert set(re.findall(r"^\| `(\w+)`", written, re.MULTILINE)) == {row.name for row in table().values()}


def test_administrators_and_allowed_targets_are_lists() -> None:
    settings = load_settings(
        {
            "NOTIFY_ADMINS": "ann@lab.example, ben@lab.example",
            "CALLBOARD_OUTBOUND_ALLOW": "10.1.0.0/16, fd00::/8,Hooks.Lab.example,192.168.1.5",
        }
    )
    assert settings.notify_admins == ("ann@lab.example", "ben@lab.example")
    assert settings.outbound_allow == ("10.1.0.0/16", "fd00::/8", "hooks.lab.example", "192.168.1.5")


@pytest.mark.parametrize("value", ["10.1.0.0/40", "10.1.2.3/8", "http://lab.example", "*.lab.example", "fd00::/200"])
def test_what_is_no_network_or_host_is_no_target(value: str) -> None:
    (problem,) = problems(CALLBOARD_OUTBOUND_ALLOW=value)
    assert problem.startswith("CALLBOARD_OUTBOUND_ALLOW: expected networks such as 10.0.0.0/8 and host names")


@pytest.mark.parametrize("value", ["ann", "ann@lab.example ben@lab.example", "Ann <ann@lab.example>"])
def test_what_is_no_mail_address_is_no_administrator(value: str) -> None:
    (problem,) = problems(NOTIFY_ADMINS=value)
    assert problem == f"NOTIFY_ADMINS: expected mail addresses separated by commas, got {value!r}"
