"""What this package refuses; each error can be said in Chinese and in English, and none holds a key or a value."""

import tomllib
from functools import cache
from importlib import resources

from kehuma.engine.coding.errors import CodingError, Language
from kehuma.engine.encryption.errors import EncryptionError


class SealingError(CodingError):
    """The base of the errors below; its sentences stand in ``messages.toml`` beside this file."""

    def say(self, language: Language) -> str:
        """The error as one sentence without a full stop."""
        return said(self.message, language, self.facts)


class StoreSealedError(SealingError):
    """No key is at hand that opens personal values. ``message`` says why, ``key-missing`` for example."""


class ErasedError(SealingError):
    """The data key of a subject was destroyed. Facts: ``subject``, its id."""

    def __init__(self, subject: int) -> None:
        super().__init__("erased", subject=subject)


class DamagedError(SealingError):
    """Something sealed does not open: it was changed, or moved from another place. Facts: ``reason``, an EncryptionError."""

    def __init__(self, reason: EncryptionError) -> None:
        super().__init__("damaged", reason=reason)


class KeysError(SealingError):
    """Something cannot be done with the keys as they are."""


def said(message: str, language: Language, facts: dict[str, object]) -> str:
    """A sentence of ``messages.toml``."""
    return messages()[message][language].format_map({name: _shown(fact, language) for name, fact in facts.items()})


@cache
def messages() -> dict[str, dict[str, str]]:
    """All sentences by id; each has ``zh`` and ``en``."""
    return tomllib.loads(resources.files(__package__).joinpath("messages.toml").read_text("utf-8"))


def _shown(fact: object, language: Language) -> str:
    # An error of the encryption says its own sentence.
    text = str(fact.say(language)) if hasattr(fact, "say") else str(fact)
    text = text if len(text) <= 300 else text[:300] + "…"
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
