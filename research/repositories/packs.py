"""Take a pack of objects into an empty repository: counted while it comes, and whole before it is looked into."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from dulwich.errors import ApplyDeltaError, ChecksumMismatch, FileFormatException, ObjectFormatException

from research.repositories.errors import NoRepository, RepositoryTooLarge

if TYPE_CHECKING:
    from dulwich.repo import Repo

# gitformat-pack: signature, version and number of objects first, the SHA-1 of all that last.
HEAD: Final = struct.Struct(">4sLL")
SUM_BYTES: Final = 20
BROKEN: Final = (
    ApplyDeltaError,
    AssertionError,
    BufferError,
    ChecksumMismatch,
    EOFError,
    FileFormatException,
    KeyError,
    ObjectFormatException,
    ValueError,
    struct.error,
    zlib.error,
)


@contextmanager
def packing(repo: Repo, objects: int) -> Iterator[Callable[[bytes], int]]:
    """What writes a pack into a repository, of which the objects are there after the block.

    Raises RepositoryTooLarge while it is written, NoRepository for one that is damaged.
    """
    file, commit, abort = repo.object_store.add_pack()
    pack = Pack(file.write, objects)
    try:
        yield pack.write
        pack.check()
    except BaseException:
        abort()
        raise
    try:
        commit()
    except MemoryError as error:
        raise too_large_for_memory() from error
    except BROKEN as error:
        # The library stumbles over its own open files where memory ran out.
        if isinstance(error.__context__, MemoryError):
            raise too_large_for_memory() from error
        raise NoRepository(f"what was read is no sound repository: {str(error)[:200]}") from error


def too_large_for_memory() -> RepositoryTooLarge:
    """The refusal of a repository in which something unpacks to more than the process may take."""
    return RepositoryTooLarge("something in the repository unpacks to more than the memory of this job")


class Pack:
    """Bytes of a pack on their way, counted and summed up."""

    def __init__(self, write: Callable[[bytes], int], objects: int) -> None:
        self._write = write
        self._objects = objects
        self._head = b""
        self._tail = b""
        self._digest = hashlib.sha1(usedforsecurity=False)

    def write(self, data: bytes) -> int:
        """Write more of the pack. Raises RepositoryTooLarge where its head names too many objects."""
        if len(self._head) < HEAD.size:
            self._head = (self._head + data)[: HEAD.size]
            if len(self._head) == HEAD.size:
                self._judge(HEAD.unpack(self._head)[2])
        known = self._tail + data
        self._digest.update(known[:-SUM_BYTES])
        self._tail = known[-SUM_BYTES:]
        return self._write(data)

    def check(self) -> None:
        """Whether all of the pack has come. Raises NoRepository."""
        if self._head and (not self._head.startswith(b"PACK") or self._tail != self._digest.digest()):
            raise NoRepository("what was read is no sound repository: its pack is damaged or cut off")

    def _judge(self, objects: int) -> None:
        if objects > self._objects:
            raise RepositoryTooLarge(
                f"the repository has {objects:,} objects, the limit is {self._objects:,}; look at fewer commits"
            )
