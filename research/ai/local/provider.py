"""The provider that reads on this machine."""

import time

from research.ai.analysis import Analysis, Document, Usage
from research.ai.local.findings import find_results
from research.ai.local.lines import running_text
from research.ai.local.phrases import key_phrases
from research.ai.local.sentences import sentences
from research.ai.local.summary import summarise
from research.ai.local.words import guess_language, stop_words

MODEL = "extractive-1"


class LocalProvider:
    """Extractive analysis: no key, no network, no cost; the same document gives the same answer."""

    name = "local"

    def analyze(self, document: Document) -> Analysis:
        """Choose the paper's own sentences and terms; empty parts where it has none that can be read."""
        started = time.perf_counter()
        prose = running_text(document)
        found = sentences(prose)
        language = document.language or guess_language(" ".join(s.text for s in found))
        small_words = stop_words(language)
        summary = summarise(found, document.title, small_words)
        phrases = key_phrases(found, document.title, prose.keywords, language, small_words)
        results = find_results(found, document.title, small_words)
        usage = Usage(MODEL, tokens_in=0, tokens_out=0, cost_usd=0.0, seconds=time.perf_counter() - started)
        return Analysis(self.name, summary, phrases, results, usage)
