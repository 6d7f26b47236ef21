"""From a passphrase to a key by Argon2id (RFC 9106), with what it takes to do it again.

Three passes over 256 MiB in four lanes: four times the memory of the second recommended option of RFC 9106 (64 MiB),
and about a second on two cores. It is paid once per start, and by a thief for each guess.

>>> stretching = Stretching(bytes(16))
>>> stretching.text()
'argon2id,m=262144,t=3,p=4,AAAAAAAAAAAAAAAAAAAAAA'
>>> Stretching.from_text(stretching.text()) == stretching
True
"""

import base64
import re
import unicodedata
from dataclasses import dataclass
from typing import Self

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw

from kehuma.engine.encryption.errors import PassphraseError
from kehuma.engine.encryption.hidden import SECRET, Chance, drawn

SALT = 16
LEAST_CHARACTERS = 8

_TEXT = re.compile(r"argon2id,m=([1-9][0-9]{0,8}),t=([1-9][0-9]{0,2}),p=([1-9][0-9]?),([A-Za-z0-9_-]{22})", re.ASCII)
# Below the second recommended option of RFC 9106 a thief guesses too fast; above 4 GiB a start could not be paid for.
_LEAST_MEMORY, _MOST_MEMORY = 64 * 1024, 4 * 1024 * 1024
_LEAST_PASSES, _MOST_PASSES = 3, 100
_MOST_LANES = 64


@dataclass(frozen=True, slots=True)
class Stretching:
    """The salt and the work. It is no secret and is stored in clear; ``memory`` is in KiB.

    PassphraseError ``stretching-weak`` or ``stretching-costly`` for work outside what can be answered for.
    """

    salt: bytes
    memory: int = 256 * 1024
    passes: int = 3
    lanes: int = 4

    def __post_init__(self) -> None:
        if len(self.salt) != SALT or self.memory < _LEAST_MEMORY or self.passes < _LEAST_PASSES or self.lanes < 1:
            raise PassphraseError("stretching-weak", memory=_LEAST_MEMORY, passes=_LEAST_PASSES, salt=SALT)
        if self.memory > _MOST_MEMORY or self.passes > _MOST_PASSES or self.lanes > _MOST_LANES:
            raise PassphraseError("stretching-costly", memory=_MOST_MEMORY, passes=_MOST_PASSES, lanes=_MOST_LANES)

    @classmethod
    def new(cls, chance: Chance) -> Self:
        """Today's work with a salt of its own."""
        return cls(drawn(chance, SALT))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """What ``text`` wrote; PassphraseError ``stretching-text`` where it is anything else."""
        match = _TEXT.fullmatch(text)
        if match is None:
            raise PassphraseError("stretching-text")
        memory, passes, lanes = map(int, match.group(1, 2, 3))
        stretching = cls(base64.urlsafe_b64decode(match[4] + "=="), memory, passes, lanes)
        if stretching.text() != text:  # the last character of the salt has bits to spare
            raise PassphraseError("stretching-text")
        return stretching

    def text(self) -> str:
        """One line to store beside what the key protects."""
        salt = base64.urlsafe_b64encode(self.salt).decode().rstrip("=")
        return f"argon2id,m={self.memory},t={self.passes},p={self.lanes},{salt}"

    def stretched(self, passphrase: str) -> bytes:
        """32 bytes. PassphraseError ``passphrase-short``, ``passphrase-character``, ``stretching-memory``."""
        prepared = _prepared(passphrase)
        if len(prepared) < LEAST_CHARACTERS:
            raise PassphraseError("passphrase-short", least=LEAST_CHARACTERS)
        work = {"time_cost": self.passes, "memory_cost": self.memory, "parallelism": self.lanes}
        try:
            return hash_secret_raw(prepared.encode(), self.salt, **work, hash_len=SECRET, type=Type.ID)
        except HashingError:
            raise PassphraseError("stretching-memory", memory=self.memory) from None


def _prepared(passphrase: str) -> str:
    """As RFC 8265 (OpaqueString) prepares passwords: the same characters from any keyboard give the same bytes."""
    try:
        passphrase.encode()
    except UnicodeEncodeError:
        raise PassphraseError("passphrase-character") from None
    spaced = "".join(" " if unicodedata.category(character) == "Zs" else character for character in passphrase)
    if any(unicodedata.category(character) == "Cc" for character in spaced):
        raise PassphraseError("passphrase-character")
    return unicodedata.normalize("NFC", spaced)
