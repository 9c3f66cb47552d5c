"""The words by which papers name their sections, in the languages they are written in."""

from __future__ import annotations

import re
from typing import Final

NAMED: Final = re.compile(
    r"(?:abstract|summary|introduction|background|(?:materials?|patients?) and methods|methods?|methodology|experimental"
    r"(?: section| procedures?| details)?|theory|results(?: and discussions?)?|discussions?|conclusions?(?: and \w+)?|"
    r"acknowledge?ments?|references|bibliography|appendix|supplementary (?:material|information)|data availability|"
    r"author contributions?|competing interests|conflicts? of interest|funding|literature cited|"
    r"zusammenfassung|einleitung|einführung|material und methoden|methoden|ergebnisse(?: und diskussion)?|diskussion|"
    r"fazit|schlussfolgerung(?:en)?|literatur(?:verzeichnis)?|danksagung|anhang|résumé|introducción|métodos|resultados"
    r"(?: y discusión)?|discusión|conclusiones|referencias|bibliografía|agradecimientos|matériels? et méthodes|"
    r"résultats(?: et discussion)?|remerciements|références|bibliographie|resumen|inhaltsverzeichnis|contents)",
    re.I,
)
