"""The files of a deploy name commands, variables, ports and probes that there are, and agree with each other."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from callboard.broker.probes import PATHS
from callboard.jobs.exposure import exposures
from callboard.jobs.settings import Settings, load_settings, table
from callboard.jobs.variables import duration
from callboard.worker.supervisor import LAST_WORDS
from cli.alive import PORTS
from cli.commands.live import live_command
from cli.main import COMMANDS
from tests.house.sources import PACKAGES, ROOT

DEPLOY = ROOT / "deploy"
KUBERNETES = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
FILES = [ROOT / "Procfile", ROOT / "Dockerfile", ROOT / "compose.yaml", *KUBERNETES, *UNITS]
WORDS = {name for group in COMMANDS.values() for name in group}
VARIABLES = {name for row in table().values() for name in (row.name, *row.also)}
# Variables of others: of Python and pip, of the image of PostgreSQL, of the Procfile's own shell lines.
FOREIGN = {"PATH", "PYTHONUNBUFFERED", "POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD", "LIVE_PORT"}
PIP = ("PIP_",)
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
PROCESSES = {"web", "live", "worker", "scheduler", "recorder"}
GRACE = Settings().shutdown_timeout.total_seconds() + LAST_WORDS


def resources(kind: str) -> dict[str, dict[str, Any]]:
    """The resources of a kind by name."""
    found = [resource for path in KUBERNETES for resource in yaml.safe_load_all(path.read_text())]
    return {one["metadata"]["name"].removeprefix("callboard-"): one for one in found if one["kind"] == kind}


def pods() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Each deployment: its name, its pod, its container."""
    for name, deployment in resources("Deployment").items():
        pod = deployment["spec"]["template"]["spec"]
        yield name, pod, pod["containers"][0]


