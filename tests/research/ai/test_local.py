"""Reading a paper on this machine."""

import pytest

from research.ai.analysis import Analysis, Document, TextPage, document_of_text
from research.ai.local.headings import heading_kind
from research.ai.local.lines import running_text
from research.ai.local.provider import LocalProvider
from research.ai.local.sentences import cleaned, sentences, split_text
from research.ai.local.words import guess_language, stem

FIRST = """Journal of Cells 12 (2024) 1-2
A membrane-free soil battery for remote sensors
Ann Author1, Ben Writer2 and Cem Yazar1
1 University of Somewhere, 2 Institute of Nothing, Some Street 1, 12345 Town
Abstract
Soil batteries power remote sensors without maintenance, but their membranes clog within weeks of use in wet ground.
Here we report a membrane-free soil battery that separates its electrodes by a layer of clay instead of a polymer.
The soil battery reached a power density of 310 mW m−2, which is four times higher than that of the membrane design.
It kept 92% of its power density after 180 days in the field, and no electrode had to be replaced in that time.
These results suggest that clay layers are a cheap way to run remote sensors in wet ground for several years.
Keywords: soil battery; clay layer; remote sensors; power density
1. Introduction
Remote sensors in wet ground need a supply of power that lasts for years without any maintenance [1,2]. Soil bat-
teries have been proposed for this purpose (Smith et al., 2019), and their power density has been improved since.
Fig. 1. The soil battery with its clay layer (a) from above and (b) from the side, as it was buried in the field.
Most soil batteries use a polymer membrane, whose pores are blocked by fine particles within a few weeks3,4.
Journal of Cells 12 (2024) 1-2"""
SECOND = """2. Materials and methods
Carbon felt was purchased from a supplier and washed with ethanol before the soil battery was assembled by hand.
The clay layer was dried at 105 °C for 24 h and then placed between the two electrodes of the soil battery.
3. Results and discussion
The open circuit voltage of the soil battery rose to 0.74 V within six days and then remained stable (Fig. 2).
With the clay layer, the internal resistance was 41 Ω, significantly lower than the 96 Ω of the polymer membrane.
Power density increased with soil moisture: at 40% moisture the soil battery gave 310 mW m−2, at 20% only 95 mW m−2.
Table 1 Power density and resistance of all designs
Design A 310 41 0.74
Design B 78 96 0.61
4. Conclusions
A clay layer can replace the polymer membrane of a soil battery without any loss of power density in wet ground.
The design needs no maintenance and costs less than 2 EUR for each of the remote sensors that were tested here.
Acknowledgements
We thank the farmers of the valley, who gave us 12 fields and did not plough them for 180 days in two years.
References
[1] A. Smith, Soil batteries reach 100 mW m−2 in the laboratory, J. Power 3 (2019) 1-9. We show nothing else here.
Journal of Cells 12 (2024) 1-2"""
PAPER = Document((TextPage(1, FIRST), TextPage(2, SECOND)), "A membrane-free soil battery for remote sensors", "en")


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return LocalProvider().analyze(PAPER)


def test_a_summary_has_four_to_six_whole_sentences_of_the_paper_in_their_order(analysis: Analysis) -> None:
    found = split_text(analysis.summary)
    assert 4 <= len(found) <= 6
    text = cleaned(f"{FIRST} {SECOND}".replace("bat-\nteries", "batteries").replace("\n", " "))
    places = [text.find(sentence) for sentence in found]
    assert -1 not in places
    assert places == sorted(places)


def test_a_summary_says_what_was_done_and_what_came_out(analysis: Analysis) -> None:
    assert "Here we report a membrane-free soil battery" in analysis.summary
    assert "310 mW m−2" in analysis.summary


@pytest.mark.parametrize(
    "unwanted", ["thank", "Journal of Cells", "Table 1", "Fig.", "[1", "purchased", "University", "Design A"]
)
def test_nothing_of_head_caption_table_thanks_or_references_is_in_the_analysis(
    analysis: Analysis, unwanted: str
) -> None:
    everything = [analysis.summary, *analysis.key_phrases, *(finding.text for finding in analysis.findings)]
    assert [text for text in everything if unwanted in text] == []


def test_key_phrases_are_the_terms_of_the_paper_each_only_once(analysis: Analysis) -> None:
    assert {"soil battery", "clay layer", "power density", "remote sensors"} <= set(analysis.key_phrases)
    stems = [frozenset(stem(word) for word in phrase.split()) for phrase in analysis.key_phrases]
    assert len(set(stems)) == len(stems)


def test_findings_state_results_with_the_page_on_which_they_stand(analysis: Analysis) -> None:
    pages = {finding.text: finding.page for finding in analysis.findings}
    resistance = (
        "With the clay layer, the internal resistance was 41 Ω, "
        "significantly lower than the 96 Ω of the polymer membrane."
    )
    assert pages[resistance] == 2
    assert any(page == 1 and "310 mW m−2" in text for text, page in pages.items())
    assert not any("dried at 105" in text for text in pages)


