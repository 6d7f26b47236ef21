"""Whole columns of serial numbers as bytes, and what they add to a check character: the tables behind ``bulk``.

A band is a run of numbers whose texts have one width and whose places do not depend on one another, so that a text is
put together from a few tables of up to 10,000 pieces each.

>>> from kehuma.engine.coding.model import Serial
>>> bands = bands_of(Serial("serial", width=2, overflow="letters"), room=2)
>>> [(band.first, band.last) for band in bands]
[(0, 99), (100, 1035)]
>>> bands[1].texts(np.array([100, 136]))
array([b'A0', b'B0'], dtype='|S2')
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kehuma.engine.coding import serials
from kehuma.engine.coding.check_characters import Algorithm
from kehuma.engine.coding.model import ALPHABETS, LETTERS, Serial

Numbers = NDArray[np.int64]

# Numbers beyond this leave no room for sums in 64 bits; they are written one by one.
LARGEST = 2**62
# Tables of this size stay in the processor's cache.
_TABLE = 10_000
# Pieces of these many bytes are copied as one machine word, which is four times as fast as copying texts.
_WORDS: dict[int, np.dtype[Any]] = {1: np.dtype("u1"), 2: np.dtype("<u2"), 4: np.dtype("<u4")}


@dataclass(frozen=True)
class Chunk:
    """Some neighbouring places of a number, starting at ``offset``, with a table of all their texts."""

    offset: int
    alphabets: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many texts there are."""
        return prod(map(len, self.alphabets))

    @property
    def word(self) -> np.dtype[Any]:
        """The machine word that holds one text."""
        return _WORDS[len(self.alphabets)]

    @property
    def texts(self) -> NDArray[Any]:
        """All texts in order, each as one machine word."""
        return _texts(self.alphabets)


@dataclass(frozen=True)
class Band:
    """The numbers from ``first`` to ``last``; counted from ``zero``, their places run through ``alphabets``."""

    first: int
    last: int
    zero: int
    alphabets: tuple[str, ...]

    @property
    def width(self) -> int:
        """The characters of each text."""
        return len(self.alphabets)

    @cached_property
    def chunks(self) -> tuple[Chunk, ...]:
        """The places cut into pieces, from the left."""
        chunks: list[Chunk] = []
        end = self.width
        while end:
            width = next(width for width in (4, 2, 1) if self._fits(end - width, end))
            end -= width
            chunks.insert(0, Chunk(end, self.alphabets[end : end + width]))
        return tuple(chunks)

    def parts(self, numbers: Numbers) -> list[Numbers]:
        """For each chunk, which of its texts each number has."""
        rest = numbers - self.zero if self.zero else numbers
        parts = []
        for chunk in self.chunks[:0:-1]:
            above = rest // chunk.size
            parts.append(rest - above * chunk.size)
            rest = above
        return [rest, *reversed(parts)]

    def texts(self, numbers: Numbers) -> NDArray[np.bytes_]:
        """The numbers as they stand in codes."""
        made = np.empty(len(numbers), record({chunk.offset: chunk.word for chunk in self.chunks}, self.width))
        for chunk, part in zip(self.chunks, self.parts(numbers), strict=True):
            made[str(chunk.offset)] = chunk.texts.take(part)
        return made.view(f"S{self.width}")

    def _fits(self, start: int, end: int) -> bool:
        return start >= 0 and prod(map(len, self.alphabets[start:end])) <= _TABLE


def bands_of(serial: Serial, room: int) -> list[Band]:
    """All bands of a serial up to ``LARGEST``, in order."""
    last = min(serials.last_number(serial, room), LARGEST)
    size = len(serial.alphabet)
    bands = [Band(0, size**serial.width - 1, 0, (serial.alphabet,) * serial.width)]
    if serial.overflow == "letters" and not serial.width_max:
        first = 10**serial.width
        bands.append(Band(first, last, first, (LETTERS, *(ALPHABETS["base36"],) * (serial.width - 1))))
    else:
        widths = range(serial.width + 1, serials.widest(serial, room) + 1)
        bands += [Band(size ** (width - 1), size**width - 1, 0, (serial.alphabet,) * width) for width in widths]
    whole = [band for band in bands if band.first <= last]
    return [Band(band.first, min(band.last, last), band.zero, band.alphabets) for band in whole]


def record(words: dict[int, np.dtype[Any]], width: int) -> np.dtype[Any]:
    """A row of ``width`` bytes as a record, whose fields are the machine words at these offsets, named by them."""
    return np.dtype({"names": [*map(str, words)], "formats": [*words.values()], "offsets": [*words], "itemsize": width})


def weights_of(algorithm: Algorithm, band: Band, right: int) -> list[Numbers]:
    """For each chunk of a band, what each of its texts adds to the sum behind a check character.

    ``right`` is how many characters of the checked text stand to the right of the number.
    """
    return [
        _weights(algorithm, chunk.alphabets, right + band.width - chunk.offset - len(chunk.alphabets))
        for chunk in band.chunks
    ]


@lru_cache(maxsize=64)
def symbols_of(algorithm: Algorithm, printed: frozenset[str], count: int) -> NDArray[np.uint8]:
    """The check characters of all sums of ``count`` values below the modulus; 0 for one that is never printed."""
    symbols = (algorithm.symbol_of(total) for total in range(algorithm.modulus * count))
    return np.array([ord(symbol) if symbol in printed else 0 for symbol in symbols], dtype=np.uint8)


@lru_cache(maxsize=64)
def _texts(alphabets: tuple[str, ...]) -> NDArray[Any]:
    columns = np.stack(_places([np.frombuffer(alphabet.encode(), np.uint8) for alphabet in alphabets]), axis=1)
    words: NDArray[Any] = np.ascontiguousarray(columns).view(_WORDS[len(alphabets)])
    return words[:, 0]


@lru_cache(maxsize=256)
def _weights(algorithm: Algorithm, alphabets: tuple[str, ...], right: int) -> Numbers:
    last = len(alphabets) - 1
    places = [
        np.array([algorithm.contribution(character, right + last - place) for character in alphabet], dtype=np.int64)
        for place, alphabet in enumerate(alphabets)
    ]
    return np.asarray(sum(_places(places)) % algorithm.modulus, dtype=np.int64)


def _places(values: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
    """For each place its value in every combination of places, combinations in the order of counting."""
    return [grid.reshape(-1) for grid in np.meshgrid(*values, indexing="ij")]
