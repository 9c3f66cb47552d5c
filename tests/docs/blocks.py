"""The fenced blocks of a page of Markdown, and how those of them that can be run are run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r"(?:^<!-- (?P<mark>.*?) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# ([\w-]+\.py)\n")
UP = re.compile(r"^(?:\w+=\S+ )*callboard up\b[^#\n]*(?:#.*)?$", re.MULTILINE)
# Kept between the blocks of a page, as in the terminal of its reader.
KEEP = 'trap "export -p > .variables" EXIT; [ ! -e .variables ] || . ./.variables; set -euo pipefail\n'


@dataclass(frozen=True)
class Block:
    """One block: where it stands, what it is written in, and what a comment before it says of its test."""

    page: str
    line: int
    language: str
    text: str
    mark: str

    @property
    def file(self) -> str | None:
        """The name of the file that it is, if it is one."""
        named = FILE.match(self.text)
        return self.mark.removeprefix("file: ") if self.mark.startswith("file: ") else named and named[1]

    @property
    def elsewhere(self) -> bool:
        """Whether something else tests it, which its comment names."""
        return self.mark.startswith("elsewhere: ")


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of a page in order."""
    text = page.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        line = text.count("\n", 0, found.start("text"))
        yield Block(page.name, line, found["language"], found["text"], found["mark"] or "")


def write_files(page: Path, folder: Path) -> list[str]:
    """Write the blocks of a page that are files into a folder; their names."""
    named = [(block.file, block.text) for block in blocks(page) if block.file]
    for name, text in named:
        (folder / name).write_text(text, encoding="utf-8")
    return [name for name, _ in named]


def ups(block: Block) -> list[list[str]]:
    """The words after each `callboard up` of a block."""
    return [shlex.split(line, comments=True)[2:] for line in UP.findall(block.text)]


def run(block: Block, folder: Path, environ: dict[str, str], port: int) -> None:
    """Run a block of shell or Python where everything is up already. Fails with what it said."""
    text = UP.sub(":", block.text).replace(":8300", f":{port}")
    shell = text if block.language == "sh" else f"python - <<'END_OF_BLOCK'\n{text}END_OF_BLOCK\n"
    ran = subprocess.run(
        ["bash", "-c", KEEP + shell], cwd=folder, env=environ, capture_output=True, text=True, timeout=300
    )
    said = f"{block.page}:{block.line} ended with {ran.returncode}\n{block.text}\n{ran.stdout}\n{ran.stderr}"
    assert ran.returncode == 0, said
    assert "Traceback" not in ran.stderr, said


def path_with_ours(path: str) -> str:
    """The search path of a shell in which the environment of this test comes first."""
    return f"{Path(sys.executable).parent}:{path}"
