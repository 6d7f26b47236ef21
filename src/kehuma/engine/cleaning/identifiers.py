"""Numbers that authorities give out: social credit codes, resident identity numbers, passports, tax numbers.

>>> normal_identifier("uscc", "9111 0108 5513 8508 2q")
'91110108551385082Q'
>>> normal_identifier("uscc", "91110108551385O82Q")
Traceback (most recent call last):
...
kehuma.engine.cleaning.reasons.Unusable: uscc
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from kehuma.engine.cleaning.reasons import Unusable

_SEPARATORS = re.compile(r"[\s\-‐-―−·./]+")
_PASSPORT = re.compile(r"[A-Z0-9]{5,20}")
_TAX = re.compile(r"[A-Z0-9]{6,20}")
_LONGEST_OWN = 100
# GB 32100-2015: a place in digits, an alphabet of 31 signs, and a check digit with which the sum of the values, weighted
# by the powers of 3, is a multiple of 31. Not stdnum: it walks a number eight times, sign by sign, which was a tenth of
# the time that a row of a file takes; the tests ask it too.
_USCC = re.compile(r"[0-9]{8}[0-9A-HJ-NPQRTUWXY]{10}")
_USCC_VALUES = {sign: value for value, sign in enumerate("0123456789ABCDEFGHJKLMNPQRTUWXY")}
_USCC_WEIGHTS = (*(pow(3, place, 31) for place in range(17)), 1)
# The alphabet of social credit codes lacks these letters, so each can only be a misread sign.
_MISREAD = str.maketrans({"O": "0", "I": "1", "Z": "2", "S": "5"})
# GB/T 2260: the first digit of a place is one of the six great areas, Taiwan, or Hong Kong and Macao.
_RESIDENT = re.compile(r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])[0-9]{15}[0-9X]")


def normal_identifier(kind: str, text: str) -> str:
    """The number in its normal form; Unusable with the kind as reason, and the number that may have been meant."""
    plain = (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip().upper()
    return _CHECKS[kind](plain)


def _uscc(plain: str) -> str:
    number = _SEPARATORS.sub("", plain)
    if _is_uscc(number):
        return number
    mended = number.translate(_MISREAD)
    raise Unusable("uscc", mended if mended != number and _is_uscc(mended) else "")


def _is_uscc(number: str) -> bool:
    if not _USCC.fullmatch(number):
        return False
    return sum(_USCC_VALUES[sign] * weight for sign, weight in zip(number, _USCC_WEIGHTS, strict=True)) % 31 == 0


def _resident_id(plain: str) -> str:
    number = _SEPARATORS.sub("", plain)
    # Not ric.validate: its table of districts raises a bare KeyError for newer ones (330113), and refuses people whose
    # number was given out by a district that is younger than they are.
    if not _RESIDENT.fullmatch(number) or number[-1] != ric.calc_check_digit(number):
        raise Unusable("resident_id")
    try:
        ric.get_birth_date(number)
    except ValidationError:
        raise Unusable("resident_id") from None
    return number


def _passport(plain: str) -> str:
    number = _SEPARATORS.sub("", plain)
    if not _PASSPORT.fullmatch(number):
        raise Unusable("passport")
    return number


def _tax_number(plain: str) -> str:
    number = _SEPARATORS.sub("", plain)
    if not _TAX.fullmatch(number):
        raise Unusable("tax_number")
    return number


def _own_number(plain: str) -> str:
    if len(plain) > _LONGEST_OWN or not plain.isprintable() or not any(sign.isalnum() for sign in plain):
        raise Unusable("own_number")
    return plain


_CHECKS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "uscc": _uscc,
        "resident_id": _resident_id,
        "passport": _passport,
        "tax_number": _tax_number,
        "own_number": _own_number,
    }
)
KINDS = tuple(_CHECKS)
