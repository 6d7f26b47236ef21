"""Names under which outsiders know our customers: other ones for each recipient, and only the owner leads them back.

A recipient sees no code, two recipients together find no customer in common, and nobody without the key can try codes.
The owner needs no stored table: it is made again from the codes.

>>> key = PseudonymKey(bytes(32)).recipient("数据公司", purpose="2027 年客户分析")
>>> key.pseudonym("BJ-IT-0001-W")
'2J7M91N1AEG02VNRGHV7DZE544'
>>> table = dict(pseudonyms(["BJ-IT-0001-W", "SH-FI-0002-K"], key))
>>> table[key.pseudonym("SH-FI-0002-K")]
'SH-FI-0002-K'
"""

import hmac
from collections.abc import Iterable, Iterator

from kehuma.engine.encryption.base32 import written
from kehuma.engine.encryption.hidden import Hidden, hkdf, joined

CHARACTERS = 26
_BYTES = 17
_SPARE = 8 * _BYTES - 5 * CHARACTERS


class RecipientKey(Hidden):
    """The pseudonyms of one recipient for one purpose."""

    __slots__ = ()

    def pseudonym(self, code: str) -> str:
        """26 characters: 130 bits of HMAC-SHA-256 over the canonical text of a code."""
        digest = hmac.digest(self._secret, code.encode(), "sha256")
        return written(int.from_bytes(digest[:_BYTES], "big") >> _SPARE, CHARACTERS)


class PseudonymKey(Hidden):
    """The owner's secret behind the pseudonyms of all recipients."""

    __slots__ = ()

    def recipient(self, recipient: str, *, purpose: str = "", epoch: int = 1) -> RecipientKey:
        """The key for a recipient; another purpose or a later epoch gives pseudonyms that match none of before."""
        return RecipientKey(hkdf(self._secret, info=joined("kehuma pseudonyms", recipient, purpose, str(epoch))))


def pseudonyms(codes: Iterable[str], key: RecipientKey) -> Iterator[tuple[str, str]]:
    """Pairs of pseudonym and code: ``dict`` makes the table that leads back."""
    return ((key.pseudonym(code), code) for code in codes)
