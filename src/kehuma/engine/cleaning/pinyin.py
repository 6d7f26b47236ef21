"""Pinyin for finding, one character at a time: fast, and with the other common readings of a heteronym.

Codes take their initials from ``kehuma.engine.coding.initials``, which chooses one reading; who looks for a customer
may have another one in mind.

>>> readings("重"), readings("A"), splits("xian")
(('zhong', 'chong'), (), (('xian',), ('xia', 'n'), ('xi', 'an'), ('xi', 'a', 'n')))
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib import resources
from itertools import islice

from pypinyin.constants import PINYIN_DICT

_LONGEST_SYLLABLE = 6
_MOST_SPLITS = 4
_LONGEST = 60
_TONES = re.compile("[\u0300-\u0307\u0309-\u036f]")


@lru_cache(maxsize=30_000)
def readings(character: str) -> tuple[str, ...]:
    """The syllables of a character without tones, the commonest first, rare ones left out; none for other signs."""
    if common := _heteronyms().get(character):
        return common
    spoken = PINYIN_DICT.get(ord(character), "").partition(",")[0]
    return (_toneless(spoken),) if spoken else ()


def splits(letters: str) -> tuple[tuple[str, ...], ...]:
    """Letters cut into syllables, in up to four ways; the last may be the beginning of one (``zhangs``)."""
    letters = letters[:_LONGEST]
    # From the end: where no way leads to the end, no way is begun, so hostile letters cost no more than others.
    ways: dict[int, tuple[tuple[str, ...], ...]] = {len(letters): ((),)}
    for at in range(len(letters) - 1, -1, -1):
        ways[at] = tuple(islice(_ways(letters, at, ways), _MOST_SPLITS))
    return ways[0] if letters else ()


@lru_cache(maxsize=1_000)
def completions(piece: str) -> tuple[str, ...]:
    """The syllables that begin so, itself among them where it is one.

    >>> completions("xian"), completions("shua")
    (('xian', 'xiang'), ('shua', 'shuai', 'shuan', 'shuang'))
    """
    return tuple(sorted(one for one in _syllables() if one.startswith(piece)))


def _ways(letters: str, at: int, ways: Mapping[int, tuple[tuple[str, ...], ...]]) -> Iterator[tuple[str, ...]]:
    for end in range(min(len(letters), at + _LONGEST_SYLLABLE), at, -1):
        piece = letters[at:end]
        if piece in _syllables():
            yield from ((piece, *rest) for rest in ways[end])
        elif end == len(letters) and piece in _beginnings():
            yield (piece,)


@cache
def _heteronyms() -> Mapping[str, tuple[str, ...]]:
    """The table that ``tools/heteronyms.py`` makes."""
    text = (resources.files("kehuma.engine.cleaning") / "data" / "heteronyms.csv").read_text("utf-8")
    rows = (row.split(",") for row in text.splitlines()[1:])
    return {character: tuple(common.split()) for character, common in rows}


@cache
def _syllables() -> frozenset[str]:
    every = {_toneless(one) for spoken in PINYIN_DICT.values() for one in spoken.split(",") if one}
    return frozenset(one for one in every if one.isascii() and one.isalpha() and set(one) & set("aeiouv"))


@cache
def _beginnings() -> frozenset[str]:
    return frozenset(one[:length] for one in _syllables() for length in range(1, len(one)))


def _toneless(spoken: str) -> str:
    return _TONES.sub("", unicodedata.normalize("NFD", spoken)).replace("u\u0308", "v")
