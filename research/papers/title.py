"""The title of a paper: by how the first page is set, cross-checked with the file's own metadata."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from research.papers.glyphs import LINE_END_HYPHEN
from research.papers.lines import LEVEL, Line

_NOT_A_TITLE: Final = re.compile(
    r"(?:an? )?(?:(?:original|full|short|invited|regular|special|mini|perspective|feature|review|technical|"
    r"brief)[ -]*)*"
    r"(?:research|review|article|articles|paper|papers|letter|letters|communication|communications|report|reports|note|"
    r"perspective|perspectives|editorial|commentary|viewpoint|tutorial|minireview|opinion|correspondence|protocol|"
    r"focus|"
    r"(?:research|review|data|original) ?(?:article|paper)s?|case report|systematic review|"
    r"contents(?: lists available.*)?|"
    r"abstract|summary|introduction|open|open access|open access article|cite this|view article online|"
    r"check for updates|"
    r"journal homepage.*|available online.*|table of contents|inhaltsverzeichnis|accepted manuscript|preprint|artikel|"
    r"author manuscript|research open access|review open access|originalarbeit|artículo original|article original|"
    r"research article open access|graphical abstract|highlights|supporting information|dissertation|thesis|"
    r"master'?s thesis|master thesis|doctoral thesis|phd thesis|bachelorarbeit|masterarbeit|science ?direct|"
    r"elsevier|mdpi|springer|"
    r"wiley|plos one|ieee access|acs|rsc|nature|science)(?: open access)?[.:|]?",
    re.I,
)
_MASTHEAD: Final = re.compile(
    r"\b(?:journal of|international journal|transactions on|proceedings of|volume \d|vol\. ?\d|doi:|https?://|"
    r"www\.|issn|"
    r"contents lists|sciencedirect|downloaded from|copyright|©|received:?\s|published|arxiv:|pubs\.acs|"
    r"university of .* press|cite this|homepage)",
    re.I,
)
_PLACEHOLDER: Final = re.compile(
    r"(?:microsoft word|untitled|paper\b|manuscript|pii:|doi:|10\.\d{4}|layout \d|template|document\d?$|title$|"
    r".*\.(?:docx?|tex|"
    r"pdf|indd|dvi|qxd|eps)\b|\S+$|\d+(?:\.\.\d+|-\d+)$)",
    re.I,
)


def plain(text: str) -> str:
    """Letters and digits only, lower case, for comparing what is printed with what is stored."""
    return re.sub(r"[\W_]+", "", text.casefold())


def find_title(lines: Sequence[Line], stored: str | None, body: float) -> tuple[str | None, list[Line]]:
    """The title and its lines, from the lines of the first page and the title stored in the file (if any).

    A stored title counts only if it is printed on the page: many files carry the name of a template.
    """
    printed = _join(best) if (best := _most_prominent(lines, body)) else None
    stored = " ".join((stored or "").split())
    page = plain(" ".join(line.text for line in lines))
    if (
        not stored
        or len(stored) < 8
        or (_PLACEHOLDER.fullmatch(stored) and " " not in stored)
        or plain(stored) not in page
    ):
        return printed, best
    if printed and plain(stored) in plain(printed) and len(plain(printed)) <= 2.2 * len(plain(stored)):
        return printed, best
    covering = _lines_of(lines, plain(stored))
    if _NOT_A_TITLE.fullmatch(stored) or not covering or (best and len(stored.split()) < 3):
        return printed, best
    return stored, covering


def _most_prominent(lines: Sequence[Line], body: float) -> list[Line]:
    """The lines of the group set largest in the upper part of the page that reads like a title."""
    groups = _groups([line for line in lines if line.baseline > 0.3 * line.height])
    page = " \n".join(line.text for line in lines)
    scored = [
        (score, -index, group)
        for index, group in enumerate(groups)
        if (score := _score(group, body)) > 0 and not _is_journal(group, page)
    ]
    if not scored:
        return []
    return max(scored, key=lambda one: one[:2])[2]


def _groups(lines: Sequence[Line]) -> list[list[Line]]:
    groups: list[list[Line]] = []
    for line in lines:
        last = groups[-1][-1] if groups else None
        if (
            last is not None
            and abs(last.size - line.size) < 0.06 * last.size
            and last.face.bold == line.face.bold
            and 0 <= last.baseline - line.baseline < 2.1 * line.size
            and line.left < last.right + 3 * line.size
            and not _NOT_A_TITLE.fullmatch(last.text.strip())
            and not _NOT_A_TITLE.fullmatch(line.text.strip())
        ):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _is_journal(group: Sequence[Line], page: str) -> bool:
    """Whether the words are the name of the journal: elsewhere on the page its volume or year follows them."""
    name = r"\s+".join(re.escape(word) for word in " ".join(line.text for line in group).split())
    return len(name) < 120 and re.search(rf"{name}[,.]?[ ]+(?:vol\S*[ ]+)?\(?\d", page, re.I) is not None


def _score(group: Sequence[Line], body: float) -> float:
    text = " ".join(line.text for line in group).strip()
    words = text.split()
    letters = sum(c.isalpha() for c in text)
    if (
        letters < 6
        or letters < 0.6 * len(text.replace(" ", ""))
        or _NOT_A_TITLE.fullmatch(text)
        or _MASTHEAD.search(text)
    ):
        return 0.0
    if len(text) > 400 or len(group) > 8 or "@" in text:
        return 0.0
    size = group[0].size / (body or 10.0)
    if size < 1.05 and not group[0].face.bold:
        return 0.0
    score = size * (1.15 if group[0].face.bold else 1.0)
    if len(words) < 3:  # the name of a journal or a logo is short; so are few titles
        score *= 0.45
    elif len(text) < 32:
        score *= 0.8
    if group[0].baseline < 0.45 * group[0].height:
        score *= 0.7
    return score


def _join(lines: Sequence[Line]) -> str:
    text = ""
    for line in lines:
        shown = "".join(
            c for c, level in zip(line.text, line.script, strict=True) if c not in "*†‡§¶" or level == LEVEL
        ).strip(" *†‡§¶")
        if text.endswith(LINE_END_HYPHEN):
            text = text[:-1] + shown
        elif text.endswith(("-", "–", "/")):
            text += shown
        else:
            text = f"{text} {shown}"
    text = " ".join(text.replace(LINE_END_HYPHEN, "-").split())
    return re.sub(r"(?<=\w)[⁰¹²³⁴⁵⁶⁷⁸⁹]$", "", text).rstrip(" *†‡")


def _lines_of(lines: Sequence[Line], wanted: str) -> list[Line]:
    """The consecutive lines that together print the wanted text, those set largest if it is printed twice."""
    found: list[list[Line]] = []
    for start in range(len(lines)):
        joined = ""
        for end in range(start, min(start + 9, len(lines))):
            joined += plain(lines[end].text)
            if wanted in joined:
                if wanted not in plain("".join(line.text for line in lines[start + 1 : end + 1])):
                    found.append(list(lines[start : end + 1]))
                break
    return max(found, key=lambda group: group[0].size, default=[])
