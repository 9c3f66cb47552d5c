"""XML of unknown origin, read as events: no document type, no entity, nothing kept that was not asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final
from xml.parsers import expat

from research.sheets.errors import Damaged, Forbidden

SEPARATOR: Final = " "
TOKEN_BYTES: Final = 4 << 20
DEEPEST: Final = 200


class XmlStream:
    """A parser that refuses a document type, and with it every entity, at its first character."""

    def __init__(self, part: str) -> None:
        self.part = part
        self.parser = expat.ParserCreate(namespace_separator=SEPARATOR)
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse
        self._fed = self._depth = 0

    def handle(
        self,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None],
        characters: Callable[[str], None] | None = None,
    ) -> None:
        """Say what is called where an element begins and ends, and for its text."""

        def begin(name: str, attributes: dict[str, str]) -> None:
            self._depth += 1
            if self._depth > DEEPEST:  # The parser remembers each open element, at a hundred bytes and more.
                raise Forbidden(f"part {self.part} of the workbook is nested more than {DEEPEST} deep")
            start(name, attributes)

        def close(name: str) -> None:
            self._depth -= 1
            end(name)

        self.parser.StartElementHandler, self.parser.EndElementHandler = begin, close
        self.parser.CharacterDataHandler = characters

    def feed(self, block: bytes) -> None:
        """Parse a block. Raises Damaged, Forbidden, and what the handlers raise."""
        self._parse(block, False)
        self._fed += len(block)
        # A tag that does not end is scanned again from its beginning with each block.
        if self._fed - self.parser.CurrentByteIndex > TOKEN_BYTES:
            raise Forbidden(f"part {self.part} of the workbook has a tag of more than {TOKEN_BYTES >> 20} MB")

    def finish(self) -> None:
        """Say that there is no more. Raises Damaged."""
        self._parse(b"", True)

    def _parse(self, block: bytes, last: bool) -> None:
        try:
            self.parser.Parse(block, last)
        except expat.ExpatError as error:
            raise Damaged(f"part {self.part} of the workbook is not well-formed: {error}") from error
        except (LookupError, ValueError) as error:
            raise Damaged(f"part {self.part} of the workbook is in an unknown encoding: {error}") from error

    def _refuse(self, *_: object) -> None:
        raise Forbidden(f"part {self.part} declares a document type or entities, which no workbook needs")


def local(name: str) -> str:
    """The name of an element or attribute without its namespace: programs use several for one thing."""
    return name.rpartition(SEPARATOR)[2]


def elements(part: str, blocks: Iterable[bytes]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Parent, name and attributes of each element, in the order they begin. Raises Damaged, Forbidden."""
    stream = XmlStream(part)
    parents: list[str] = [""]
    found: list[tuple[str, str, dict[str, str]]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        found.append((parents[-1], local(name), {local(key): value for key, value in attributes.items()}))
        parents.append(local(name))

    def end(_: str) -> None:
        parents.pop()

    stream.handle(start, end)
    for block in blocks:
        stream.feed(block)
        yield from found
        found.clear()
    stream.finish()
