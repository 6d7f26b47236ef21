"""A secret order of the numbers of a counter, so that codes do not tell how many customers there are.

FF1 (NIST SP 800-38G) over AES-256, on the bits of the number; a result past the last number is encrypted again until it
lies inside (cycle walking), which keeps the order a permutation of exactly the numbers that can be written.

>>> order = NumberPermutation(bytes(32), "customer")
>>> [order.forward(number, 10_000, "region=BJ") for number in (1, 2, 3)]
[3508, 5705, 2804]
>>> order.backward(order.forward(1, 10_000, "region=BJ"), 10_000, "region=BJ")
1

What it is for: whoever has seen some codes can estimate neither how many there are nor which come next. Ranges of fewer
than a million numbers are smaller than NIST asks for where secrets are encrypted; a code is none.
"""

from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from kehuma.engine.encryption.hidden import Hidden, hkdf, joined

_BLOCK = 16
_ROUNDS = 10
# The least domain of SP 800-38G is 100: smaller ranges walk through 128 numbers.
_LEAST_BITS = 7
_REMEMBERED = 1_000


class Ff1:
    """FF1 under an AES key for numerals of one radix, ``length`` of them, written as one number."""

    __slots__ = ("_bytes", "_digest", "_encrypt", "_head", "_pad", "_parts", "_tweak", "radix")

    def __init__(self, key: bytes, radix: int, length: int, tweak: bytes = b"") -> None:
        self.radix = radix
        left, right = length // 2, length - length // 2
        self._parts: tuple[int, int] = (int(radix**left), int(radix**right))
        # ECB is the bare block cipher, from which FF1 makes its own chain; ``update`` keeps no state between blocks.
        self._encrypt = Cipher(algorithms.AES(key), modes.ECB()).encryptor().update  # noqa: S305
        self._bytes = ((radix**right - 1).bit_length() + 7) // 8
        self._digest = 4 * ((self._bytes + 3) // 4) + 4
        first = bytes((1, 2, 1)) + radix.to_bytes(3) + bytes((_ROUNDS, left % 256))
        self._head = self._encrypt(first + length.to_bytes(4) + len(tweak).to_bytes(4))
        self._tweak, self._pad = tweak, bytes(-(len(tweak) + self._bytes + 1) % _BLOCK)

    def encrypt(self, number: int) -> int:
        """The number that stands for this one; both are below ``radix ** length``."""
        left, right = divmod(number, self._parts[1])
        for turn in range(_ROUNDS):
            left, right = right, (left + self._stirred(turn, right)) % self._parts[turn % 2]
        return left * self._parts[1] + right

    def decrypt(self, number: int) -> int:
        """The way back."""
        left, right = divmod(number, self._parts[1])
        for turn in reversed(range(_ROUNDS)):
            left, right = (right - self._stirred(turn, left)) % self._parts[turn % 2], left
        return left * self._parts[1] + right

    def _stirred(self, turn: int, half: int) -> int:
        chained = self._head
        data = self._tweak + self._pad + bytes((turn,)) + half.to_bytes(self._bytes)
        for start in range(0, len(data), _BLOCK):
            chained = self._encrypt(_xor(chained, data[start : start + _BLOCK]))
        digest, count = chained, 1
        while len(digest) < self._digest:
            digest += self._encrypt(_xor(chained, count.to_bytes(_BLOCK)))
            count += 1
        return int.from_bytes(digest[: self._digest])


class NumberPermutation(Hidden):
    """The orders of all counters of one scheme name, each under a key of its own derived from ``secret``.

    The same secret, name and counter key give the same order for ever.
    """

    __slots__ = ("_of",)

    def __init__(self, secret: bytes, scheme: str) -> None:
        super().__init__(secret)

        @lru_cache(_REMEMBERED)
        def of(counter_key: str, bits: int) -> Ff1:
            return Ff1(hkdf(secret, info=joined("kehuma permutation", scheme, counter_key)), 2, bits)

        self._of = of

    def forward(self, number: int, size: int, counter_key: str) -> int:
        """The number to write for ``number``, both below ``size``."""
        order = self._of(counter_key, _bits(size))
        walked = order.encrypt(_inside(number, size))
        while walked >= size:
            walked = order.encrypt(walked)
        return walked

    def backward(self, number: int, size: int, counter_key: str) -> int:
        """The number for which ``number`` was written."""
        order = self._of(counter_key, _bits(size))
        walked = order.decrypt(_inside(number, size))
        while walked >= size:
            walked = order.decrypt(walked)
        return walked


def _inside(number: int, size: int) -> int:
    if not 0 <= number < size:
        # The walk from outside would end inside, on a number that belongs to another.
        message = f"{number} is not below {size}"
        raise ValueError(message)
    return number


def _bits(size: int) -> int:
    return max(_LEAST_BITS, (size - 1).bit_length())


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left) ^ int.from_bytes(right)).to_bytes(_BLOCK)
