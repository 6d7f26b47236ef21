"""Bits as characters for people: 32 signs without I, L, O and U, so that none is taken for 1, 0 or V."""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
VALUES = {character: value for value, character in enumerate(ALPHABET)}


def written(number: int, width: int) -> str:
    """The last ``5 * width`` bits of a number, the highest first.

    >>> written(32, 3)
    '010'
    """
    return "".join([ALPHABET[number >> shift & 31] for shift in range(5 * (width - 1), -1, -5)])
