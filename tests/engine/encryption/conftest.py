"""Chance that repeats itself from run to run, and keys made with it."""

import hashlib
from itertools import count

import pytest

from kehuma.engine.encryption.hidden import Chance
from kehuma.engine.encryption.versions import KeyRing, KeyVersion


@pytest.fixture
def chance() -> Chance:
    numbers = count()

    def draw(length: int) -> bytes:
        return hashlib.shake_256(next(numbers).to_bytes(8, "big")).digest(length)

    return draw


@pytest.fixture
def ring() -> KeyRing:
    return KeyRing([KeyVersion(1, b"1" * 32), KeyVersion(2, b"2" * 32)])
