"""Files under one folder: stored under random ids, found again by references such as `file:3f2a…`."""

import errno
import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from research.errors import UnknownFile

REFERENCE = re.compile(r"file:([0-9a-f]{32})\Z")
BLOCK_BYTES = 1 << 20
NAME_CHARACTERS = 200


@dataclass(frozen=True)
class StoredFile:
    """A stored file: its reference, the name it came with, its size in bytes and the hash of its content."""

    reference: str
    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class FileStore:
    """A folder of files; nothing a caller passes becomes part of a path."""

    root: Path

    def put(self, content: bytes | BinaryIO, name: str) -> StoredFile:
        """Store content under a new reference; it is complete on disk, or not there at all."""
        key = secrets.token_hex(16)
        part = self._part(key)
        try:
            return self._keep(part, key, name, *write_content(part, content))
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    def take(self, source: Path, name: str) -> StoredFile:
        """Store a complete file by moving it, or a copy where it lies on another disk."""
        key = secrets.token_hex(16)
        with source.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
            os.fsync(content.fileno())
        try:
            return self._keep(source, key, name, source.stat().st_size, digest)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
        with source.open("rb") as content:
            return self.put(content, name)

    def put_back(self, stored: StoredFile, content: BinaryIO) -> None:
        """Store content under the reference that it once had, as a backup says. Raises UnknownFile."""
        match = REFERENCE.match(stored.reference)
        if not match:
            raise UnknownFile(f"a file reference is `file:` and 32 hexadecimal digits, got {stored.reference[:80]!r}")
        part = self._part(match[1])
        part.unlink(missing_ok=True)
        try:
            self._keep(part, match[1], stored.name, *write_content(part, content))
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    def _part(self, key: str) -> Path:
        path = self.root / key[:2] / f"{key}.part"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _keep(self, source: Path, key: str, name: str, size: int, digest: str) -> StoredFile:
        """Move a complete file to its place; what describes it is there first."""
        path = self.root / key[:2] / key
        path.parent.mkdir(parents=True, exist_ok=True)
        stored = StoredFile(f"file:{key}", shown_name(name), size, digest)
        try:
            path.with_suffix(".json").write_text(json.dumps(asdict(stored)), encoding="utf-8")
            source.rename(path)
        except BaseException:
            if not path.exists():
                path.with_suffix(".json").unlink(missing_ok=True)
            raise
        return stored

    def put_path(self, source: Path) -> StoredFile:
        """Store a copy of a file on this machine."""
        with source.open("rb") as content:
            return self.put(content, source.name)

    def path(self, reference: str) -> Path:
        """Where the content is, for programs that need a path; raises UnknownFile."""
        match = REFERENCE.match(reference)
        if not match:
            raise UnknownFile(f"a file reference is `file:` and 32 hexadecimal digits, got {reference[:80]!r}")
        path = self.root / match[1][:2] / match[1]
        if not path.is_file():
            raise UnknownFile(f"no file is stored under {reference}: it was deleted, or stored in another folder")
        return path

    def open(self, reference: str) -> BinaryIO:
        """The content, opened for reading; raises UnknownFile."""
        return self.path(reference).open("rb")

    def describe(self, reference: str) -> StoredFile:
        """Name, size and hash of a stored file; raises UnknownFile."""
        return StoredFile(**json.loads(self.path(reference).with_suffix(".json").read_text(encoding="utf-8")))

    def delete(self, reference: str) -> bool:
        """Delete a file; False where it was gone already, so that a repeated job is no error."""
        try:
            path = self.path(reference)
        except UnknownFile:
            if REFERENCE.match(reference):
                return False
            raise
        path.unlink(missing_ok=True)
        path.with_suffix(".json").unlink(missing_ok=True)
        return True

    def references(self) -> Iterator[str]:
        """All references in the store, in no order."""
        for path in self.root.glob("[0-9a-f][0-9a-f]/*"):
            if REFERENCE.match(f"file:{path.name}"):
                yield f"file:{path.name}"


def write_content(path: Path, content: bytes | BinaryIO) -> tuple[int, str]:
    """Write and flush to the disk; return size in bytes and SHA-256 in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("xb") as target:
        if isinstance(content, bytes):
            digest.update(content)
            target.write(content)
        else:
            while block := content.read(BLOCK_BYTES):
                digest.update(block)
                target.write(block)
        target.flush()
        os.fsync(target.fileno())
        return target.tell(), digest.hexdigest()


def shown_name(name: str) -> str:
    """The last part of a client's file name without control characters: shown to people, never used as a path."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(c for c in last if c.isprintable())[:NAME_CHARACTERS] or "unnamed"