def test_reading_here_costs_nothing_and_gives_the_same_twice(analysis: Analysis) -> None:
    again = LocalProvider().analyze(PAPER)
    assert (again.summary, again.key_phrases, again.findings) == (
        analysis.summary,
        analysis.key_phrases,
        analysis.findings,
    )
    assert (analysis.usage.cost_usd, analysis.usage.tokens_in, analysis.usage.model) == (0.0, 0, "extractive-1")


def test_a_german_paper_is_read_by_german_rules() -> None:
    text = """Zusammenfassung
In dieser Arbeit wird eine mikrobielle Brennstoffzelle vorgestellt, die ohne Membran auskommt und wenig Wartung braucht.
Die mikrobielle Brennstoffzelle erreichte eine Leistungsdichte von 310 mW pro Quadratmeter und war besser als zuvor.
Einleitung
Eine mikrobielle Brennstoffzelle wandelt organische Stoffe in Strom um, z. B. Abwasser aus kleinen Gemeinden.
Die Leistungsdichte einer Brennstoffzelle hängt von der Temperatur ab, denn die Bakterien arbeiten im Warmen schneller.
Ergebnisse
Die Leistungsdichte stieg mit der Temperatur und war bei 35 °C doppelt so hoch wie bei 20 °C in der gleichen Zelle.
Danksagung
Wir danken allen, die uns bei dieser Arbeit geholfen haben, und der Gemeinde für das Abwasser der letzten Jahre."""
    found = LocalProvider().analyze(document_of_text(text))
    assert "mikrobielle Brennstoffzelle" in found.key_phrases
    assert "In dieser Arbeit wird eine mikrobielle Brennstoffzelle vorgestellt" in found.summary
    assert "danken" not in found.summary
    assert any("35 °C doppelt so hoch" in finding.text for finding in found.findings)


@pytest.mark.parametrize("text", ["", "   \n\n", "12 34 56", "Habibi", "حبيبي", "\x00\ufffe"])
def test_a_text_without_sentences_gives_an_empty_analysis(text: str) -> None:
    found = LocalProvider().analyze(document_of_text(text))
    assert (found.summary, found.key_phrases, found.findings) == ("", (), ())


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("The cell gave power [1,2] for weeks [3–5].", "The cell gave power for weeks."),
        ("It was known before (Song et al., 2018; Li and Wu, 2019).", "It was known before."),
        ("Batteries clog within weeks3,4.", "Batteries clog within weeks."),
        ("It lasted for years¹,² in wet ground.", "It lasted for years in wet ground."),
        ("The area was 5 cm² at 3 mol² and 2 min⁻¹.", "The area was 5 cm² at 3 mol² and 2 min⁻¹."),
        ("The peak moves (Fig. 3b) to the left (see Table 2).", "The peak moves to the left."),
        ("A capacity of 298.5 mAh g−1still remains.", "A capacity of 298.5 mAh g−1 still remains."),
        ("Densities (g cm−3) of LiFePO4 and CO2 rose.", "Densities (g cm−3) of LiFePO4 and CO2 rose."),
    ],
)
def test_citations_go_and_exponents_stay(printed: str, read: str) -> None:
    assert cleaned(printed) == read


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("The rate was 1 C. At 5 C it fell.", 2),
        ("S. Oneidensis was used by K. Lee in Fig. 3. It grew.", 2),
        ("Es gilt d. h. immer, z. B. hier. Das ist neu.", 2),
        ("See Smith et al. Nature is right. So be it.", 2),
        ("It was 3.5 V. 20 cells were built.", 2),
    ],
)
def test_a_full_stop_ends_a_sentence_and_not_an_abbreviation(text: str, count: int) -> None:
    assert len(split_text(text)) == count


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Abstract", "abstract"),
        ("2. Materials and Methods", "methods"),
        ("3 Results and Discussion", "results"),
        ("IV. CONCLUSIONS", "conclusion"),
        ("R E F E R E N C E S", "back"),
        ("Literaturverzeichnis", "back"),
        ("Einleitung", "introduction"),
        ("Danksagung", "aside"),
        ("Author contributions", "aside"),
        ("Design of the soil battery", None),
    ],
)
def test_a_heading_says_which_part_it_opens(title: str, kind: str | None) -> None:
    assert heading_kind(title) == kind


def test_a_sentence_that_runs_over_two_pages_belongs_to_the_first() -> None:
    pages = (
        TextPage(1, "Results\nThe cell was built in a year and it gave more power than all the"),
        TextPage(2, "others that had been built before it in the same house. It was small, and it was cheap to run."),
    )
    found = sentences(running_text(Document(pages)))
    assert [(sentence.page, sentence.text[-20:]) for sentence in found] == [
        (1, "t in the same house."),
        (2, "it was cheap to run."),
    ]


def test_languages_are_told_apart_by_their_small_words() -> None:
    assert guess_language("The cell was built by the students and it is in the house") == "en"
    assert guess_language("Die Zelle wurde von den Studenten gebaut und sie ist in dem Haus") == "de"
    assert guess_language("xyzzy plugh") is None
