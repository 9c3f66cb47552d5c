"""Open a repository for reading, wherever it lies; nothing of it is ever checked out, and no hook is run."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dulwich.errors import NotGitRepository
from dulwich.objects import Commit, Tag
from dulwich.repo import Repo

from research.repositories.errors import NoRepository, RepositoryRefused
from research.repositories.fetching import Limits, fetch, pick
from research.repositories.packs import packing
from research.repositories.place import Place, is_below

if TYPE_CHECKING:
    from research.files import FileStore
    from research.outbound.client import Guard

BLOCK: Final = 1 << 20
TAGS: Final = 10


@dataclass(frozen=True)
class Opened:
    """A repository that is open for reading: which commit is looked at, and which ref led to it."""

    repo: Repo
    commit: str
    ref: str


@dataclass(frozen=True)
class Reach:
    """What may be read, and where it is put meanwhile: folders of the operator, the guard, the store, a scratch."""

    folders: Sequence[Path]
    guard: Guard
    store: FileStore
    scratch: Path
    limits: Limits


@contextmanager
def opened(place: Place, ref: str | None, reach: Reach, say: Callable[[int], None]) -> Iterator[Opened]:
    """Open a repository; a fetched one is gone afterwards. `say` is told the bytes that were fetched.

    Raises NoRepository, RepositoryRefused, RepositoryTooLarge, RepositoryUnreachable, OutboundRefused.
    """
    if place.kind == "folder":
        with closing(_in_folder(Path(place.text), reach.folders)) as repo:
            id, name = pick(repo.get_refs(), ref)
            yield Opened(repo, commit_of(repo, id), name)
        return
    folder = tempfile.TemporaryDirectory(dir=reach.scratch, prefix="repository-", ignore_cleanup_errors=True)
    with folder as path, closing(Repo.init_bare(path)) as repo:
        id, name = _brought(place, ref, repo, reach, say)
        yield Opened(repo, commit_of(repo, id), name)


def commit_of(repo: Repo, id: str) -> str:
    """The commit that an object is, or that its tags lead to. Raises NoRepository."""
    for _ in range(TAGS):
        try:
            found = repo.object_store[id.encode()]  # type: ignore[index]
        except (KeyError, ValueError, AssertionError):
            break
        if isinstance(found, Commit):
            return id
        if not isinstance(found, Tag):
            break
        id = found.object[1].decode()
    raise NoRepository(f"{id} is no commit of this repository")


def _brought(place: Place, ref: str | None, repo: Repo, reach: Reach, say: Callable[[int], None]) -> tuple[str, str]:
    if place.kind == "url":
        return fetch(repo, reach.guard, place.text, ref, limits=reach.limits, say=say)
    return _unpack_bundle(reach.store.path(place.text), repo, ref, reach.limits)


def _in_folder(path: Path, folders: Sequence[Path]) -> Repo:
    try:
        repo = Repo(str(path))
    except (NotGitRepository, FileNotFoundError, NotADirectoryError):
        raise NoRepository(f"there is no Git repository at {path}") from None
    # A repository may say that its parts lie elsewhere; what is not allowed itself is not read for another.
    parts = [repo.controldir(), repo.commondir(), *(other.path for other in repo.object_store.alternates)]  # type: ignore[attr-defined]
    outside = next((part for part in parts if not is_below(Path(str(part)), folders)), None)
    if outside is None:
        return repo
    repo.close()
    raise RepositoryRefused(f"{path} keeps parts of itself in {outside}, which is not below CALLBOARD_REPOSITORIES")


def _unpack_bundle(path: Path, repo: Repo, ref: str | None, limits: Limits) -> tuple[str, str]:
    """Read the pack of a bundle into an empty repository (gitformat-bundle: signature, refs, a blank line, a pack)."""
    refs: dict[bytes, bytes] = {}
    with path.open("rb") as bundle:
        if bundle.readline(40) not in (b"# v2 git bundle\n", b"# v3 git bundle\n"):
            raise NoRepository(
                "the stored file is no Git bundle; `git bundle create repository.bundle --all` makes one"
            )
        while (line := bundle.readline(1 << 16).rstrip(b"\n")) != b"":
            if line.startswith(b"-"):
                raise NoRepository("the bundle holds only what is new since other commits; make one with `--all`")
            if not line.startswith(b"@"):
                id, _, name = line.partition(b" ")
                refs[name] = id
        chosen = pick(refs, ref)
        with packing(repo, limits.objects) as write:
            while block := bundle.read(BLOCK):
                write(block)
    return chosen
