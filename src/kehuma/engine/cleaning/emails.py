"""Addresses of mail.

>>> normal_email(" Zhang.San@Example.COM ")
'zhang.san@example.com'
"""

import re
import unicodedata

from kehuma.engine.cleaning.reasons import Unusable

_ADDRESS = re.compile(r"[^\s@,;<>()\"]{1,64}@(?:[^\s@.,;<>()\"-][^\s@.,;<>()\"]*\.)+[^\s@.,;<>()\"\d]{2,63}")
_LONGEST = 254


def normal_email(text: str) -> str:
    """The address in lower case, as no provider tells capitals apart; Unusable ``email`` where it is none."""
    plain = (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip().lower()
    if len(plain) > _LONGEST or not _ADDRESS.fullmatch(plain):
        raise Unusable("email")
    return plain
