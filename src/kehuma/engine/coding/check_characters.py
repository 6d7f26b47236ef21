"""Check characters: one more character that gives typing errors away.

>>> algorithm = ALGORITHMS["iso7064-mod37-2"]
>>> algorithm.of("BJIT0001")
'Y'
>>> algorithm.is_valid("BJIT0001Y"), algorithm.is_valid("BJTI0001Y")
(True, False)

Texts come without separators. ISO 7064 names the systems; ``mod31`` is that of GB 32100 (统一社会信用代码).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from stdnum import damm, luhn, verhoeff
from stdnum.iso7064 import mod_11_2, mod_11_10, mod_37_2, mod_37_36

_DIGITS = "0123456789"
_BASE_36 = _DIGITS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# GB 32100 leaves out I, O, S, V and Z.
_BASE_31 = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# The rightmost of the 17 characters before the check character weighs 3 to the power of 16.
_LAST_POWER = 16


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One way to compute a check character over texts of ``alphabet_in``; it prints characters of ``alphabet_out``.

    A linear algorithm is a weighted sum: what a character adds depends on nothing but itself and its place, so sums can
    be prepared part by part. For a text t, ``symbol_of(sum of contribution(c, places to the right of c)) == of(t)``.
    """

    name: str
    alphabet_in: str
    alphabet_out: str
    modulus: int = 0
    _routine: Callable[[str], str] | None = None
    _weigh: Callable[[int, int], int] = lambda value, _: value
    _offset: int = 0

    @property
    def linear(self) -> bool:
        """Whether the check character is a weighted sum."""
        return self.modulus > 0

    def of(self, text: str) -> str:
        """The check character of a text; ValueError for characters outside ``alphabet_in``."""
        foreign = next((character for character in text if character not in self.alphabet_in), None)
        if foreign is not None:
            message = f"{foreign!r} has no value in {self.name}"
            raise ValueError(message)
        if self._routine is not None:
            return self._routine(text)
        last = len(text) - 1
        return self.symbol_of(sum(self.contribution(symbol, last - place) for place, symbol in enumerate(text)))

    def is_valid(self, text: str) -> bool:
        """Whether the last character is the check character of those before it."""
        body, check = text[:-1], text[-1:]
        return bool(body) and set(body) <= set(self.alphabet_in) and self.of(body) == check

    def contribution(self, symbol: str, index_from_right: int) -> int:
        """What a symbol adds to the sum, ``index_from_right`` places before the end of the text. Linear ones only."""
        return self._weigh(self.alphabet_in.index(symbol), index_from_right) % self.modulus

    def symbol_of(self, total: int) -> str:
        """The check character of a sum. Linear ones only."""
        return self.alphabet_out[(self._offset - total) % self.modulus]


def _doubling(value: int, index: int) -> int:
    # ISO 7064, pure systems of radix 2: the check character itself weighs 1, the one before it 2, then 4, 8 and so on.
    return value << (index + 1)


def _power_of_three(value: int, index: int) -> int:
    # Counted from the right, so that a text of any length has weights, and 17 characters have those of GB 32100.
    return value * pow(3, _LAST_POWER - index, 31)


def _luhn(value: int, index: int) -> int:
    return sum(divmod(2 * value, 10)) if index % 2 == 0 else value


ALGORITHMS: Mapping[str, Algorithm] = MappingProxyType(
    {
        algorithm.name: algorithm
        for algorithm in (
            Algorithm("iso7064-mod37-2", _BASE_36, _BASE_36 + "*", 37, mod_37_2.calc_check_digit, _doubling, 1),
            Algorithm("iso7064-mod11-2", _DIGITS, _DIGITS + "X", 11, mod_11_2.calc_check_digit, _doubling, 1),
            Algorithm("iso7064-mod37-36", _BASE_36, _BASE_36, _routine=mod_37_36.calc_check_digit),
            Algorithm("iso7064-mod11-10", _DIGITS, _DIGITS, _routine=mod_11_10.calc_check_digit),
            Algorithm("mod31", _BASE_31, _BASE_31, 31, _weigh=_power_of_three),
            Algorithm("luhn", _DIGITS, _DIGITS, 10, luhn.calc_check_digit, _luhn),
            Algorithm("verhoeff", _DIGITS, _DIGITS, _routine=verhoeff.calc_check_digit),
            Algorithm("damm", _DIGITS, _DIGITS, _routine=damm.calc_check_digit),
        )
    }
)
