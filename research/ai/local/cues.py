"""Turns of phrase by which a sentence shows what it is for: it announces, claims, measures, compares, or only tells."""

import re


def any_of(listing: str, *, at_start: bool = False) -> re.Pattern[str]:
    """A pattern for whole words out of a listing with one alternative on each line."""
    alternatives = "|".join(line.strip() for line in listing.strip().splitlines())
    before = "^" if at_start else r"(?<!\w)"
    return re.compile(rf"{before}(?:{alternatives})(?!\w)", re.IGNORECASE)


CONTRIBUTION = any_of(
    r"""
    here(?:in)?,? we
    (?:in )?this (?:study|work|paper|article|report|thesis)
    we (?:report|present|propose|show|demonstrate|introduce|develop|describe|find|found|investigate|studied|examined)
    we (?:monitored|conclude|compare|compared|analy[sz]e|analy[sz]ed)
    our (?:results?|findings|study|work|sample|data|approach|method)
    the (?:results|present study|present work|aim|purpose|objective)
    (?:is|are|was|were) (?:reported|presented|proposed|demonstrated)
    (?:in )?dieser? arbeit
    wir (?:zeigen|stellen|haben|untersuchen|präsentieren)
    ziel (?:der|dieser)
    die ergebnisse
    nous (?:montrons|présentons|proposons)
    dans cet(?:te)? (?:article|étude)
    (?:en este|neste|in questo) (?:trabajo|artículo|trabalho|artigo|lavoro|studio)
    """
)
OUTCOME = any_of(
    r"""
    resulting in
    results? (?:show|indicate|suggest|reveal)
    achiev\w+
    reach\w+
    exceed\w+
    surpass\w+
    deliver\w+
    exhibit\w+
    yield\w+
    outperform\w*
    increase[ds]?
    reduc(?:ed|es)
    improv(?:ed|es)
    (?:higher|lower|better|faster) than
    compared (?:to|with)
    significant(?:ly)?
    suggests?
    ergab\w*
    erreich\w+
    zeig(?:t|en|te|ten)
    """
)
CLAIM = any_of(
    r"""
    we (?:show|find|found|demonstrated?|observed?|conclude|achieved?|report(?:ed)?|obtain(?:ed)?)
    (?:results?|findings|data|analys[ei]s|study) (?:clearly )?(?:show|indicate|suggest|reveal)(?:s|ed)?
    (?:results?|findings|data|analys[ei]s|study) (?:clearly )?(?:demonstrate|confirm)(?:s|d|ed)?
    achiev(?:e[sd]?|ing)
    reach(?:e[sd]|ing)?
    exceed(?:s|ed|ing)?
    surpass\w*
    deliver(?:s|ed|ing)
    exhibit(?:s|ed|ing)?
    yield(?:s|ed)
    outperform\w*
    (?:at|re)tain(?:s|ed)
    remain(?:s|ed)
    obtained|observed|found (?:to|that)
    (?:is|are|was|were) (?:significantly |much |considerably )?(?:higher|lower|larger|smaller|greater|better|faster)
    (?:is|are|was|were) (?:significantly |much |considerably )?(?:shorter|longer|fewer|worse|slower)
    (?:in|de)creased|reduced|improved|enhanced
    result(?:ed|ing) in
    did not
    no (?:significant )?(?:differences?|correlation|effect)
    correlat(?:ed|es|ion)
    wir (?:zeigen|fanden|erhalten)
    ergab(?:en)?
    zeigt(?:en?)?
    erreich(?:t|te|ten|en)
    beträgt|betrug(?:en)?
    stieg|sank|erhöht\w*|verringert\w*
    nous (?:montrons|avons)
    résultats montrent|atteint|augment\w+|diminu\w+
    los resultados|alcanz\w+|aument\w+|disminu\w+
    risultati mostrano|raggiun\w+|os resultados
    """
)
COMPARED = any_of(
    r"""
    (?:higher|lower|larger|smaller|greater|better|worse|faster|slower|more|less|fewer|shorter|longer) than
    compared (?:to|with)
    twice|doubled|highest|lowest|maximum|superior
    orders? of magnitude
    significant(?:ly)?
    times (?:higher|lower|that|of|as)
    (?:higher|lower|larger|smaller|better|faster)
    höher|niedriger|größer|kleiner|schneller|verglichen|signifikant
    """
)
OF_OTHERS = any_of(
    r"""
    et al
    previous(?:ly)?
    ha(?:s|ve) been (?:reported|shown|used|found|proposed)
    literature
    reported by
    it is (?:well )?known
    (?:is|are) (?:well )?known to
    generally
    are advised
    recommend(?:ed|ations?)? (?:is|are|that)
    """
)
PROCEDURE = any_of(
    r"""
    (?:was|were) (?:purchased|added|prepared|dried|washed|stirred|heated|dissolved|mixed|collected|recorded|used)
    (?:was|were) (?:carried out|inoculated|cultured|incubated|centrifuged|measured|placed|coated|assembled|calculated)
    (?:was|were) (?:asked|recruited|performed|conducted|obtained from|supplied|excluded|set|kept)
    (?:was|were) (?:observed|characteri[sz]ed|analy[sz]ed|examined) (?:using|by|with|via)
    (?:was|were) (?:investigated|studied|determined|tested) (?:using|by|with|via)
    (?:will|should) be
    can be (?:seen|found) in
    wurden? .*(?:gemessen|verwendet|durchgeführt)
    """
)
DOING = any_of(
    r"""
    we (?:next |then |first |also |further |therefore )?(?:collected|measured|prepared|used|performed)
    we (?:next |then |first |also |further |therefore )?(?:investigated|evaluated|monitored|tested|examined)
    we (?:next |then |first |also |further |therefore )?(?:analy[sz]ed|recorded|compared|designed|chose)
    we (?:next |then |first |also |further |therefore )?(?:selected|studied|applied|employed|adopted)
    """
)
# A sentence that leans on the one before it.
LEANING = any_of(
    r"""
    this|these|those|it|its|they|their|such|both|then|also
    however|moreover|furthermore|additionally|in addition|therefore|thus|hence|consequently|nevertheless
    on the other hand|in contrast|similarly|for (?:example|instance)|as a result|the (?:former|latter)
    dies\w*|es|sie|dabei|daher|jedoch|außerdem|somit|dadurch|ebenso
    figures?|fig\.|tables?|abbildung|tabelle|equation
    """,
    at_start=True,
)
CAPTION_TALK = any_of(r"figures? \w+|fig\.|tables? \d+|abbildung|tabelle", at_start=True)
CLOSING = any_of(
    r"""
    in (?:summary|conclusion|short)
    to (?:summari[sz]e|conclude|sum up)
    zusammenfassend
    en conclusi[oó]n
    """,
    at_start=True,
)
THANKS = any_of(r"thanks?|grateful|acknowledge[sd]?|danken?|bedanken|remercions|agradec\w+|ringrazi\w+")
POINTING = re.compile(
    r"\b(?:fig(?:ure|s)?\.?|tables?|eqs?\.?|section|chapter|abbildung|tabelle|kapitel|abschnitt|satz|lemma|definition)"
    r"\s?\(?\d",
    re.IGNORECASE,
)
UNITS = (
    r"(?:[µμmkMGnp]?(?:A|V|W|Wh|Ah|F|J|Hz|Ω|ohm|S|g|m|l|L|M|s|Pa|bar|eV|cal|mol|K|C|h|B|T|N)|cm|ppm|fold|times|days?|"
    r"hours?|cycles?|min|Prozent|von \d+|out of \d+)(?![^\W\d_])"
)
MEASURED = re.compile(rf"\d[\d.,]*\s?(?:±\s?[\d.,]+\s?)?(?:[%‰°]|-fold|{UNITS})|[=≈~<>±≥≤]\s?[−-]?\d|\bp\s?[<=>]")
