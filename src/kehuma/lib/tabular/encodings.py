"""Which encoding a text file has, decided on its first megabyte.

>>> detected("客户,城市".encode("gb18030")), detected("客戶,城市".encode("big5"))
('gb18030', 'big5hkscs')

Strict trials come first, statistics last: UTF-8 (it hardly ever fits by chance), then GB18030 and Big5 (most bytes of
the one are also readable as the other, so the share of everyday characters decides), then charset-normalizer.
"""

import codecs
import re

from kehuma.lib.tabular.table import UNDECODABLE

ERRORS = "kehuma-mark"  # the error handler that puts one UNDECODABLE for each run of bytes that makes no character

_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# Half of the bytes of Latin text in UTF-16 are zero, all on one side of the pairs; Chinese text has at least its
# delimiters and line ends.
_UTF16_ZEROS = 0.02

# Characters that no text has. A damaged list has some; pictures and programs have more of them.
_CONTROLS = bytes({*range(32)} - set(b"\t\n\v\f\r\x1b"))
_FEW_CONTROLS = 0.02

# A few damaged bytes do not make a UTF-8 file another one: that many sound characters for each damaged place.
_SOUND_PER_DAMAGE = 20

# GB 2312 puts its everyday characters into the rows B0–D7, Big5 into A4–C6. In Chinese text nearly all are of them.
# With each encoding: the basic one it grew from, the first and the last row of its everyday characters.
_GB = ("gb18030", "gb2312", 0xB0, 0xD7)
_BIG5 = ("big5hkscs", "big5", 0xA4, 0xC6)
# Traditional characters in GBK are outside these rows, so less will do where no other encoding is likelier.
_SOME, _MOSTLY, _CLEARLY = 0.2, 0.5, 0.8
_ENOUGH = 20_000  # characters that are looked at for the share

# What else reaches a Chinese company. Among all of its 90 encodings charset-normalizer finds exotic ones for short files.
_FOREIGN = ("cp1252", "cp932", "cp949", "cp1251")
_GUESSED_FROM = 65_536

_WIDE = re.compile("[^\x00-\x7f]")
_HAN = re.compile("[㐀-鿿]")


def detected(sample: bytes, *, whole: bool = True) -> str | None:
    """The Python name of the encoding, or None when nothing fits. ``whole`` is False when the file goes on."""
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    if side := _utf16_side(sample):
        return side
    if len(sample) - len(sample.translate(None, _CONTROLS)) > _FEW_CONTROLS * len(sample):
        return None
    if _damage("utf-8", sample, whole=whole) is not None:
        return "utf-8"
    return _chinese(sample, _MOSTLY, whole=whole) or _guessed(sample) or _chinese(sample, _SOME, whole=whole)


def decoded(sample: bytes, encoding: str, *, whole: bool) -> str:
    """The sample as text, damaged places marked; a character cut off at the end is left out unless ``whole``."""
    return codecs.getincrementaldecoder(encoding)(ERRORS).decode(sample, final=whole)


def _utf16_side(sample: bytes) -> str | None:
    pairs = len(sample) // 2
    if pairs < 2:
        return None
    low, high = sample[0::2].count(0), sample[1::2].count(0)
    if high > _UTF16_ZEROS * pairs and low <= high / 20:
        return "utf-16-le"
    if low > _UTF16_ZEROS * pairs and high <= low / 20:
        return "utf-16-be"
    return None


def _damage(encoding: str, sample: bytes, *, whole: bool) -> int | None:
    """How many places are damaged; None when they are too many for the file to be of that encoding."""
    text = decoded(sample, encoding, whole=whole)
    damaged = text.count(UNDECODABLE)
    if damaged and len(_WIDE.findall(text)) - damaged < _SOUND_PER_DAMAGE * damaged:
        return None
    return damaged


def _chinese(sample: bytes, least: float, *, whole: bool) -> str | None:
    gb, big5 = _share(sample, _GB, whole=whole), _share(sample, _BIG5, whole=whole)
    if big5 >= _CLEARLY and big5 > gb:
        return _BIG5[0]
    return _GB[0] if gb >= least else None


def _share(sample: bytes, table: tuple[str, str, int, int], *, whole: bool) -> float:
    """The share of everyday characters among the Han characters; 0 when there are none, or too much is damaged."""
    encoding, basic, first, last = table
    if _damage(encoding, sample, whole=whole) is None:
        return 0.0
    wide = _HAN.findall(decoded(sample, encoding, whole=whole)[: _ENOUGH * 10])[:_ENOUGH]
    pairs = (character.encode(basic, "ignore") for character in wide)
    everyday = sum(1 for pair in pairs if len(pair) == 2 and first <= pair[0] <= last)
    return everyday / len(wide) if wide else 0.0


def _guessed(sample: bytes) -> str | None:
    # Imported here: it takes 50 ms, and hardly any file comes this far.
    from charset_normalizer import from_bytes  # noqa: PLC0415

    best = from_bytes(sample[:_GUESSED_FROM], cp_isolation=list(_FOREIGN)).best()
    return best.encoding if best else None


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return UNDECODABLE, error.end


codecs.register_error(ERRORS, _mark)
