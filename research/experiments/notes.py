"""What the notes beside a file of readings say: the units of its columns, and facts such as the electrode area.

Notes are lines of text (`Column 2: Cell voltage (V)`, `voltage: mV`), YAML or JSON (`name: E`, `unit: V`); whatever
else they say is passed over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from research.experiments.csv_rows import encoding_of
from research.experiments.errors import UnreadableTable
from research.experiments.headers import BRACKETS
from research.experiments.scales import read_scale

NOTES_BYTES: Final = 1_000_000
BY_PLACE: Final = re.compile(r"(?:column|col|field|spalte|attribute)\.?\s*#?(\d{1,3})\s*[:.)=-]\s*(.+)", re.I)
PAIR: Final = re.compile(r"(\s*)((?:-\s+)*)[\"']?([\w .,()/%°²-]{1,60}?)[\"']?\s*[:=]\s*[\"']?(.*?)[\"']?,?\s*\Z")
AMOUNT: Final = re.compile(r"([-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?)\s*([^\d\s][^,;()]{0,20})")
NAMES: Final = ("name", "column", "field", "header", "label")
UNITS: Final = ("unit", "units", "einheit")
VOLTAMMETRY: Final = "cyclic voltammetry"
TECHNIQUE: Final = re.compile(r"\bcyclic voltamm|\bmeasurementType[\"']?\s*:\s*[\"']?CV\b", re.I)
FACTS: Final = {
    "electrode_area": (re.compile(r"(?<!specific )\b\w*area\b|fläche", re.I), "m**2"),
    "scan_rate": (re.compile(r"\b(?:scan|sweep)[ _]?rate\b", re.I), "V/s"),
    "volume": (re.compile(r"\b(?:anolyte|anode|reactor|working|liquid|chamber)[ _]volume\b", re.I), "m**3"),
    "external_resistance": (re.compile(r"\b(?:external|load)[ _]?resist(?:ance|or)\b", re.I), "ohm"),
}


@dataclass(frozen=True)
class Notes:
    """Units by the name and by the place of a column, the text of a column by its place, and facts with their units."""

    named: dict[str, str] = field(default_factory=dict)
    placed: dict[int, str] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)

    def unit_of(self, position: int, names: Sequence[str]) -> str | None:
        """The unit of a column by its header or name, else by its place, counted from 1."""
        for name in names:
            if unit := self.named.get(name.strip().lower()):
                return unit
        return self.placed.get(position)


def read_notes(path: Path) -> Notes:
    """The notes in a file. Raises UnreadableTable for what is no text."""
    if path.stat().st_size > NOTES_BYTES:
        raise UnreadableTable(f"notes may have {NOTES_BYTES:,} bytes, these have {path.stat().st_size:,}")
    text = path.read_text(encoding=encoding_of(path), errors="replace") if path.stat().st_size else ""
    return notes_in(text)


def notes_in(text: str) -> Notes:
    """The notes in a text."""
    notes = Notes()
    for line in text.splitlines():
        if found := BY_PLACE.match(line.strip()):
            place(notes, int(found[1]), found[2].strip())
    if TECHNIQUE.search(text):
        notes.facts["technique"] = VOLTAMMETRY
    groups = json_objects(text) or list(blocks(text))
    # Name and unit side by side are surer than a key and a value, which may be `t: t`.
    for pairs in groups:
        take_column(notes, pairs)
    for pairs in groups:
        for key, value in pairs.items():
            if isinstance(value, str) and key not in (*NAMES, *UNITS):
                take_pair(notes, key, value)
    return notes


def place(notes: Notes, position: int, words: str) -> None:
    """Note what stands about the column at a place; its unit is the last in brackets that is one."""
    notes.texts.setdefault(position, BRACKETS.sub("", words).strip())
    for unit in reversed(BRACKETS.findall(words)):
        if read_scale(unit):
            notes.placed.setdefault(position, unit)
            return


def take_column(notes: Notes, pairs: dict[str, Any]) -> None:
    """Note the unit of a column, where a group of keys and values has the name of one and its unit."""
    name = next((pairs[key] for key in NAMES if isinstance(pairs.get(key), str)), None)
    unit = next((pairs[key] for key in UNITS if isinstance(pairs.get(key), str)), None)
    if name and unit and read_scale(unit):
        notes.named.setdefault(name.strip().lower(), unit)


def take_pair(notes: Notes, key: str, value: str) -> None:
    """Note a fact that is known by its key, or the unit of the column that the key names."""
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", key)
    for fact, (words, unit) in FACTS.items():
        found = AMOUNT.search(value) if words.search(plain) else None
        if found and (scale := read_scale(found[2])) and scale.unit == unit:
            notes.facts.setdefault(fact, f"{found[1].replace(',', '.')} {found[2].strip()}")
            return
    if read_scale(value) and len(key) <= 40:
        notes.named.setdefault(key.strip().lower(), value)


def json_objects(text: str) -> list[dict[str, Any]]:
    """The objects of a JSON text, at any depth, amounts as `value unit`; nothing where it is no JSON."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return list(objects(found, 0))


def objects(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    """The objects within a value."""
    if isinstance(value, dict) and depth < 50:
        yield {key: amount(inner) for key, inner in value.items()}
    if isinstance(value, dict | list) and depth < 50:
        for inner in value.values() if isinstance(value, dict) else value:
            yield from objects(inner, depth + 1)


def amount(value: Any) -> Any:
    """`{"value": 4.5, "unit": "cm2"}` as `4.5 cm2`, anything else as it is."""
    if isinstance(value, dict) and isinstance(value.get("value"), int | float) and isinstance(value.get("unit"), str):
        return f"{value['value']} {value['unit']}"
    return value


def blocks(text: str) -> Iterator[dict[str, Any]]:
    """The groups of `key: value` lines of the same depth, as in YAML; a key over `value` and `unit` is an amount.

    No YAML is parsed here, so that notes in prose, and YAML with a mistake in it, are read as far as they go.
    """
    open_blocks: list[tuple[int, dict[str, Any], str]] = []
    for line in text.splitlines():
        found = PAIR.match(line)
        if not found:
            continue
        depth = len(found[1]) + len(found[2])
        while open_blocks and (open_blocks[-1][0] > depth or (found[2] and open_blocks[-1][0] == depth)):
            yield closed(open_blocks)
        if not open_blocks or open_blocks[-1][0] < depth:
            over = open_blocks[-1][2] if open_blocks else ""
            open_blocks.append((depth, {}, over))
        level, pairs, _ = open_blocks[-1]
        pairs.setdefault(found[3].strip(), found[4].strip())
        open_blocks[-1] = (level, pairs, found[3].strip())
    while open_blocks:
        yield closed(open_blocks)


def closed(open_blocks: list[tuple[int, dict[str, Any], str]]) -> dict[str, Any]:
    """Take the last group off; where it is an amount, its key in the group above gets it as a value."""
    _, pairs, _ = open_blocks.pop()
    if "value" in pairs and "unit" in pairs and open_blocks:
        _, above, key = open_blocks[-1]
        above[key] = f"{pairs['value']} {pairs['unit']}"
    return pairs
