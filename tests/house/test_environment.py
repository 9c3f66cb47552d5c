import ast

import pytest

from tests.house.sources import modules, modules_of_tests, tree

READERS = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}


def readers(module: str) -> list[int]:
    return [node.lineno for node in ast.walk(tree(module)) if isinstance(node, ast.stmt | ast.expr) and reads(node)]


def reads(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id="os"), attr=name):
            return name in READERS
        case ast.ImportFrom(module="os", names=names):
            return any(alias.name in READERS for alias in names)
    return False


@pytest.mark.parametrize("module", [name for name in modules() if name != "callboard/jobs/settings.py"])
def test_nothing_but_the_settings_reads_the_environment(module: str) -> None:
    assert readers(module) == []


def test_the_rule_sees_the_one_place_that_does() -> None:
    assert readers("callboard/jobs/settings.py")


@pytest.mark.parametrize("module", [name for name in modules_of_tests() if name != "tests/waiting.py"])
def test_no_test_sleeps(module: str) -> None:
    sleeps = [
        node.lineno
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute | ast.Name)
        and (node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id) == "sleep"
    ]
    assert sleeps == [], "use wait_until of tests/waiting.py"
