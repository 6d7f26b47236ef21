"""Names under which outsiders know our customers: other ones for each recipient, and only the owner leads them back.

A recipient sees no code, two recipients together find no customer in common, and nobody without the key can try codes.
The owner needs no stored table: it is made again from the codes.

>>> key = PseudonymKey(bytes(32)).recipient("数据公司", purpose="2027 年客户分析")
>>> key.pseudonym("BJ-IT-0001-W")
'2J7M91N1AEG02VNRGHV7DZE544'
>>> led_back(["2J7M91N1AEG02VNRGHV7DZE544"], ["SH-FI-0002-K", "BJ-IT-0001-W"], [key])
{'2J7M91N1AEG02VNRGHV7DZE544': 'BJ-IT-0001-W'}
"""

import hmac
from collections.abc import Iterable, Sequence

from kehuma.engine.encryption.base32 import VALUES, written
from kehuma.engine.encryption.hidden import Hidden, hkdf, joined

CHARACTERS = 26
_BYTES = 17
_SPARE = 8 * _BYTES - 5 * CHARACTERS
# What a search compares: whole bytes of a digest, which say the same as 25 characters and a half.
_COMPARED = 16
_SEPARATORS = str.maketrans("", "", "- \t\r\n")
_ALIKE = str.maketrans("OIL", "011")


class RecipientKey(Hidden):
    """The pseudonyms of one recipient for one purpose."""

    __slots__ = ()

    def pseudonym(self, code: str) -> str:
        """26 characters: 130 bits of HMAC-SHA-256 over the canonical text of a code."""
        return written(int.from_bytes(self._digest(code)[:_BYTES], "big") >> _SPARE, CHARACTERS)

    def begins(self, code: str) -> bytes:
        """The first 16 bytes of the same, which are made in a third of the time."""
        return self._digest(code)[:_COMPARED]

    def _digest(self, code: str) -> bytes:
        return hmac.digest(self._secret, code.encode(), "sha256")


class PseudonymKey(Hidden):
    """The owner's secret behind the pseudonyms of all recipients."""

    __slots__ = ()

    def recipient(self, recipient: str, *, purpose: str = "", epoch: int = 1) -> RecipientKey:
        """The key for a recipient; another purpose or a later epoch gives pseudonyms that match none of before."""
        return RecipientKey(hkdf(self._secret, info=joined("kehuma pseudonyms", recipient, purpose, str(epoch))))


def read_pseudonym(text: str) -> str:
    """A pseudonym as it was written, from one that people have typed; "" for what cannot be one.

    >>> read_pseudonym("2j7m9-ln1ae-go2vn-rghv7-dze54 4")
    '2J7M91N1AEG02VNRGHV7DZE544'
    """
    plain = text.translate(_SEPARATORS)
    plain = plain.upper().translate(_ALIKE) if plain.isascii() else ""
    return plain if len(plain) == CHARACTERS and all(one in VALUES for one in plain) else ""


def led_back(wanted: Iterable[str], codes: Iterable[str], keys: Sequence[RecipientKey]) -> dict[str, str]:
    """The code behind each pseudonym that one of the keys has made of one of the codes; it stops at the last one."""
    missing = {_compared(one): one for one in wanted}
    found: dict[str, str] = {}
    if not missing:
        return found
    for code in codes:
        for key in keys:
            one = missing.get(key.begins(code))
            if one is not None and one == key.pseudonym(code):
                found[one] = code
        if len(found) == len(missing):
            break
    return found


def _compared(pseudonym: str) -> bytes:
    number = 0
    for character in pseudonym:
        number = number << 5 | VALUES[character]
    return (number << _SPARE).to_bytes(_BYTES, "big")[:_COMPARED]
