"""The authors of a paper: the names printed under its title, freed of marks, degrees and affiliations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from research.papers.lines import RAISED, Line
from research.papers.title import plain

_STOP: Final = re.compile(
    r"\s*(?:abstract|a\s?b\s?s\s?t\s?r\s?a\s?c\s?t|summary|keywords?|introduction|background|received|accepted|"
    r"published|"
    r"highlights|article info|a\s?r\s?t\s?i\s?c\s?l\s?e|index terms|cite this|citation|correspondence|edited by|"
    r"zusammenfassung|kurzfassung|résumé|resumen|doi|https?:|doctoral|dissertation|thesis|submitted|eingereicht|"
    r"\d+\.?\s+introduction|inhalt|contents|objectives?|purpose|aims?|in this (?:study|paper|work))\b",
    re.I,
)
_PLACE: Final = re.compile(
    r"\b(?:universi\w*|institut\w*|departm\w*|département|departamento|laborator\w*|laboratoire|school|college|academy|"
    r"facult\w*|fakultät|hochschule|centre|center|centro|hospital|clinic|klinik|ministry|corporation|gmbh|inc|ltd|"
    r"company|"
    r"research group|national|key lab|division|street|avenue|road|p\.?o\.? box|china|germany|france|usa|u\.s\.a|"
    r"japan|spain|"
    r"italy|india|korea|united|canada|brazil|australia|switzerland|netherlands|sweden|technology|engineering|sciences?|"
    r"e-?mail|tel|fax|orcid|corresponding|equal\w*|contributed|article|journal|member|fellow|student|group|of the|"
    r"open access|view|online|check|updates|license|access|ETH|EPFL|MIT|CNRS|CSIC|CSIRO|NIST|NREL|CEA|INRA\w*|"
    r"polytechni\w*|politecnic\w*|foundation|society|team)\b",
    re.I,
)
_DEGREE: Final = re.compile(
    r"\b(?:Ph\.?\s?D\.?|M\.?D\.?|Dr\.?(?:-Ing\.?|\s?rer\.?\s?nat\.?)?|Prof(?:essor|\.)?|M\.?Sc\.?|B\.?Sc\.?|"
    r"Dipl\.?-?\w*\.?|"
    r"MPH|R\.?D\.?N?|FACS|DVM|MBBS|Ing\.|(?:Senior |Student |Life )?(?:Member|Fellow),? IEEE|IEEE|Jr\.?(?=,|"
    r"$))(?=[\s,;.⁰¹²³⁴⁵⁶⁷⁸⁹*†‡]|$)"
)
_PARTICLES: Final = re.compile(
    r"von|van|der|den|de|del|della|di|da|das|do|dos|du|la|le|les|el|al|bin|ibn|ben|ter|ten|zu|zum|zur|y|e|und|af|av|st"
)
_SPLIT: Final = re.compile(r"\s*(?:[,;·•|]|\s&\s|(?<!\w)&(?!\w)|\s(?:and|und|et|y|with)\s)\s*", re.I)
_MARKS: Final = re.compile(r"[*†‡§¶#∗⁎✉⊥∥‖]|[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+|\[\d+\]|\(\d+\)|(?<=[a-zà-ÿ])\d+(?:,\d+)*|\d+")
_CJK: Final = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]{2,6}")
_TOKEN: Final = re.compile(r"(?:[A-ZÀ-ÞĀ-ŽЀ-Я]\.?-?)+|(?:[dDOL]['’])?[A-ZÀ-ÞĀ-ŽḀ-ỿЀ-Я][\w'’.\-]*")


def find_authors(lines: Sequence[Line], title: Sequence[Line], stored: str | None) -> list[str]:
    """The authors in printed order, from the lines of the first page; `stored` is the file's own author field."""
    kept = _stored_names(stored)
    page = plain(" ".join(line.text for line in lines))
    kept = kept if kept and plain(kept[0]) in page else []
    if len(kept) > 1 and all(plain(name) in page for name in kept):
        return kept
    printed = _printed(lines, title)
    if kept and kept[0] in printed:
        return printed[printed.index(kept[0]) :]
    if kept and printed and plain(kept[0]) != plain(printed[0]):
        same = plain(kept[0].split()[-1]) in plain(printed[0])
        return printed if same else kept
    return printed or kept


