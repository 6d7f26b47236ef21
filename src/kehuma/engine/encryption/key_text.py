"""A key as a text that people can print, read out and type: one wrong character is always found, and its group named.

Fourteen groups of five characters. Thirteen hold four characters of the key and one check character over the field of
32 elements, weighted by place and group; so any one wrong character, any two that changed places within a group, and
any two of these groups that changed places are found without exception. The last group holds 25 bits of SHA-256 over
the key: of other mistypings that all group checks let pass, it misses one in 33 million.

>>> text = key_text(bytes(range(32)))
>>> text[:35]
'00017-081G1-8186T-0W40Z-J2GBN-1G6G7'
>>> read_key_text(text.lower().replace("-", " ")) == bytes(range(32))
True
>>> read_key_text(text.replace("8186T", "8168T"))
Traceback (most recent call last):
kehuma.engine.encryption.errors.KeyTextError: group 3 of the key is mistyped
"""

import hashlib
import hmac

from kehuma.engine.encryption.base32 import ALPHABET, VALUES, written
from kehuma.engine.encryption.errors import KeyTextError

_BITS = 256
_GROUP = 5
_DATA_GROUPS = 13
_GROUPS = _DATA_GROUPS + 1
_SEPARATORS = str.maketrans("", "", "- \t\r\n")
# x^5 + x^2 + 1 is primitive: the weights 1, 2, 4, 8, 16 of a group and that of its place are all different.
_POLYNOMIAL = 0b100101


def key_text(key: bytes) -> str:
    """A key of 32 bytes in fourteen groups, joined by hyphens."""
    data = written(int.from_bytes(key, "big"), 4 * _DATA_GROUPS)
    groups = [data[at : at + 4] for at in range(0, len(data), 4)]
    checked = [group + _check(group, place) for place, group in enumerate(groups, 1)]
    return "-".join([*checked, _whole(key)])


def read_key_text(text: str) -> bytes:
    """The key. Small letters, spaces, line ends, other grouping and lines that begin with ``#`` do not matter.

    KeyTextError ``key-text-length``, ``key-text-character``, ``key-text-group`` or ``key-text-whole``; nothing is
    ever corrected.
    """
    groups = _groups(text)
    for place, group in enumerate(groups[:-1], 1):
        if _check(group[:4], place) != group[4]:
            raise KeyTextError("key-text-group", group=place)
    number = 0
    for character in "".join(group[:4] for group in groups[:-1]):
        number = number << 5 | VALUES[character]
    # 52 characters hold 260 bits; the first four are always 0.
    if number >> _BITS:
        raise KeyTextError("key-text-group", group=1)
    key = number.to_bytes(_BITS // 8, "big")
    if not hmac.compare_digest(_whole(key), groups[-1]):
        raise KeyTextError("key-text-whole")
    return key


def _groups(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    characters = "\n".join(lines).translate(_SEPARATORS)
    # Only then: some letters of other scripts have capitals that are ASCII.
    characters = characters.upper() if characters.isascii() else characters
    for at, character in enumerate(characters):
        if character not in VALUES:
            raise KeyTextError("key-text-character", group=at // _GROUP + 1, most=_GROUPS)
    if len(characters) != _GROUPS * _GROUP:
        raise KeyTextError("key-text-length", length=len(characters), expected=_GROUPS * _GROUP)
    return [characters[at : at + _GROUP] for at in range(0, len(characters), _GROUP)]


def _check(group: str, place: int) -> str:
    total = place
    for character in group:
        total = _doubled(total) ^ VALUES[character]
    return ALPHABET[_doubled(total)]


def _doubled(element: int) -> int:
    element <<= 1
    return element ^ _POLYNOMIAL if element >> 5 else element


def _whole(key: bytes) -> str:
    digest = hashlib.sha256(b"kehuma root key 1" + key).digest()
    return written(int.from_bytes(digest[:4], "big") >> 7, _GROUP)
