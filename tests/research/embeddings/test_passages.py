"""Cutting papers into passages."""

from research.ai.analysis import TextPage
from research.embeddings.passages import Passage, passages

SENTENCE = "The cell was built of clay and felt and then it was buried in wet ground for one long year."


def test_a_passage_ends_with_a_sentence_and_has_about_a_hundred_and_sixty_words() -> None:
    found = passages([TextPage(1, " ".join([SENTENCE] * 40))])
    assert len(found) == 5
    assert all(passage.text.endswith("year.") and 160 <= len(passage.text.split()) < 180 for passage in found[:-1])


def test_no_word_is_lost_or_said_twice() -> None:
    text = " ".join(f"word{number}." if number % 7 == 0 else f"word{number}" for number in range(1_000))
    found = passages([TextPage(1, text)])
    assert " ".join(passage.text for passage in found) == text


def test_a_passage_stays_on_its_page_and_knows_it() -> None:
    found = passages([TextPage(3, "One short page."), TextPage(4, ""), TextPage(5, "Another one.")])
    assert found == [Passage(3, "One short page."), Passage(5, "Another one.")]


def test_a_short_rest_joins_the_passage_before_it() -> None:
    found = passages([TextPage(1, " ".join([SENTENCE] * 9) + " A short rest.")])
    assert len(found) == 1
    assert found[0].text.endswith("year. A short rest.")


def test_a_table_without_sentences_is_cut_by_its_words() -> None:
    found = passages([TextPage(1, "1.5 mA " * 300)])
    assert [len(passage.text.split()) for passage in found] == [160, 160, 160, 120]


def test_a_word_divided_at_the_end_of_a_line_is_put_together() -> None:
    assert passages([TextPage(1, "Micro-\nbial cells\nwork.")]) == [Passage(1, "Microbial cells work.")]
