"""What the encryption refuses, as facts; the sentence comes last. No error ever holds a key or an opened value.

>>> EncryptionError("version-in-use", version=3, count=120).say("en")
'key version 3 still protects 120 data keys; wrap them under another version first'
>>> EncryptionError("version-in-use", version=3, count=120).say("zh")
'密钥版本 3 仍保护着 120 个数据密钥，请先改用其他版本重新封装'
"""

import tomllib
from functools import cache
from importlib import resources
from typing import Literal

Language = Literal["zh", "en"]

_SHOWN = 60


class EncryptionError(ValueError):
    """The base of all errors here. ``message`` is a key of ``messages.toml``, ``facts`` fill its places."""

    def __init__(self, message: str, **facts: object) -> None:
        self.message, self.facts = message, facts
        super().__init__(self.say("en"))

    def say(self, language: Language) -> str:
        """The error as one sentence without a full stop."""
        return messages()[self.message][language].format_map({name: _shown(fact) for name, fact in self.facts.items()})


class KeyTextError(EncryptionError):
    """A text is no root key. Facts: ``group``, counted from 1, where one group of characters is at fault."""


class PassphraseError(EncryptionError):
    """A passphrase, or the description of how it is stretched, cannot be used."""


class SealedError(EncryptionError):
    """Something sealed does not open. ``message`` says what is wrong: damaged, or sealed for somewhere else."""


class VersionError(EncryptionError):
    """A key version is missing, current or in use. Facts: ``version``."""


class CipherError(EncryptionError):
    """This machine's OpenSSL lacks the cipher, or it has no such name. Facts: ``cipher``."""


@cache
def messages() -> dict[str, dict[str, str]]:
    """All messages by id; each has ``zh`` and ``en``."""
    return tomllib.loads(resources.files(__package__).joinpath("messages.toml").read_text("utf-8"))


def _shown(fact: object) -> str:
    text = str(fact)
    text = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
