"""The files that the house rules are about."""

import ast
import tomllib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = [
    name for name in PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] if (ROOT / name).is_dir()
]


def modules() -> list[str]:
    """Every module of the wheel, as a path from the root."""
    return sorted(name(path) for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def modules_of_tests() -> list[str]:
    """Every module of the tests, as a path from the root."""
    return sorted(name(path) for path in (ROOT / "tests").rglob("*.py"))


@cache
def tree(module: str) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse((ROOT / module).read_text())


def name(path: Path) -> str:
    """A path from the root, the same on every system."""
    return path.relative_to(ROOT).as_posix()
