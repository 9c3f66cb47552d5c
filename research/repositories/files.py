"""What the files of a commit tell: languages, sizes, and the signs of care that people look for."""

from __future__ import annotations

import heapq
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from research.repositories.errors import NoRepository, RepositoryTooLarge
from research.repositories.languages import PROSE, language_of
from research.repositories.licences import licence_of
from research.repositories.packs import too_large_for_memory

if TYPE_CHECKING:
    from research.repositories.opening import Opened

MOST_FILES: Final = 200_000
DEEPEST: Final = 200
LONGEST: Final = 1_000
LARGEST: Final = 10
SHOWN: Final = 200
BINARY_LOOK: Final = 8_000
# The manifests that name what a project depends on, and whose they are.
MANIFESTS: Final = {
    "build.gradle": "Gradle",
    "cargo.toml": "Cargo",
    "composer.json": "Composer",
    "conanfile.txt": "Conan",
    "environment.yml": "Conda",
    "gemfile": "Bundler",
    "go.mod": "Go",
    "package.json": "npm",
    "pipfile": "Pipenv",
    "pom.xml": "Maven",
    "project.toml": "Julia",
    "pyproject.toml": "Python",
    "requirements.txt": "pip",
    "setup.cfg": "Python",
    "setup.py": "Python",
}
# Each sign of care and the paths, in small letters, that show it.
SIGNS: Final = {
    "readme": re.compile(r"readme(\.\w+)?\Z"),
    "licence": re.compile(r"(licen[sc]e|copying|unlicense)([.-][\w.-]+)?\Z"),
    "changelog": re.compile(r"(changelog|changes|history|news)(\.\w+)?\Z"),
    "contributing": re.compile(r"(\.github/|docs/)?contributing(\.\w+)?\Z"),
    "citation": re.compile(r"citation\.(cff|bib)\Z"),
    "ci": re.compile(
        r"\.github/workflows/[^/]+\.ya?ml\Z|\.gitlab-ci\.yml\Z|\.travis\.yml\Z|\.circleci/|azure-pipelines\.yml\Z"
        r"|jenkinsfile\Z|\.woodpecker|\.forgejo/workflows/|bitbucket-pipelines\.yml\Z"
    ),
    "tests": re.compile(
        r"(.*/)?(tests?|spec|__tests__)/.+|(.*/)?(test_[^/]+\.py|[^/]+_test\.\w+|[^/]+\.(test|spec)\.\w+)\Z"
    ),
    "docs": re.compile(r"docs?/.+"),
    "ignore": re.compile(r"\.gitignore\Z"),
}


@dataclass
class Language:
    """What is written in one language."""

    files: int = 0
    size: int = 0
    lines: int = 0


@dataclass
class Files:
    """The files of a commit, counted."""

    files: int = 0
    size: int = 0
    binary: int = 0
    links: int = 0
    submodules: int = 0
    languages: dict[str, Language] = field(default_factory=dict)
    largest: list[tuple[int, str]] = field(default_factory=list)
    manifests: list[dict[str, str]] = field(default_factory=list)
    signs: dict[str, str] = field(default_factory=dict)
    licence: str | None = None

    def add(self, path: str, content: bytes) -> None:
        """Count one file in."""
        self.files += 1
        self.size += len(content)
        binary = b"\0" in content[:BINARY_LOOK]
        self.binary += binary
        heapq.heappush(self.largest, (len(content), path))
        if len(self.largest) > LARGEST:
            heapq.heappop(self.largest)
        self._note_signs(path, content)
        language = None if binary else language_of(path)
        if language:
            written = self.languages.setdefault(language, Language())
            written.files += 1
            written.size += len(content)
            written.lines += content.count(b"\n") + (content[-1:] not in (b"", b"\n"))

    def _note_signs(self, path: str, content: bytes) -> None:
        small = path.lower()
        for sign, pattern in SIGNS.items():
            if sign not in self.signs and pattern.match(small):
                self.signs[sign] = path
                if sign == "licence":
                    self.licence = licence_of(content[:100_000].decode("utf-8", "replace"))
        kind = MANIFESTS.get(PurePosixPath(small).name)
        if kind and len(self.manifests) < SHOWN:
            self.manifests.append({"path": path, "kind": kind})


def read_files(opened: Opened, most: int, say: Callable[[int, int], None]) -> Files:
    """Read every file of the commit, so many bytes at most; `say` is told (done, total), and may stop it.

    Links are not followed. Raises RepositoryTooLarge, and NoRepository where an object is missing.
    """
    try:
        paths, found = _listed(opened)
        for done, (path, id) in enumerate(paths):
            say(done, len(paths))
            found.add(path, opened.repo.object_store[id].as_raw_string())
            if found.size > most:
                raise RepositoryTooLarge(f"the files of the commit have more than {most >> 20:,} MB; raise max_mb")
    except KeyError as error:
        raise NoRepository(f"object {error} is missing in the repository") from None
    except MemoryError as error:
        raise too_large_for_memory() from error
    return found


def _listed(opened: Opened) -> tuple[list[tuple[str, Any]], Files]:
    """The regular files by path, and a count of what is none."""
    found = Files()
    paths = []
    commit: Any = opened.repo.object_store[opened.commit.encode()]  # type: ignore[index]
    for number, (path, mode, id) in enumerate(_walk(opened, commit.tree, "", 0)):
        if number == MOST_FILES:
            raise RepositoryTooLarge(f"the commit has more than {MOST_FILES:,} files")
        if stat.S_ISLNK(mode):
            found.links += 1
        elif stat.S_IFMT(mode) == 0o160000:
            found.submodules += 1
        else:
            paths.append((path, id))
    return paths, found


def _walk(opened: Opened, tree: Any, folder: str, depth: int) -> Iterator[tuple[str, int, Any]]:
    if depth > DEEPEST:
        raise RepositoryTooLarge(f"the folders of the commit lie deeper than {DEEPEST} in each other")
    content: Any = opened.repo.object_store[tree]
    for entry in content.iteritems():
        path = (folder + entry.path.decode("utf-8", "replace"))[:LONGEST]
        if stat.S_ISDIR(entry.mode):
            yield from _walk(opened, entry.sha, f"{path}/", depth + 1)
        else:
            yield path, entry.mode, entry.sha


def files_values(found: Files) -> dict[str, Any]:
    """The files as JSON values, the largest share first."""
    total = sum(language.size for language in found.languages.values()) or 1
    ranked = sorted(found.languages.items(), key=lambda item: (-item[1].size, item[0]))
    return {
        "files": {
            "count": found.files,
            "bytes": found.size,
            "binary": found.binary,
            "links": found.links,
            "submodules": found.submodules,
            "largest": [{"path": path, "bytes": size} for size, path in sorted(found.largest, reverse=True)],
        },
        "languages": {
            name: {"files": one.files, "bytes": one.size, "lines": one.lines, "share": round(one.size / total, 4)}
            for name, one in ranked
        },
        "licence": found.licence,
        "signs": {sign: found.signs.get(sign) for sign in SIGNS},
        "manifests": found.manifests,
    }


def main_language(found: Files) -> str | None:
    """The language of most of the code, prose only where there is no code; None where there is neither."""
    written = found.languages
    code = {name: one.size for name, one in written.items() if name not in PROSE}
    ranked = code or {name: one.size for name, one in written.items()}
    return max(ranked, key=lambda name: (ranked[name], name)) if ranked else None
