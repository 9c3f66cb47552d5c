"""What a quantity measures: the noun phrase beside it, else the kind that its unit tells."""

from __future__ import annotations

import re
from typing import Final

from research.papers.units import dimensions

MAX_WORDS: Final = 6
_KINDS: Final = {
    "[time]": "duration", "[length]": "length", "[mass]": "mass", "[temperature]": "temperature", "pH": "pH",
    "[length] ** 3": "volume", "[length] ** 2": "area", "1 / [time]": "frequency", "[current]": "current",
    "[substance] / [length] ** 3": "concentration", "[mass] / [length] ** 3": "mass concentration",
    "[mass] * [length] ** 2 / [time] ** 3": "power", "[mass] / [time] ** 3": "power density",
    "[current] / [length] ** 2": "current density", "[current] / [mass]": "current density",
    "[current] * [time] / [mass]": "specific capacity", "[mass] / [length] / [time] ** 2": "pressure",
    "[mass] * [length] ** 2 / [time] ** 2": "energy", "[length] ** 3 / [time]": "flow rate", "[substance]": "amount",
    "[length] / [time]": "speed", "[length] ** 2 / [mass]": "specific surface area", "1 / [length]": "wavenumber",
    "[length] ** 3 / [mass]": "specific volume", "[temperature] / [time]": "heating rate",
    "1 / [length] ** 3": "number density", "[mass] * [length] ** 2 / [time] ** 3 / [current]": "voltage",
    "[mass] * [length] ** 2 / [time] ** 3 / [current] ** 2": "resistance",
    "[mass] * [length] ** 2 / [time] ** 4 / [current]": "scan rate",
}  # fmt: skip
# Between the name and its value: verbs, prepositions, signs, comparators.
_LINKS: Final = re.compile(
    r"of|is|was|are|were|be|been|being|at|to|as|by|reached|reaches|reach|reaching|about|approximately|approx|"
    r"around|ca|ca\.|circa|nearly|almost|roughly|up|only|just|over|above|below|under|more|less|greater|higher|"
    r"lower|than|exceeding|surpassing|equal|equals|=|:|~|≈|<|>|≥|≤|\(|from|between|and|a|an|the|with|for|in|on|set|"
    r"kept|maintained|adjusted|operated|achieved|measured|found|estimated|calculated|determined|obtained|showed|"
    r"shows|shown|exhibits|exhibited|delivers|delivered|beyond|least|most|ranging|ranged|ranges|range|increased|"
    r"decreased|increases|decreases|dropped|rose|reduced|raised|remained|remains|still|that|which|high|low|values|"
    r"value|respectively|,|or|von|bei|auf|mit|betrug|beträgt|ist|war|bis|etwa|zu|zur|der|die|das|des|une|un|de|à|"
    r"était|est|fue|es|era|con|una"
)
_BREAKS: Final = re.compile(
    r"is|was|are|were|be|been|and|or|but|with|using|by|from|to|in|on|at|for|when|while|after|before|under|during|"
    r"the|a|an|that|which|where|if|as|than|then|into|onto|via|per|we|it|this|these|those|its|their|has|have|had|"
    r"can|could|may|might|will|would|shall|should|not|showed|shows|exhibited|exhibits|delivered|delivering|"
    r"achieved|reached|produced|obtained|gave|yielded|contained|contains|containing|including|through|between|both|"
    r"also|only|about|und|oder|mit|bei|von|der|die|das|ein|eine|einer|im|am|zum|et|ou|avec|dans|le|la|les|y|o|con|"
    r"en|el|los|las|un|una|resulting|having|added|add|dissolved|heated"
)
_LEADS: Final = re.compile(r"of|is|was|were|are|=|:|at|to|reached|\(|than|from|between|von|betrug|de|~|<|>")
_DETERMINERS: Final = re.compile(r"the|a|an|its|their|this|these|each|of|and|or|der|die|das|des|le|la|les|el|los")
_USELESS_END: Final = re.compile(
    r"using|each|vs|applied|respectively|led|rapidly|restores|recovers|constant|made|drops"
)
_TOKEN: Final = re.compile(r"[^\s,;:()\[\]=~≈<>≥≤]+|[,;:()\[\]=~≈<>≥≤]")
_VALUE: Final = re.compile(r"[~<>±]?[-−]?\d")
_UNIT_TOKEN: Final = re.compile(
    r"[±%°⁻¹²³\-–−~]+|[kmμnc]?[VAWgmLshK]|(?:[a-zA-Z]{1,4}[⁻²³¹]+)|[kmμnc]?(?:m|g|s|L|mol|h|A|V|W)[-−–]?\d|x|×|vs\.?"
)
_NO_NAME: Final = re.compile(
    r"of|each|later|preceding|prior|respectively|before|ago|old|long|thick|wide|high|deep|every|very|long|only|twice|x|i|e"
)
_NOUN_AFTER: Final = re.compile(r"\s+(?:of\s+)?((?:[^\W\d_][\w\-/α-ω⁺⁻]*)(?:\s+[^\W\d_][\w\-/]*){0,3})")


def name_of(sentence: str, start: int, end: int, unit: str) -> str:
    """The best short name for the quantity printed at `start` to `end` of the sentence."""
    kind = _KINDS.get(dimensions(unit), "")
    before = _before(sentence[:start])
    if before:
        return before
    after = _after(sentence[end:])
    return after or kind or ("share" if unit == "percent" else "quantity")


def _before(text: str) -> str:
    """The noun phrase that leads to the value: skip the links next to it, then take words until the phrase breaks."""
    tokens = _TOKEN.findall(text[-220:])
    linked = False
    while tokens and (_LINKS.fullmatch(tokens[-1].lower()) or _is_value(tokens[-1])):
        linked = linked or bool(_LEADS.fullmatch(tokens[-1].lower()))
        tokens.pop()
    words: list[str] = []
    for token in reversed(tokens):
        if (
            _BREAKS.fullmatch(token.lower())
            or not re.match(
                r"[^\W\d_]"
                r"",
                token,
            )
            or _is_value(token)
            or len(words) >= MAX_WORDS
        ):
            break
        words.insert(0, token)
    while words and _DETERMINERS.fullmatch(words[0].lower()):
        words.pop(0)
    while words and (_USELESS_END.fullmatch(words[-1].lower()) or _DETERMINERS.fullmatch(words[-1].lower())):
        words.pop()
    phrase = " ".join(words).strip(" .-–'\"“”")
    return phrase if linked and len(phrase) > 1 and not phrase.lower().endswith("ly") else ""


def _is_value(token: str) -> bool:
    return bool(_VALUE.match(token) or _UNIT_TOKEN.fullmatch(token))


def _after(text: str) -> str:
    found = _NOUN_AFTER.match(text)
    if not found:
        return ""
    words = []
    for word in found[1].split():
        if _BREAKS.fullmatch(word.lower()) or _NO_NAME.fullmatch(word.lower()):
            break
        words.append(word)
    return " ".join(words)
