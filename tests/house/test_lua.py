import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from luaparser import ast
from luaparser.astnodes import Field, Function, Index, IndexNotation, Invoke, LocalFunction, Name, Node

from callboard.broker.scripts import helper, read_header
from tests.house.sources import ROOT

LUA = ROOT / "callboard" / "broker" / "lua"
VERBS = sorted(LUA.glob("*.lua"))
HELPERS = sorted((LUA / "lib").glob("*.lua"))
SECTIONS = ["Guarantees", "Flags", "KEYS", "ARGV", "Returns", "Emits", "Includes"]
OPTIONAL = {"Flags", "ARGV", "Includes"}
TOPICS = "(?:job|queue|flow|schedule|worker)"
OF_THE_SERVER = {
    *("KEYS", "ARGV", "redis", "cjson", "cmsgpack", "table", "string", "math", "prefix"),
    *("pairs", "ipairs", "next", "tonumber", "tostring", "type", "unpack", "select", "error", "pcall"),
}


def header_lines(path: Path) -> list[str]:
    lines = path.read_text().splitlines()
    return [line for line, code in zip(lines, leading_comments(lines), strict=True) if code]


def leading_comments(lines: list[str]) -> Iterator[bool]:
    leading = True
    for line in lines:
        leading = leading and line.startswith("--")
        yield leading


def with_helpers(names: tuple[str, ...]) -> set[str]:
    """The helpers named and those they include in turn."""
    found = set(names)
    for name in names:
        found |= with_helpers(helper(name)[1])
    return found


def used_and_declared(node: object) -> tuple[set[str], set[str]]:
    """Names a chunk mentions as variables, and names it declares anywhere."""
    return set(variables(node)), set().union(*(declared_by(child) for child in ast.walk(node)))


def variables(node: object) -> Iterator[str]:
    """Every name in the tree that stands for a variable and not for a field."""
    if isinstance(node, Name):
        yield node.id
    for part in parts(node):
        yield from variables(part)


def parts(node: object) -> list[object]:
    match node:
        case list():
            return node
        case Index(value=value, notation=IndexNotation.DOT) | Field(value=value, between_brackets=False):
            return [value]  # the other part is the name of a field
        case Invoke(source=source, args=arguments):
            return [source, *arguments]
        case Node():
            return list(vars(node).values())
    return []


def declared_by(node: object) -> set[str]:
    names = list(getattr(node, "targets", [])) if type(node).__name__ in ("LocalAssign", "Forin") else []
    if isinstance(node, LocalFunction | Function):
        names.append(node.name)
    names += getattr(node, "args", []) if isinstance(node, LocalFunction | Function) or is_lambda(node) else []
    names += [node.target] if type(node).__name__ == "Fornum" else []  # type: ignore[attr-defined]
    return {name.id for name in names if isinstance(name, Name)}


def is_lambda(node: object) -> bool:
    return type(node).__name__ == "AnonymousFunction"


@pytest.mark.parametrize("path", [*VERBS, *HELPERS], ids=lambda path: path.stem)
def test_a_script_parses(path: Path) -> None:
    assert ast.parse(path.read_text()).body.body


@pytest.mark.parametrize("path", VERBS, ids=lambda path: path.stem)
def test_a_verb_opens_with_a_sentence_and_its_contract_in_order(path: Path) -> None:
    first, *rest = [line[2:].strip() for line in header_lines(path)]
    assert re.match(r"[\w(–-].*\S", first)
    named = [line.partition(":")[0] for line in rest if line.partition(":")[0] in SECTIONS]
    assert named == [section for section in SECTIONS if section in named]
    assert set(SECTIONS) - OPTIONAL <= set(named)


@pytest.mark.parametrize("path", VERBS, ids=lambda path: path.stem)
def test_a_verb_emits_what_its_contract_says_and_nothing_else(path: Path) -> None:
    header = read_header(path.read_text())
    sources = [path.read_text(), *(helper(name)[0] for name in with_helpers(header.includes))]
    code = "\n".join(re.sub(r"--[^\n]*", "", source) for source in sources)
    promised = set(re.findall(rf"{TOPICS}:[a-z]+", header.fields["Emits"]))
    emitted = set(re.findall(rf"'({TOPICS}:[a-z]+)'", code))
    for topic in re.findall(rf"'({TOPICS}:)' \.\.", code):  # the rest of the name is a state known at run time
        emitted |= {event for event in promised if event.startswith(topic)} or {topic}
    assert emitted == promised


@pytest.mark.parametrize("path", [*VERBS, *HELPERS], ids=lambda path: path.stem)
def test_a_script_uses_every_helper_it_includes(path: Path) -> None:
    source = path.read_text()
    used, _ = used_and_declared(ast.parse(source))
    assert [name for name in read_header(source).includes if name not in used] == []


@pytest.mark.parametrize("path", [*VERBS, *HELPERS], ids=lambda path: path.stem)
def test_a_script_mentions_no_name_that_nobody_declares(path: Path) -> None:
    source = path.read_text()
    header = read_header(source)
    used, declared = used_and_declared(ast.parse(source))
    arguments = {argument.rstrip("*") for argument in header.arguments}
    unknown = used - declared - arguments - set(header.includes) - OF_THE_SERVER
    assert {name for name in unknown if not name.endswith("_key") and not name.isupper()} == set()


@pytest.mark.parametrize("path", VERBS, ids=lambda path: path.stem)
def test_a_verb_is_at_most_sixty_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 60


@pytest.mark.parametrize("path", HELPERS, ids=lambda path: path.stem)
def test_a_helper_is_one_local_function_of_at_most_25_lines_with_a_sentence_above(path: Path) -> None:
    source = path.read_text()
    assert len(source.splitlines()) <= 25
    assert header_lines(path)
    assert [type(statement).__name__ for statement in ast.parse(source).body.body] == ["LocalFunction"]
    assert re.findall(r"^local function (\w+)", source, re.MULTILINE) == [path.stem]
