"""Repair of single characters as PDF fonts deliver them: symbols without a code, ligatures, lost minus signs."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LINE_END_HYPHEN: Final = "\ufffe"  # PDFium's mark for a hyphen at the end of a line
SUPERSCRIPTS: Final = str.maketrans("0123456789+-−–=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿ")
SUPERSCRIPT_DIGITS: Final = "⁰¹²³⁴⁵⁶⁷⁸⁹"

# The Symbol font has no Unicode map in old PDFs: its codes arrive in the private use area from U+F020 on.
_SYMBOL_FONT: Final = dict(
    zip(
        (0xF000 + code for code in (*range(0x61, 0x7B), *range(0x41, 0x5B))),
        "αβχδεφγηιϕκλμνοπθρστυϖωξψζΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ",
        strict=True,
    )
) | {
    0xF0B0: "°", 0xF0B1: "±", 0xF0B4: "×", 0xF0A3: "≤", 0xF0B3: "≥", 0xF0BB: "≈", 0xF0B9: "≠", 0xF0B7: "•",
    0xF02D: "−", 0xF02B: "+", 0xF03D: "=", 0xF03C: "<", 0xF03E: ">", 0xF07E: "~", 0xF025: "%", 0xF0D7: "·",
    0xF0B8: "÷", 0xF0A5: "∞", 0xF0AE: "→", 0xF06D: "μ", 0xF057: "Ω",
}  # fmt: skip

_PLAIN: Final = {
    0x25E6: "°", 0x02DA: "°", 0x00BA: "°", 0x2218: "°", 0x2070 + 0xFFFF: "°", 0x2126: "Ω", 0x00B5: "μ",
    0x00A0: " ", 0x00AD: LINE_END_HYPHEN, 0x2010: "-", 0x2011: "-", 0x2012: "–", 0x2015: "—", 0x223C: "~",
    0x02DC: "~", 0xFF5E: "~", 0x22C5: "·", 0x2219: "·", 0x2027: "·", 0x0387: "·", 0x1806: "-", 0xFE63: "-", 0x2796: "−",
    0x2715: "×", 0x2A2F: "×", 0x02C2: "<", 0x02C3: ">", 0x2A7D: "≤", 0x2A7E: "≥", 0x2266: "≤", 0x2267: "≥",
    0x2243: "≈", 0x2245: "≈", 0x2248: "≈", 0x00B4: "'", 0xFEFF: "", 0x200B: "", 0x200C: "", 0x200D: "", 0x2060: "",
} | dict.fromkeys(range(8192, 8203), " ") | {0x202F: " ", 0x205F: " ", 0x3000: " "}  # fmt: skip

# Compatibility forms that stand for plain letters; superscripts are left alone, they tell exponents.
_COMPATIBLE: Final = (
    (0x0132, 0x0133), (0x2100, 0x214F), (0x3300, 0x33FF), (0xFB00, 0xFDFF), (0xFE70, 0xFEFC), (0xFF01, 0xFF9F),
    (0x1D400, 0x1D7FF), (0x2F00, 0x2FDF),
)  # fmt: skip


def repaired(code: int) -> str:
    """The text of one character code: ligatures split, one code for each symbol, spaces plain; "" if it has none."""
    if code in _PLAIN:
        return _PLAIN[code]
    if code in _SYMBOL_FONT:
        return _SYMBOL_FONT[code]
    if any(low <= code <= high for low, high in _COMPATIBLE):
        return unicodedata.normalize("NFKC", chr(code)).replace("µ", "μ")
    if code < 0x20 or 0xD800 <= code <= 0xDFFF or code == 0xFFFF:
        return ""
    return chr(code)


def needs_a_look(code: int) -> bool:
    """Whether the code says nothing of the glyph: control codes, private use, replacement character."""
    return code < 0x20 or 0xE000 <= code <= 0xF8FF or code in (0xFFFD, 0x7F)


def from_shape(width: float, height: float, middle: float) -> str:
    """The sign that a glyph without a usable code must be by its box, in units of the font size; "" if none.

    A flat wide box in the middle of the line is a minus, a square of middle size around the same axis a times sign.
    Fonts of journals often lack a Unicode map for just these two.
    """
    if width > 0.3 and height < 0.16 and 0.1 < middle < 0.45:
        return "−"
    if 0.35 < width < 0.75 and 0.8 < width / max(height, 0.01) < 1.25 and 0.15 < middle < 0.4:
        return "×"
    return ""


def superscript(text: str) -> str:
    """Raised text with its digits and signs as superscript characters; a raised ring is a degree sign."""
    if text in ("o", "°", "О"):
        return "°"
    return text.translate(SUPERSCRIPTS)


_ONE_CODE: Final = str.maketrans(
    {
        "\u00b5": "μ", "\u2126": "Ω", "\u212b": "Å", "\u00a0": " ", "\u202f": " ", "\u2009": " ",
        "\u25e6": "°", "\u2218": "°", "\u02da": "°", "\u00ba": "°",
    }
)  # fmt: skip
_DOT_FOR_DEGREE: Final = re.compile(r"(?<=\d)\s?[•∙]\s?(?=C\b)")


def one_code(text: str) -> str:
    """A sentence with one code for each sign that units are written with: µ and μ, the two Ω, the rings that mean °."""
    return _DOT_FOR_DEGREE.sub(" °", text.translate(_ONE_CODE))
