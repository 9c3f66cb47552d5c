"""Storing files."""

import errno
import hashlib
import io
from dataclasses import replace
from pathlib import Path

import pytest

from research.errors import UnknownFile
from research.files import FileStore


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


def test_a_stored_file_comes_back_with_its_name_size_and_hash(store: FileStore) -> None:
    stored = store.put(io.BytesIO(b"%PDF-1.7 x" * 200_000), "paper.pdf")
    with store.open(stored.reference) as content:
        assert content.read() == b"%PDF-1.7 x" * 200_000
    assert store.describe(stored.reference) == stored
    assert (stored.name, stored.size) == ("paper.pdf", 2_000_000)
    assert stored.sha256 == hashlib.sha256(b"%PDF-1.7 x" * 200_000).hexdigest()


def test_the_same_content_twice_gets_two_references(store: FileStore) -> None:
    assert store.put(b"x", "a").reference != store.put(b"x", "a").reference
    assert len(list(store.references())) == 2


def test_a_name_is_kept_for_people_and_never_becomes_a_path(store: FileStore) -> None:
    stored = store.put(b"x", "../../etc/pass\nwd")
    assert stored.name == "passwd"
    assert store.path(stored.reference).is_relative_to(store.root)


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "file:",
        "file:../../../etc/passwd",
        "/etc/passwd",
        "file:" + "a" * 31,
        "file:" + "A" * 32,
        "file:" + "a" * 32 + "\n",
        "file:" + "a" * 30 + "/.",
    ],
)
def test_a_malformed_reference_is_refused_everywhere(store: FileStore, reference: str) -> None:
    for verb in (store.path, store.open, store.delete, store.describe):
        with pytest.raises(UnknownFile, match="32 hexadecimal digits"):
            verb(reference)


def test_a_deleted_file_is_gone_and_may_be_deleted_again(store: FileStore) -> None:
    stored = store.put(b"x", "a")
    assert store.delete(stored.reference) is True
    assert store.delete(stored.reference) is False
    assert [path for path in store.root.rglob("*") if path.is_file()] == []
    with pytest.raises(UnknownFile, match="no file is stored under"):
        store.open(stored.reference)


def test_an_upload_that_breaks_off_is_not_listed(store: FileStore) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError("connection reset")

    with pytest.raises(OSError, match="connection reset"):
        store.put(Broken(), "a")
    assert list(store.references()) == []


@pytest.mark.parametrize("disk", ["the same", "another"])
def test_a_complete_file_is_taken_over_whole(
    store: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, disk: str
) -> None:
    source = tmp_path / "made"
    source.write_bytes(b"made")
    rename = Path.rename

    def between_disks(path: Path, target: Path) -> Path:
        if path == source and disk == "another":
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", between_disks)
    stored = store.take(source, "made.csv")
    assert (stored.name, stored.size, stored.sha256) == ("made.csv", 4, hashlib.sha256(b"made").hexdigest())
    assert store.path(stored.reference).read_bytes() == b"made"
    assert len([path for path in store.root.rglob("*") if path.is_file()]) == 2


def test_a_file_that_is_put_back_has_the_reference_that_it_had(store: FileStore, tmp_path: Path) -> None:
    stored = store.put(b"kept", "kept.txt")
    other = FileStore(tmp_path / "other")
    other.put_back(stored, io.BytesIO(b"kept"))
    assert other.describe(stored.reference) == stored
    for reference in ("file:../../etc/passwd", "file:" + "a" * 31):
        with pytest.raises(UnknownFile, match="32 hexadecimal digits"):
            other.put_back(replace(stored, reference=reference), io.BytesIO(b"x"))
