import re

import pytest

from tests.house.sources import PROJECT, ROOT

LOCKS = ["requirements.txt", "requirements-dev.txt", "requirements-image.txt"]


def pinned(lock: str) -> dict[str, str]:
    """The entry of each pinned package, its hashes included, by its normal name."""
    entries = re.split(r"^(?=[a-zA-Z0-9])", (ROOT / lock).read_text(), flags=re.MULTILINE)[1:]
    return {normal(re.split(r"[=\[ ]", entry)[0]): entry for entry in entries}


def normal(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", requirement).lower()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_to_one_version_with_hashes(lock: str) -> None:
    for name, entry in pinned(lock).items():
        assert re.match(r"[\w.-]+(\[[\w,-]+\])?==[\w.!+-]+( ; [^\n]+)? \\\n    --hash=sha256:[0-9a-f]{64}", entry), name


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_says_where_packages_come_from(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert re.findall(r"://|--[a-z-]*(?:url|links|host)\b", text) == []


def test_everything_the_project_asks_for_is_pinned() -> None:
    asked = {normal(re.split(r"[\[<>=~!; ]", line)[0]) for line in PROJECT["project"]["dependencies"]}
    assert asked <= set(pinned("requirements.txt")), "run `make lock`"
    extras = PROJECT["project"]["optional-dependencies"]
    wanted = {normal(re.split(r"[\[<>=~!; ]", line)[0]) for name in ("ai", "postgres", "dev") for line in extras[name]}
    assert wanted - {"callboard"} <= set(pinned("requirements-dev.txt")), "run `make lock`"


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-image.txt"])
def test_the_locks_agree_where_they_overlap(lock: str) -> None:
    runtime, tools = pinned(lock), pinned("requirements-dev.txt")
    differing = [name for name, entry in runtime.items() if version(tools[name]) != version(entry)]
    assert differing == []


def version(entry: str) -> str:
    return entry.split("==")[1].split(maxsplit=1)[0]
