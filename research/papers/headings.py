"""The words by which papers name their sections, in the languages they are written in."""

from __future__ import annotations

import re
from typing import Final

NAMED: Final = re.compile(
    r"(?:abstract|summary|introduction|background|(?:materials?|patients?) and methods|methods?|methodology|"
    r"experimental"
    r"(?: section| procedures?| details)?|theory|results(?: and discussions?)?|discussions?|conclusions?(?: and \w+)?|"
    r"acknowledge?ments?|references|bibliography|appendix|supplementary (?:material|information)|data availability|"
    r"author contributions?|competing interests|conflicts? of interest|funding|literature cited|"
    r"zusammenfassung|einleitung|einführung|material und methoden|methoden|ergebnisse(?: und diskussion)?|diskussion|"
    r"fazit|schlussfolgerung(?:en)?|literatur(?:verzeichnis)?|danksagung|anhang|résumé|introducción|métodos|resultados"
    r"(?: y discusión)?|discusión|conclusiones|referencias|bibliografía|agradecimientos|matériels? et méthodes|"
    r"résultats(?: et discussion)?|remerciements|références|bibliographie|resumen|inhaltsverzeichnis|contents)",
    re.I,
)

NUMBER: Final = re.compile(
    r"(?:(?:\d{1,2}(?:\.\d{1,2}){0,3}\.?|[IVX]{1,5}\.|[A-H]\.)\s+|[■●▪◆•□]\s*)(?=[A-ZÀ-ÞА-Я\u4e00-\u9fff])"
)


def is_heading_line(text: str) -> bool:
    """Whether the words of a line alone make it a heading: a usual name, or capitals after a number."""
    number = NUMBER.match(text)
    words = text[number.end() :].rstrip(" :") if number else text.rstrip(" :")
    if not words[:1].isupper() or len(words) > 80:
        return False
    return bool(NAMED.fullmatch(words)) or (number is not None and words.isupper() and len(words) > 5)
