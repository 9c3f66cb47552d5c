"""An .xlsx or .xlsm workbook: read as a stream in constant memory; macros stay in their part, which is never opened."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Final

from research.sheets.archive import Archive
from research.sheets.cells import Area, Sheet, SheetRow
from research.sheets.errors import Damaged, TooLarge, UnknownSheet
from research.sheets.limits import Limits
from research.sheets.xlsx_dates import read_styles
from research.sheets.xlsx_sheet import Meaning, SheetReader
from research.sheets.xlsx_strings import Strings, read_strings
from research.sheets.xml_stream import elements

STATES: Final = {"hidden": "hidden", "veryHidden": "very hidden"}
KINDS: Final = ("worksheet", "chartsheet", "dialogsheet", "xlMacrosheet", "xlIntlMacrosheet")


class Xlsx:
    """An open workbook. Cells of formulas have the value that was stored with them."""

    form = "xlsx"

    def __init__(self, archive: Archive, limits: Limits) -> None:
        """Read what is needed to find and understand cells. Raises Damaged, Forbidden, TooLarge."""
        self._archive, self._limits = archive, limits
        self._main = workbook_part(archive)
        self._related = {id: (kind, target) for kind, id, target in relations(archive, self._main, limits)}
        self.macros = any(name.rpartition("/")[2].startswith("vbaproject") for name in archive.names)
        self._parts: dict[str, str] = {}
        self._merged: dict[str, list[Area]] = {}
        self._from_1904 = False
        self.sheets = self._read_sheets()
        self._meaning = Meaning(self._strings(), self._kinds(), self._from_1904, limits)

    def rows(self, sheet: str) -> Iterator[SheetRow]:
        """The rows of a sheet that have a filled cell. Raises Damaged, Forbidden, TooLarge, UnknownSheet."""
        if sheet not in self._parts:
            raise UnknownSheet(f"sheet {sheet!r} has no cells to read")
        self._meaning.cells = 0
        reader = SheetReader(self._parts[sheet], self._meaning)
        yield from reader.rows(self._archive.blocks(self._parts[sheet]))
        self._merged[sheet] = reader.merged

    def merged(self, sheet: str) -> list[Area]:
        """The merged areas of a sheet, known once its rows were read to the end."""
        return self._merged.get(sheet, [])

    def close(self) -> None:
        """Close the file."""
        self._archive.close()

    def _read_sheets(self) -> list[Sheet]:
        sheets: list[Sheet] = []
        blocks = self._archive.blocks(self._main, self._limits.small_part_bytes)
        for parent, name, attributes in elements(self._main, blocks):
            # Extensions have a `workbookPr` of their own, which knows nothing of dates.
            if (parent, name) == ("workbook", "workbookPr"):
                self._from_1904 = attributes.get("date1904", "0") in ("1", "true")
            elif (parent, name) == ("sheets", "sheet"):
                sheets.append(self._sheet(attributes))
            if len(sheets) > self._limits.sheets:
                raise TooLarge(f"the workbook has more than {self._limits.sheets:,} sheets")
        return sheets

    def _sheet(self, attributes: dict[str, str]) -> Sheet:
        kind, target = self._related.get(attributes.get("id", ""), ("", ""))
        sheet = Sheet(
            attributes.get("name", "")[:100],
            "chart" if kind == "chartsheet" else kind if kind in KINDS else "unknown",
            STATES.get(attributes.get("state", ""), "visible"),
        )
        if sheet.kind == "worksheet":
            self._parts[sheet.name] = target
        return sheet

    def _strings(self) -> Strings:
        part = self._part_of("sharedStrings")
        return read_strings(part, self._archive.blocks(part), self._limits) if part else Strings(self._limits)

    def _kinds(self) -> list[str | None]:
        part = self._part_of("styles")
        return read_styles(part, self._archive.blocks(part, self._limits.small_part_bytes)) if part else []

    def _part_of(self, kind: str) -> str | None:
        return next((target for of, target in self._related.values() if of == kind and target in self._archive), None)


def workbook_part(archive: Archive) -> str:
    """The part that lists the sheets. Raises Damaged."""
    for kind, _, target in relations(archive, "", None):
        if kind == "officeDocument" and target in archive:
            return target
    raise Damaged("the archive says nowhere which of its parts is the workbook")


def relations(archive: Archive, part: str, limits: Limits | None) -> Iterator[tuple[str, str, str]]:
    """Kind, id and target of what a part refers to; parts outside of the archive are left out."""
    folder, name = posixpath.split(part)
    list_part = posixpath.join(folder, "_rels", f"{name}.rels")
    if list_part not in archive:
        return
    most = (limits or Limits()).small_part_bytes
    for _, word, attributes in elements(list_part, archive.blocks(list_part, most)):
        if word == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", ""))).lstrip("/")
            yield kind, attributes.get("Id", ""), target
