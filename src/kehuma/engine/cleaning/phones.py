"""Telephone numbers as one text each: E.164, or the bare digits of a local number without its area code.

>>> normal_phone("138 0012-3456"), normal_phone("＋86 13800123456"), normal_phone("(010) 6255-1234 转 802")
('+8613800123456', '+8613800123456', '+861062551234;802')
>>> normal_phone("50009024")
'50009024'
>>> digits_of("+8613800123456")
'13800123456'
"""

import re
import unicodedata

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from kehuma.engine.cleaning.reasons import Unusable

_MOBILE = re.compile(r"(?:\+?(?:00)?86)?(1[3-9][0-9]{9})")
_LANDLINE = re.compile(r"(?:\+?(?:00)?86)?0?((?:10|2[0-9]|[3-9][0-9]{2})[0-9]{7,8})")
_SERVICE = re.compile(r"[48]00[0-9]{7}")
_LOCAL = re.compile(r"[2-8][0-9]{6,7}")
_EXTENSION = re.compile(r"(?:转|轉|ext\.?|x|#|-(?=[0-9]{1,5}$))\s*([0-9]{1,6})$", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s\-‐-―−()./·]+")
_HOME = "+86"


def normal_phone(text: str) -> str:
    """The number in E.164 with its extension after a semicolon; Unusable ``phone`` where it is none.

    Without a country code it is read as Chinese. A local number without area code stays as its digits.
    """
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    digits = _SEPARATORS.sub("", plain)
    if found := _MOBILE.fullmatch(digits):
        return _HOME + found[1]
    return _domestic(digits) or _with_extension(plain) or _foreign(plain)


def is_mobile(normal: str) -> bool:
    """Whether the normal form is a Chinese mobile number."""
    return _MOBILE.fullmatch(normal) is not None


def digits_of(normal: str) -> str:
    """The digits that people dial at home, without country code and extension."""
    number = normal.partition(";")[0]
    return number[len(_HOME) :] if number.startswith(_HOME) else number.lstrip("+")


def _domestic(digits: str) -> str:
    if found := _LANDLINE.fullmatch(digits):
        return _HOME + found[1]
    if _SERVICE.fullmatch(digits):
        return _HOME + digits
    return digits if _LOCAL.fullmatch(digits) else ""


def _with_extension(plain: str) -> str:
    found = _EXTENSION.search(plain.strip())
    if not found:
        return ""
    number = _domestic(_SEPARATORS.sub("", plain.strip()[: found.start()]))
    return f"{number};{found[1]}" if number else ""


def _foreign(plain: str) -> str:
    try:
        number = phonenumbers.parse(plain[:60], "CN")
    except NumberParseException:
        raise Unusable("phone") from None
    if not phonenumbers.is_valid_number(number):
        raise Unusable("phone")
    written = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return f"{written};{number.extension}" if number.extension else str(written)
