"""Opening a backup: what it says of itself is checked before anything of it is used; nothing in it becomes a path."""

import errno
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

import msgspec

from research.backup.errors import BackupRefused
from research.backup.lines import kept_tables
from research.backup.manifest import FORMAT, INDEX, MANIFEST, Manifest, Part
from research.files import BLOCK_BYTES, StoredFile
from research.schema import RESEARCH

MANIFEST_BYTES: Final = 1_000_000
LINE_BYTES: Final = 64_000_000
# JSON lines of ours shrink to a fifth up to a fiftieth; a bomb to a thousandth.
MOST_RATIO: Final = 250
FREE_BYTES: Final = 100_000_000
PACKED: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED: Final = 1
FILE: Final = re.compile(r"files/[0-9a-f]{32}\Z")


@dataclass(frozen=True)
class Backup:
    """An opened backup whose manifest fits its members."""

    archive: zipfile.ZipFile
    manifest: Manifest

    def lines(self, part: Part) -> Iterator[bytes]:
        """The lines of a part, each of bounded length. Raises BackupRefused."""
        # A member by itself reads lines slowly, and heeds no limit of their length.
        with self.archive.open(part.member) as raw, io.BufferedReader(cast("io.RawIOBase", raw), BLOCK_BYTES) as member:
            while line := member.readline(LINE_BYTES):
                if len(line) == LINE_BYTES:
                    raise BackupRefused(f"{part.member} of the backup has a line of over {LINE_BYTES:,} bytes")
                yield line

    def files(self) -> Iterator[StoredFile]:
        """The stored files that it holds. Raises BackupRefused."""
        for number, line in enumerate(self.lines(self.manifest.files) if self.manifest.files else (), 1):
            try:
                stored = msgspec.json.decode(line, type=StoredFile)
            except msgspec.MsgspecError as error:
                raise BackupRefused(f"line {number} of {INDEX} of the backup is no file: {error}") from None
            yield stored

    def file(self, stored: StoredFile) -> IO[bytes]:
        """The content of a stored file. Raises BackupRefused."""
        member = f"files/{stored.reference.removeprefix('file:')}"
        if not FILE.match(member) or member not in self.archive.NameToInfo:
            raise BackupRefused(f"the backup lists the file {stored.reference[:80]!r}, but has none of that name")
        return self.archive.open(member)


@contextmanager
def opened(path: Path) -> Iterator[Backup]:
    """Open a backup. Raises BackupRefused where it is none, was made by a newer release, or is a bomb."""
    try:
        with zipfile.ZipFile(path) as archive:
            check_packing(archive)
            manifest = read_manifest(archive)
            check_members(archive, manifest, path.stat().st_size)
            check_schema(manifest)
            yield Backup(archive, manifest)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:  # that is a place before the file
            raise
        raise BackupRefused(f"{path.name} is no backup, or is damaged: {error}") from None


def check_packing(archive: zipfile.ZipFile) -> None:
    """Refuse members with a password, or packed as backups never are."""
    for entry in archive.infolist():
        if entry.flag_bits & ENCRYPTED or entry.compress_type not in PACKED:
            raise BackupRefused(f"the member {entry.filename[:80]!r} of the backup is packed as no backup is")


def read_manifest(archive: zipfile.ZipFile) -> Manifest:
    """What the backup says of itself. Raises BackupRefused."""
    entry = archive.NameToInfo.get(MANIFEST)
    if entry is None or entry.file_size > MANIFEST_BYTES:
        raise BackupRefused("this is no backup of Callboard: it has no manifest.json, or one that is far too large")
    try:
        manifest = msgspec.json.decode(archive.read(entry), type=Manifest)
    except msgspec.MsgspecError as error:
        raise BackupRefused(f"the manifest of the backup cannot be read: {error}") from None
    if manifest.format != FORMAT:
        raise BackupRefused(f'the format "{FORMAT}" was expected in the manifest, got {manifest.format[:80]!r}')
    return manifest


def check_members(archive: zipfile.ZipFile, manifest: Manifest, size: int) -> None:
    """Refuse a file with members that the manifest does not name, or that would unpack to absurd sizes."""
    expected = {MANIFEST: None, **{part.member: part for part in manifest.tables}}
    if manifest.files:
        expected[INDEX] = manifest.files
    names = [entry.filename for entry in archive.infolist()]
    if len(set(names)) != len(names):
        raise BackupRefused("the backup has two members of one name")
    if missing := expected.keys() - set(names):
        raise BackupRefused(f"the backup lacks {min(missing)}, which its manifest names")
    for entry in archive.infolist():
        part = expected.get(entry.filename)
        if entry.filename not in expected and not (manifest.files and FILE.match(entry.filename)):
            raise BackupRefused(f"the backup has a member {entry.filename[:80]!r} that its manifest does not name")
        if part and entry.file_size != part.bytes:
            raise BackupRefused(f"{entry.filename} should have {part.bytes:,} bytes, it has {entry.file_size:,}")
    packed = sum(entry.compress_size for entry in archive.infolist())
    unpacked = sum(entry.file_size for entry in archive.infolist())
    if packed > size or unpacked > FREE_BYTES + MOST_RATIO * packed:
        raise BackupRefused(f"the backup would unpack {size:,} bytes to {unpacked:,}: that is a bomb, and no backup")


def check_schema(manifest: Manifest) -> None:
    """Refuse a backup of tables that this release does not know."""
    newest = RESEARCH.newest()
    if manifest.schema > newest:
        raise BackupRefused(
            f"the backup has tables of version {manifest.schema}, this release knows them up to {newest}: "
            "install the newer release, then restore"
        )
    known = {table.name: table for table in kept_tables()}
    for part in manifest.tables:
        if part.name not in known:
            raise BackupRefused(f"the backup has a table {part.name[:80]!r} that this release does not know")
        if strange := set(part.columns) - set(known[part.name].columns.keys()):
            raise BackupRefused(f"table {part.name} of the backup has a column {min(strange)[:80]!r} unknown here")


def verify(backup: Backup) -> int:
    """Read all of a backup and compare counts, sizes and hashes; returns the bytes read. Raises BackupRefused."""
    parts = [*backup.manifest.tables, *([backup.manifest.files] if backup.manifest.files else [])]
    size = 0
    for part in parts:
        digest, rows = hashlib.sha256(), 0
        for line in backup.lines(part):
            digest.update(line)
            rows, size = rows + 1, size + len(line)
        if (rows, digest.hexdigest()) != (part.rows, part.sha256):
            raise BackupRefused(f"{part.member} is damaged: {part.rows:,} rows with their hash expected, got {rows:,}")
    for stored in backup.files():
        size += verify_file(backup, stored)
    return size


def verify_file(backup: Backup, stored: StoredFile) -> int:
    """Compare the content of a stored file with its hash. Raises BackupRefused."""
    digest, size = hashlib.sha256(), 0
    with backup.file(stored) as content:
        while block := content.read(BLOCK_BYTES):
            digest.update(block)
            size += len(block)
    if (size, digest.hexdigest()) != (stored.size, stored.sha256):
        raise BackupRefused(f"the file {stored.reference} in the backup is damaged")
    return size
