import subprocess
import sys
from pathlib import Path

from tests.house.sources import PACKAGES, PROJECT, ROOT


def test_imports_follow_the_arrows_of_the_architecture() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    checked = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_package_of_the_wheel_is_under_the_import_rules() -> None:
    rules = PROJECT["tool"]["importlinter"]
    assert set(rules["root_packages"]) == set(PACKAGES)
    only = [contract for contract in rules["contracts"] if contract["name"].startswith("only ")]
    for contract in only:
        allowed = {"web"} if "web" in contract["name"] else {"scheduler"} if "scheduler" in contract["name"] else set()
        assert set(contract["source_modules"]) == set(PACKAGES) - allowed, contract["name"]
