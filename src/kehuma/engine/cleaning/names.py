"""Names of persons and enterprises: as they are shown, as they are compared, and what is left of a firm's name.

>>> tidy_name(" 北京　衡岳数据" + chr(0x200B) + "技术有限公司 ")
'北京 衡岳数据技术有限公司'
>>> normal_name("北京衡岳数据技术（集团）有限责任公司.") == normal_name("北京衡岳数据技术(集团)有限公司")
True
>>> core_name("北京衡岳数据技术有限公司上海分公司")
'北京衡岳数据技术上海'
"""

import re
import unicodedata

# Zero-width, direction and tag characters: invisible, so two names that look the same would differ by them.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]")
_BLANKS = re.compile(r"\s+")
_NO_LETTERS = re.compile(r"[\W_]+")
_SAME = re.compile("有限责任公司")
_LEGAL_FORM = re.compile(
    "股份有限公司|有限责任公司|有限公司|合伙企业|个体工商户|集团公司|总公司|分公司|(?<=.)公司$|(?<=..)集团$"
)


def tidy_name(text: str) -> str:
    """The text without invisible characters, with single blanks and none at its ends."""
    return _BLANKS.sub(" ", _INVISIBLE.sub("", text)).strip()


def normal_name(text: str) -> str:
    """What two spellings of one name have in common: letters and digits, without case, width or punctuation."""
    if text.isascii():
        return _NO_LETTERS.sub("", text).lower()
    plain = _NO_LETTERS.sub("", unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold())
    return _SAME.sub("有限公司", plain)


def core_name(text: str) -> str:
    """The name without its legal forms; the name itself where nothing would be left."""
    return _LEGAL_FORM.sub("", text) or text
