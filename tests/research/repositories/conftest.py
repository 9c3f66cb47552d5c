"""Real Git repositories, made for a test, and a real Git server on this machine that gives them out over HTTP(S)."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import trustme
from dulwich.objects import Blob, Commit, Tree
from dulwich.repo import Repo
from dulwich.server import DictBackend
from dulwich.web import make_wsgi_chain

from research.files import FileStore
from research.outbound.addresses import allowed
from research.outbound.client import Guard
from research.repositories.fetching import Limits
from research.repositories.opening import Reach

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MIT = (
    "MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy of this software and "
    'associated documentation files. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND.\n'
)
ANN, BEN, EVA = (
    b"Ann Example <ann@lab.example>",
    b"Ben Example <ben@lab.example>",
    b"Eva Example <eva@lab.example>",
)
# What each commit writes, by whom and how many days ago.
STORY: tuple[tuple[bytes, float, dict[str, bytes]], ...] = (
    (ANN, 400, {"README.md": b"# Lab\n", "lab/cell.py": b"import math\n\n\ndef power(u, i):\n    return u * i\n"}),
    (BEN, 200, {"LICENSE": MIT.encode(), "lab/fit.c": b"int fit(void) { return 0; }\n"}),
    (ANN, 80, {"tests/test_cell.py": b"def test_power():\n    pass\n", "pyproject.toml": b"[project]\n"}),
    (b"ann <ANN@lab.example>", 40, {".github/workflows/ci.yml": b"on: push\n", "data/cell.bin": b"\0" * 4096}),
    (EVA, 10, {"lab/cell.py": b"def power(u, i):\n    return u * i\n", "node_modules/x/x.js": b"var x;\n" * 900}),
)


def build(
    path: Path, story: tuple[tuple[bytes, float, dict[str, bytes]], ...] = STORY, extra: tuple[Any, ...] = ()
) -> Any:
    """A bare repository with the commits of a story on `main`; `extra` are (path, mode, id) of odd entries."""
    repo: Any = Repo.init_bare(str(path), mkdir=True)
    files: dict[str, tuple[int, bytes]] = {}
    parent: list[bytes] = []
    for author, days, changed in story:
        for name, content in changed.items():
            blob = Blob.from_string(content)
            repo.object_store.add_object(blob)
            files[name] = (0o100644, blob.id)
        tree = _tree(repo, {**files, **{name: (mode, id) for name, mode, id in extra}})
        parent = [_commit(repo, tree, parent, author, NOW - timedelta(days=days))]
        repo.refs[b"refs/heads/main"] = parent[0]
    repo.refs.set_symbolic_ref(b"HEAD", b"refs/heads/main")
    return repo


def _tree(repo: Any, files: dict[str, tuple[int, bytes]]) -> Any:
    tree: Any = Tree()
    folders: dict[str, dict[str, tuple[int, bytes]]] = {}
    for name, entry in files.items():
        head, slash, rest = name.partition("/")
        if slash:
            folders.setdefault(head, {})[rest] = entry
        else:
            tree.add(head.encode(), *entry)
    for head, inner in folders.items():
        tree.add(head.encode(), 0o040000, _tree(repo, inner))
    repo.object_store.add_object(tree)
    return tree.id


def _commit(repo: Any, tree: bytes, parents: list[bytes], author: bytes, at: datetime) -> Any:
    commit: Any = Commit()
    commit.tree, commit.parents = tree, parents
    commit.author = commit.committer = author
    commit.author_time = commit.commit_time = int(at.timestamp())
    commit.author_timezone = commit.commit_timezone = 0
    commit.message = b"work\n"
    repo.object_store.add_object(commit)
    return commit.id


@dataclass
class GitServer:
    """A Git server on this machine: its repositories by path, the requests it got, and what answers instead of it."""

    url: str = ""
    repos: dict[str, Any] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    instead: Callable[[dict[str, Any], Any], list[bytes]] | None = None

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        """Answer one request."""
        self.requests.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        if self.instead:
            return self.instead(environ, start)
        return make_wsgi_chain(DictBackend(dict(self.repos)))(environ, start)


class Quiet(WSGIRequestHandler):
    """Writes no log."""

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[GitServer]:
    """A server for the length of a block."""
    app = GitServer()
    server = make_server("127.0.0.1", 0, app, handler_class=Quiet)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    port = server.server_port
    app.url = f"https://localhost:{port}" if context else f"http://127.0.0.1:{port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield app
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        for repo in app.repos.values():
            repo.close()


@pytest.fixture
def server() -> Iterator[GitServer]:
    """A server over plain HTTP, which the operator must have allowed."""
    with serving() as app:
        yield app


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Who signs certificates here."""
    return trustme.CA()


@pytest.fixture
def secure_server(authority: trustme.CA) -> Iterator[GitServer]:
    """A server over HTTPS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with serving(context) as app:
        yield app


@pytest.fixture
def reach(tmp_path: Path, authority: trustme.CA) -> Reach:
    """All of this machine may be read."""
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    guard = Guard(allowed(["127.0.0.0/8", "::1", "localhost"]), verify=trusting)
    return Reach([tmp_path / "repositories"], guard, FileStore(tmp_path / "files"), scratch, Limits(bytes=1 << 20))