def _stored_names(stored: str | None) -> list[str]:
    if not stored:
        return []
    names = [_name(part) for part in _SPLIT.split(_DEGREE.sub("", stored).strip())]
    if stored.count(",") == 1 and len([n for n in names if n]) < 2:  # "Zhang, Leyuan"
        last, first = stored.split(",")
        names = [_name(f"{first.strip()} {last.strip()}")]
    return [name for name in names if name]


def _printed(lines: Sequence[Line], title: Sequence[Line]) -> list[str]:
    """Names in the lines below the title, until affiliations, dates or the abstract begin."""
    if not title:
        return []
    spot = max(index for index, line in enumerate(lines) if line in title)
    names: list[str] = []
    first: Line | None = None
    since = 0
    for line in _below(lines[spot + 1 :], title[-1]):
        if _STOP.match(line.text) or len(names) > 200 or since > 6:
            break
        found = _names_in(line)
        if not found or (since and first is not None and line.face != first.face):
            since += bool(names)
            continue
        first, since = first or line, 0
        names += [name for name in found if name not in names]
    if not names and lines[:spot]:
        above = [name for line in lines[max(0, spot - 4) : spot] if line not in title for name in _names_in(line) or ()]
        names = above
    return names


def _below(lines: Sequence[Line], title: Line) -> list[Line]:
    """The next lines of the page, those that start above the title (masthead, side bar) left out."""
    return [line for line in lines if line.baseline < title.baseline + 2][:40]


def _names_in(line: Line) -> list[str] | None:
    """The names in a line; None if it is something else."""
    text = "".join(
        ("," if level == RAISED and not c.isspace() else c) for c, level in zip(line.text, line.script, strict=True)
    )
    text = _DEGREE.sub("", re.sub(r"\([^)]*\)", " ", text))
    text = re.sub(r"^\s*(?:by|von|par|por|authors?:|autor(?:en|in)?:|vorgelegt von)\s+", "", text, flags=re.I)
    text = re.sub(r",\s*(?:[a-z]|\d)(?=\s*(?:,|$|\sand))", ",", text)  # affiliation letters that are not raised
    if _PLACE.search(text) or "@" in text or (re.search(r"\b(?:19|20)\d\d\b", text) and "," not in text):
        return None
    parts = [part for part in _SPLIT.split(_MARKS.sub(",", text)) if part.strip(" .,;:-–")]
    names = [_name(part) for part in parts]
    good = [name for name in names if name]
    return good if good and len(good) * 3 >= 2 * len(parts) else None


def _name(part: str) -> str | None:
    """One name in its usual case, or None if the words are none."""
    part = " ".join(_MARKS.sub(" ", part).replace("\u00a0", " ").split()).strip(" .,;:-–'")
    if _CJK.fullmatch(part.replace(" ", "")):
        return part
    tokens = part.split()
    if tokens and tokens[0].lower() in ("and", "und", "et", "y", "&", "with"):
        tokens = tokens[1:]
    if tokens and len(tokens[-1]) == 1 and tokens[-1].islower():
        tokens = tokens[:-1]
    if not 2 <= len(tokens) <= 7 or len(part) > 60:
        return None
    if not all(_TOKEN.fullmatch(token) or _PARTICLES.fullmatch(token.lower()) for token in tokens):
        return None
    proper = [token for token in tokens if not _PARTICLES.fullmatch(token.lower())]
    if not proper or not any(len(token.strip(".")) > 1 for token in proper) or tokens[-1].lower() in ("and", "und"):
        return None
    if all(token.isupper() for token in proper) and any(len(token.strip(".-")) > 3 for token in proper):
        tokens = [_title_case(token) for token in tokens]
    return " ".join(tokens)


def _title_case(token: str) -> str:
    if _PARTICLES.fullmatch(token.lower()):
        return token.lower()
    if "." in token or len(token) == 1:
        return token
    return re.sub(r"[^\W\d_]+", lambda word: word[0][0] + word[0][1:].lower(), token)