def dockerfile(instruction: str) -> list[str]:
    """What follows an instruction, its continued lines joined."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    return re.findall(rf"^{instruction} +(.*)$", text, re.MULTILINE)


def image_environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for line in dockerfile("ENV") for pair in line.split())


# S1.43
def test_the_image_runs_a_worker_as_nobody_in_particular_with_locked_packages() -> None:
    assert dockerfile("CMD")[-1] == '["callboard", "worker"]'
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", dockerfile("USER")[-1])
    installs = [line for line in dockerfile("RUN") if " install " in line and "pip" in line]
    assert "--require-hashes" in installs[0]
    assert "--no-deps" in installs[1]
    assert "psycopg" in (ROOT / "requirements-image.txt").read_text()


def test_the_image_gets_every_package_and_nothing_that_is_ignored() -> None:
    kept = {line[1:].strip("/") for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert set(PACKAGES) <= kept
    copied = [line.split()[0] for line in dockerfile("COPY") if "--from" not in line]
    assert [path for path in copied if path != "." and path not in kept and str(Path(path).parent) not in kept] == []
    assert all((ROOT / path).exists() for path in kept)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_command_is_one_that_there_is(path: Path) -> None:
    text = re.sub(r"#.*|^Description=.*", "", path.read_text(), flags=re.MULTILINE)
    named = re.findall(r'(?:"callboard", "|(?:bin/|: |&& |"|=)callboard )([a-z][\w-]*)', text)
    assert named or path.name in {"settings.yaml", "ingress.yaml", "kustomization.yaml"}
    assert [word for word in named if word not in WORDS] == []


@pytest.mark.parametrize("path", [*FILES, DEPLOY / "systemd" / "environment.example"], ids=lambda path: path.name)
def test_every_variable_is_in_the_table_of_settings(path: Path) -> None:
    text = re.sub(r"^\s*#.*", "", path.read_text(), flags=re.MULTILINE)
    named = set(re.findall(r"\b([A-Z][A-Z]+(?:_[A-Z]+)+|PORT)\b(?=[=:\"}?-])", text))
    assert {name for name in named if not name.startswith(PIP)} - VARIABLES - FOREIGN == set()


def test_ports_agree_with_those_that_the_processes_listen_on() -> None:
    ports = {
        "web": Settings().port,
        "live": next(option.default for option in live_command.params if option.name == "port"),
        **dict.fromkeys(("worker", "scheduler", "recorder"), int(image_environment()["CALLBOARD_HEALTH_PORT"])),
    }
    assert {str(port) for port in ports.values()} == set(dockerfile("EXPOSE")[0].split())
    assert {name: container["ports"][0]["containerPort"] for name, _, container in pods()} == ports
    for name in ("web", "live"):
        assert COMPOSE["services"][name]["ports"] == [f"127.0.0.1:{ports[name]}:{ports[name]}"]
    assert set(PORTS) == set(ports.values())
    assert "cli.alive" in dockerfile("HEALTHCHECK")[0]


def test_every_pod_is_probed_at_routes_that_are_served() -> None:
    assert {name for name, _, _ in pods()} == PROCESSES
    for name, _, container in pods():
        probes = {kind: container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")}
        assert {get["path"] for get in probes.values()} == {"/startupz", "/livez", "/readyz"} <= set(PATHS)
        assert all(get["port"] == container["ports"][0]["name"] for get in probes.values())
        assert all(get["httpHeaders"] == [{"name": "Host", "value": "localhost"}] for get in probes.values()), name


def test_a_stopping_worker_has_the_time_to_hand_its_jobs_back() -> None:
    worker = next(pod for name, pod, _ in pods() if name == "worker")
    assert worker["terminationGracePeriodSeconds"] > GRACE
    assert (
        duration("s", Settings().lease * 0, Settings().lease * 10)
        .parse(COMPOSE["services"]["worker"]["stop_grace_period"])
        .total_seconds()
        > GRACE
    )
    unit = (DEPLOY / "systemd" / "callboard-worker@.service").read_text()
    assert int(re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)[0]) > GRACE


SECRETS = {
    "POSTGRES_PASSWORD": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "CALLBOARD_SECRET": "9b2f7c41d08e6a53f1b4c7d2e9a0856f",
    "REDIS_URL": "redis://:0f1e2d3c4b5a@valkey:6379/0",
    "DATABASE_URL": "postgresql://callboard:0f1e2d3c@postgres/callboard",
}


def with_secrets(value: str) -> str:
    """A value of the compose file, with the variables of its .env in place."""
    return re.sub(r"\$\{(\w+)(?::\?[^}]*|:-([^}]*))?\}", lambda found: SECRETS.get(found[1]) or found[2] or "", value)


def environments() -> dict[str, dict[str, str]]:
    """What a process of each deployment is given."""
    image = image_environment()
    example = (DEPLOY / "systemd" / "environment.example").read_text()
    lines = dict(re.findall(r"^(\w+)=(.*)$", example, re.MULTILINE))
    compose = {name: with_secrets(value) for name, value in COMPOSE["services"]["web"]["environment"].items()}
    return {
        "compose": image | compose,
        "kubernetes": image | resources("ConfigMap")["callboard"]["data"] | SECRETS,
        "systemd": lines | {"CALLBOARD_ENV": "production"},
    }


@pytest.mark.parametrize("deployment", ["compose", "kubernetes", "systemd"])
def test_the_settings_of_each_deployment_are_taken_and_open_nothing_to_strangers(deployment: str) -> None:
    given = load_settings(environments()[deployment])
    assert list(exposures(given)) == []
    assert given.environment == "production"
    assert not given.embedded
    assert given.database_url


def test_of_each_process_one_stays_when_a_node_is_emptied() -> None:
    budgets = resources("PodDisruptionBudget")
    for name, deployment in resources("Deployment").items():
        assert deployment["spec"]["replicas"] > budgets[name]["spec"]["minAvailable"] == 1
        assert budgets[name]["spec"]["selector"]["matchLabels"] == deployment["spec"]["selector"]["matchLabels"]


def test_no_container_runs_as_root_or_writes_beside_its_folders() -> None:
    for _, pod, container in pods():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        folders = {mount["mountPath"] for mount in container["volumeMounts"]}
        assert folders == {image_environment()["CALLBOARD_HOME"], "/tmp"}
    assert all(COMPOSE["services"][name]["read_only"] for name in PROCESSES)


def test_compose_starts_all_processes_after_the_release_and_keeps_what_is_in_the_store() -> None:
    services = COMPOSE["services"]
    assert set(services) == {*PROCESSES, "release", "valkey", "postgres"}
    for name in PROCESSES:
        assert services[name]["depends_on"] == {"release": {"condition": "service_completed_successfully"}}
        assert services[name]["command"][:2] == ["callboard", name]
    words = " ".join(services["valkey"]["command"])
    assert "--appendonly yes" in words
    assert "--maxmemory-policy noeviction" in words


def test_the_procfile_has_a_line_for_each_process_and_releases_first() -> None:
    lines = dict(re.findall(r"^([a-z]+): (.*)$", (ROOT / "Procfile").read_text(), re.MULTILINE))
    assert set(lines) == {*PROCESSES, "release"}
    assert lines["release"] == "callboard migrate && callboard schedules init"
    assert lines["release"] in " ".join(COMPOSE["services"]["release"]["command"])
    assert lines["release"] in " ".join(
        resources("Job")["release"]["spec"]["template"]["spec"]["containers"][0]["command"]
    )


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    for unit in [*UNITS, *(DEPLOY / "systemd").glob("*.target")]:
        text = unit.read_text().replace("/opt/callboard/bin/callboard", "/bin/true")
        (tmp_path / unit.name).write_text(text)
    checked = subprocess.run(["systemd-analyze", "verify", *tmp_path.iterdir()], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_page_about_it_names_commands_variables_and_files_that_there_are() -> None:
    text = (ROOT / "docs" / "deploy.md").read_text()
    commands = set(re.findall(r"(?:`|&& |worker )callboard ([a-z-]+)", text)) - {"worker"}
    assert commands <= WORDS
    named = set(re.findall(r"`([A-Z][A-Z]+(?:_[A-Z]+)+|PORT)\b", text)) - {"PYTHONPATH"}
    assert named <= VARIABLES
    assert set(re.findall(r"deploy/[\w/.-]+\.(?:yaml|service)", text)) <= {
        str(path.relative_to(ROOT)) for path in FILES
    }
