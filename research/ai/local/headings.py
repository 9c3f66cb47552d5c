"""Which part of a paper a heading opens."""

import re

LEFT_OUT = frozenset({"back", "aside"})

# The order matters: "Results and discussion" is results, "Summary and outlook" a conclusion.
KINDS = {
    "conclusion": r"""
        (general |main )?conclusions?\b.*|concluding remarks|summary and (conclusions?|outlook|perspectives?)
        outlook|outlook and .*|schlussfolgerung(en)?|fazit|zusammenfassung und .*|ausblick
        conclusion(es|i)|conclusión|conclusões|conclusão|conclusie""",
    "back": r"""
        references?( and notes)?|bibliography|literature cited|literatur(verzeichnis)?|quellen(verzeichnis)?
        références|referencias|referências|bibliograf[ií]a|bibliographie""",
    "aside": r"""
        acknowledge?ments?|acknowledge?ments? and .*|danksagung(en)?|remerciements|agradecimientos|funding.*
        authors?[’']? contributions?|competing interests?|declaration of.*
        conflicts? of interests?.*|(data|code) availability.*|availability of data.*|supplementary.*
        supporting information.*|additional (information|files?)|ethics.*|abbreviations|nomenclature|appendix.*
        appendices|anhang.*|index|(stichwort|symbol|abbildungs|inhalts)verzeichnis|(table of )?contents
        list of (figures|tables|symbols)|online content|reporting summary|author (information|details)
        publisher[’']?s note|open access|peer review.*|consent.*|orcid.*|associated content|notes|endnotes
        key ?words|highlights|article history""",
    "abstract": r"abstract|summary|zusammenfassung|kurzfassung|résumé|resumen|riassunto|sommario|resumo|samenvatting",
    "introduction": r"""
        introduction|background|related work|motivation|state of the art|einleitung|einführung|hintergrund
        vorwort|preface|foreword|introducción|introduzione|introdução|inleiding""",
    "methods": r"""
        ((materials?|subjects|patients|participants)( and|,| &)? )?methods?( and materials?)?( section)?
        methodology|methodik|methoden|experimental( section| details| procedures?| methods?| setup)?
        materials?|materials? and .*|material und methoden|experimenteller teil|(matériel et )?méthodes?
        ((materiales|materiais|materiali) (y|e) )?(métodos|metodi)|study design|statistical analys[ei]s|statistics
        data (collection|analysis)|study (area|population)""",
    "results": r"""
        results?( (and|&) discussions?)?|main results|findings|ergebnisse( und diskussion)?
        résultats.*|resultados.*|risultati.*|resultaten.*""",
    "discussion": r"""
        (general )?discussions?|diskussion|discusión|discussione|discussão|discussie|limitations
        strengths and limitations""",
}


def listed(listing: str) -> re.Pattern[str]:
    """A pattern out of a listing of alternatives that runs over several lines."""
    return re.compile("|".join(line.strip() for line in listing.strip().splitlines()), re.IGNORECASE)


PATTERNS = {kind: listed(listing) for kind, listing in KINDS.items()}
NUMBERING = re.compile(r"^(?:(?:\d{1,2}(?:\.\d{1,2})*|[IVX]{1,5}|[A-H])[.)]?\s+|[•■▪]\s*)")
LABELS = """
abstract|summary|background|introduction|objectives?|aims?|purpose|methods?|materials and methods|results?|findings
results and discussion|discussion|conclusions?|interpretation|zusammenfassung|hintergrund|ziel|methoden?|ergebnisse?
fazit|diskussion|schlussfolgerung(?:en)?|résumé|resumen|resumo|riassunto|author contributions?|funding
acknowledge?ments?|conflicts? of interest|competing interests?|data availability(?: statement)?
supplementary materials?
"""
# A heading in the line of its paragraph: `Results: The cell …`, `Background For endurance …`.
RUN_IN = re.compile(
    rf"^((?=[A-ZÄÖÜ])(?i:{'|'.join(LABELS.split(chr(10))[1:-1])}))(?:\s*[:.—–-]+\s*(?=\S)|\s+(?=[A-ZÄÖÜ][a-zäöü]*\s))"
)
KEYWORDS = re.compile(
    r"^(?:key ?words?|index terms|schlüsselwörter|schlagwörter|stichworte|mots[- ]clés|palabras clave)\b[\s:.—–-]*",
    re.IGNORECASE,
)


def plain_heading(line: str) -> str:
    """A heading without its number and closing punctuation."""
    return NUMBERING.sub("", line.strip()).strip(" .:\t").replace("\xa0", " ")


def heading_kind(title: str) -> str | None:
    """The part of a paper that a heading opens, or None for one that only its author knows."""
    plain = re.sub(r"\s+", " ", spaced_out(plain_heading(title)))
    return next((kind for kind, pattern in PATTERNS.items() if pattern.fullmatch(plain)), None)


def spaced_out(title: str) -> str:
    """`A B S T R A C T`, as some publishers set it, as one word."""
    return title.replace(" ", "") if re.fullmatch(r"(?:\w ){3,}\w", title) else title


def looks_numbered(line: str) -> bool:
    """Whether a line is a numbered heading such as `2.1. Material Preparation`."""
    numbered = re.match(r"^\d{1,2}(?:\.\d{1,2})*\.?\s+[^\W\d_]", line)
    return bool(numbered) and len(line) < 80 and not line.rstrip().endswith((".", ",", ";", ":"))
