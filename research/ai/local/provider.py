"""The provider that reads and writes on this machine."""

import time
from dataclasses import dataclass

from callboard.jobs.errors import Permanent
from research.ai.analysis import Analysis, Document, Heard, Reply, Section, Usage, unheard
from research.ai.local.findings import find_results
from research.ai.local.lines import running_text
from research.ai.local.phrases import key_phrases
from research.ai.local.section import Find, compose
from research.ai.local.sentences import sentences
from research.ai.local.summary import summarise
from research.ai.local.words import guess_language, stop_words

MODEL = "extractive-1"
FREE = "this machine"


@dataclass(frozen=True)
class LocalProvider:
    """Extractive: no key, no network, no cost; the same papers give the same answer."""

    find: Find | None = None
    name: str = "local"
    model: str = MODEL

    def analyze(self, document: Document, heard: Heard = unheard) -> Analysis:
        """Choose the paper's own sentences and terms; empty parts where it has none that can be read."""
        started = time.perf_counter()
        prose = running_text(document)
        heard("")
        found = sentences(prose)
        language = document.language or guess_language(" ".join(s.text for s in found))
        small_words = stop_words(language)
        summary = summarise(found, document.title, small_words)
        heard(summary)
        phrases = key_phrases(found, document.title, prose.keywords, language, small_words)
        heard("")
        results = find_results(found, document.title, small_words)
        return Analysis(self.name, summary, phrases, results, usage_since(started))

    def write(self, section: Section, heard: Heard = unheard) -> Reply:
        """Choose what the library's passages say on the term, with their sources; raises NothingKnown."""
        if self.find is None:
            raise Permanent("the local provider writes from the library, and was given none to search")
        started = time.perf_counter()
        heard("")
        text = compose(section, self.find)
        heard(text)
        return Reply(text, usage_since(started))


def usage_since(started: float) -> Usage:
    """What an answer from here took: time and nothing else."""
    return Usage(MODEL, 0, 0, 0.0, time.perf_counter() - started, FREE)
