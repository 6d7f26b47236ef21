"""Initials of names: pinyin for Chinese, first letters for the rest.

>>> initials("北京字节跳动")
'BJZJTD'
>>> initials("北京字节跳动科技有限公司", drop=("place", "legal-form"))
'ZJTDKJ'
>>> initials("单雄信"), initials("Claire Gute"), initials("A&D宁波酒店")
('SXX', 'CG', 'ADNBJD')

Initials go into codes that never change, so a heteronym has one chosen reading; ``readings`` knows the others too.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from itertools import islice
from typing import Any

from kehuma.engine.coding.name_parts import without

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# Hostile names cost no more than long ones: nobody's initials need more.
_LOOKED_AT = 100
_MOST_READINGS = 16
# 张三 and 张三丰 are people; a name of four characters is one only under a compound surname (欧阳).
_LONGEST_PERSON = {1: 3, 2: 4}
_PLACE_LENGTHS = (4, 3, 2)

_HAN = "\u3007\u3400-\u9fff\U00020000-\U0003ffff"
_BLANKS_IN_HAN = re.compile(rf"(?<=[{_HAN}])\s+(?=[{_HAN}])")
_PIECES = re.compile(f"(?P<han>[{_HAN}]+)|(?P<word>[A-Za-z]+(?:'[A-Za-z]+)*)|[0-9]+")
_MARKS = re.compile("[\u0300-\u036f]+")
_SHORT_CAPITALS = re.compile("[A-Z]{1,5}")


def initials(name: str, *, drop: Collection[str] = (), alphabet: str = LETTERS) -> str:
    """The initials of a name in the chosen reading; empty where nothing in the name has any.

    ``drop`` leaves out a leading ``place``, the ``legal-form``, the ``trade``, but never everything. Only characters of
    ``alphabet`` are written, in the case it has them in.
    """
    return "".join(_printable(letters, alphabet)[:1] for _, letters in _letters(name, drop))


def readings(name: str, *, drop: Collection[str] = (), alphabet: str = LETTERS) -> tuple[str, ...]:
    """All initials a name may be looked for under, the chosen ones first: one character at a time read otherwise."""
    known = [(*letters, *_heteronyms(character)) for character, letters in _letters(name, drop)]
    choices = [choice for letters in known if (choice := _printable(letters, alphabet))]
    chosen = "".join(choice[0] for choice in choices)
    others = (
        chosen[:place] + other + chosen[place + 1 :] for place, choice in enumerate(choices) for other in choice[1:]
    )
    return tuple(islice(dict.fromkeys((chosen, *others)), _MOST_READINGS))


def _letters(name: str, drop: Collection[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The characters of a name that have initials, each with the letters our tables and pypinyin know, best first."""
    plain = _plain(name)
    text = without(plain, drop)
    pieces = list(_PIECES.finditer(text))
    # IBM is IBM, alone and beside Chinese; in a row of words (GE Healthcare) each gives one letter.
    keeps_capitals = len(pieces) == 1 or any(piece["han"] for piece in pieces)
    for piece in pieces:
        if han := piece["han"]:
            yield from zip(han, _of_han(han, may_be_person=han == plain), strict=True)
        elif piece["word"] and not (keeps_capitals and _SHORT_CAPITALS.fullmatch(piece["word"])):
            yield piece["word"][0], (piece["word"][0],)
        else:
            yield from ((character, (character,)) for character in piece[0])


def _printable(letters: Iterable[str], alphabet: str) -> str:
    """The different letters in the case that the alphabet has them in."""
    forms = (form for letter in letters for form in (letter.upper(), letter.lower()) if form and form in alphabet)
    return "".join(dict.fromkeys(forms))


def _plain(name: str) -> str:
    """Half-width, without accents, and no longer than needed."""
    text = _MARKS.sub("", unicodedata.normalize("NFKD", name[:_LOOKED_AT]))[:_LOOKED_AT].replace("\u2019", "'")
    return _BLANKS_IN_HAN.sub("", text.strip())


def _of_han(text: str, *, may_be_person: bool) -> tuple[tuple[str, ...], ...]:
    """The letters of each character: places and surnames by our tables, everything else as pypinyin reads its words."""
    known = _place(text)
    if may_be_person and len(known) < len(text):
        known = _surname(text) or known
    # The table of pypinyin takes 0.17 s, and most schemes have no initials.
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415
    from pypinyin.constants import PINYIN_DICT  # noqa: PLC0415

    # A character that is younger than that table (U+30000) ends pypinyin with an IndexError; a sign does not.
    readable = "".join(sign if ord(sign) in PINYIN_DICT else "?" for sign in text[len(known) :])
    # One empty text for each character without pinyin; the stub of pypinyin forgets that a list is allowed.
    unread: Any = lambda rest: [""] * len(rest)  # noqa: E731 - the annotation is what mends the stub
    read = lazy_pinyin(readable, style=Style.FIRST_LETTER, errors=unread)
    return (*known, *((letter[:1],) for letter in read))


def _surname(text: str) -> tuple[tuple[str, ...], ...]:
    """The letters of each character of the surname that a person's name begins with; nothing for other names."""
    for length, longest in sorted(_LONGEST_PERSON.items(), reverse=True):
        letters = _table("surnames").get(text[:length])
        if letters and len(text) <= longest:
            return letters
    return ()


def _place(text: str) -> tuple[tuple[str, ...], ...]:
    known = (_table("place-readings").get(text[:length]) for length in _PLACE_LENGTHS)
    return next((letters for letters in known if letters), ())


def _heteronyms(character: str) -> Iterator[str]:
    from pypinyin import Style, pinyin  # noqa: PLC0415  # as above
    from pypinyin.constants import PINYIN_DICT  # noqa: PLC0415  # as above

    if ord(character) not in PINYIN_DICT:
        return
    for syllables in pinyin(character, style=Style.FIRST_LETTER, heteronym=True, errors="ignore"):
        yield from (syllable[:1] for syllable in syllables)


@cache
def _table(name: str) -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """Names with the first letters of the readings of each of their characters."""
    text = (resources.files("kehuma.engine.coding") / "data" / f"{name}.csv").read_text("utf-8")
    rows = (row.split(",") for row in text.splitlines()[1:])
    return {known: _first_letters(spoken) for known, *spoken in rows}


def _first_letters(spoken: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """("yu chi", "wei chi") gives the letters of the first character, then those of the second."""
    syllables = (reading.split() for reading in spoken if reading)
    return tuple(tuple(syllable[0] for syllable in choice) for choice in zip(*syllables, strict=True))
