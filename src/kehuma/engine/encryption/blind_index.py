"""Finding a sealed value by what it is: keyed tokens that are equal where values are, and say nothing else.

>>> index = IndexKey(bytes(32))
>>> phone = index.field("customers.phone")
>>> phone.token("13800138000") == phone.token("13800138000"), len(phone.token("13800138000"))
(True, 16)
>>> phone.token("13800138000") == index.field("contacts.phone").token("13800138000")
False
>>> 0 <= phone.short_token("8000") < 4096
True
"""

import hmac

from kehuma.engine.encryption.hidden import Hidden, hkdf, joined

TOKEN = 16
# The last four digits of a phone have 10,000 values, 13.3 bits. Under 12 bits nine tails in ten share their token with
# another tail, and of the rows that a search finds two in three are others (of 200,000 rows 69 on average, 20 of them
# meant); it opens them and compares. So a thief who knows one customer's phone cannot say which rows end alike. More
# bits would save the search a millisecond and cost this doubt; 10 bits would open 215 rows for 20.
TAIL_BITS = 12
_MOST_BITS = 16


class FieldIndex(Hidden):
    """The tokens of one field. The caller brings each value to its normal form first."""

    __slots__ = ()

    def token(self, normal: str) -> bytes:
        """16 bytes of HMAC-SHA-256: for equality and uniqueness. Not for fields of few values: they would be counted."""
        return hmac.digest(self._secret, b"\0" + normal.encode(), "sha256")[:TOKEN]

    def short_token(self, normal: str, bits: int = TAIL_BITS) -> int:
        """A number of few bits, at most 16, that many values share on purpose: the search sorts out who was meant."""
        if not 1 <= bits <= _MOST_BITS:
            message = f"a short token has 1 to {_MOST_BITS} bits, not {bits}"
            raise ValueError(message)
        digest = hmac.digest(self._secret, b"\1" + normal.encode(), "sha256")
        return int.from_bytes(digest[:2], "big") >> (_MOST_BITS - bits)


class IndexKey(Hidden):
    """The secret behind all indexes. It stays when key versions rotate: another one makes every token anew."""

    __slots__ = ()

    def field(self, name: str) -> FieldIndex:
        """The index of a field, under a key of its own; equal values of two fields have unlike tokens."""
        return FieldIndex(hkdf(self._secret, info=joined("kehuma blind index", name)))
