"""One text for one code: the canonical form, and the loose key under which people find it anyway.

>>> canonical("ｂｊ-it-0001", most=20)
'BJ-IT-0001'
>>> loose("bj – it 0001", most=20)
'BJIT0001'
"""

import unicodedata

from kehuma.engine.coding.errors import ReadError
from kehuma.engine.coding.model import SEPARATORS

# What people's keyboards and word processors put where a code has a hyphen, a stroke or a dot (Unicode names:
# HYPHEN to HORIZONTAL BAR, HYPHEN BULLET, MINUS SIGN, FIGURE variants, KATAKANA DOT, IDEOGRAPHIC FULL STOP ...).
_LOOK_ALIKES = "‐‑‒–—―⁃−﹘﹣－ー─・·•。．／∕⁄＿﹍\u00a0\u3000"
_ONLY_SEPARATORS = str.maketrans("", "", SEPARATORS)


def canonical(text: str, *, most: int, case_sensitive: bool = False) -> str:
    """NFKC, upper case, printable ASCII; ReadError ``too-long`` before all else, ``empty`` or ``not-ascii``."""
    return _normal(text, "", most=most, case_sensitive=case_sensitive)


def loose(text: str, *, most: int, case_sensitive: bool = False) -> str:
    """The canonical text without separators and their look-alikes; the same errors."""
    return _normal(text, SEPARATORS + _LOOK_ALIKES, most=most, case_sensitive=case_sensitive)


def loose_of(code: str) -> str:
    """The loose key of a code that is canonical already."""
    return code.translate(_ONLY_SEPARATORS).upper()


def _normal(text: str, dropped: str, *, most: int, case_sensitive: bool) -> str:
    if len(text) > most:
        raise ReadError("too-long", text=text, position=most, most=most)
    normal = unicodedata.normalize("NFKC", text).translate(dict.fromkeys(map(ord, dropped))).strip(" ")
    if not normal:
        raise ReadError("empty", text=text, position=0)
    if not _is_ascii(normal):
        raise _foreign(text, dropped)
    if len(normal) > most:
        # One character may stand for several: ⑽ is (10).
        raise ReadError("too-long", text=normal, position=most, most=most)
    return normal if case_sensitive else normal.upper()


def _is_ascii(text: str) -> bool:
    return all(" " <= character <= "~" for character in text)


def _foreign(text: str, dropped: str) -> ReadError:
    """The refusal of the first character, as it was typed, that is not ASCII after NFKC."""
    normal = [(character, unicodedata.normalize("NFKC", character)) for character in text]
    position = next(place for place, (_, ascii_) in enumerate(normal) if not _is_ascii(ascii_.strip(dropped)))
    character = text[position]
    name = unicodedata.name(character, f"U+{ord(character):04X}")
    return ReadError("not-ascii", text=text, position=position, character=character, name=name)
