"""What the log refuses; each error can be said in Chinese and in English."""

import tomllib
from functools import cache
from importlib import resources

from kehuma.engine.coding.errors import CodingError, Language


class LogError(CodingError):
    """The base of the errors below; its sentences stand in ``messages.toml`` beside this file."""

    def say(self, language: Language) -> str:
        """The error as one sentence without a full stop."""
        return said(self.message, language, self.facts)


class StoreBehindError(LogError):
    """The witness has seen more than this store holds: it is an older state. Nothing is issued until it is recovered."""


class LogKeyError(LogError):
    """The log was made with a key that is not there. Facts: ``file``."""


class NotCertifiedError(LogError):
    """There is no certificate: nothing is known of the code (``no-event``), or it is not in the log yet (``pending``)."""


class WitnessError(LogError):
    """The witness cannot be written or contradicts the store."""


class UnknownEventError(LogError):
    """There is no such event, or no such piece of work."""


class SignOffError(LogError):
    """The period cannot be signed off, or not by this person."""


def said(message: str, language: Language, facts: dict[str, object]) -> str:
    """A sentence of ``messages.toml``."""
    return messages()[message][language].format_map({name: _shown(fact) for name, fact in facts.items()})


@cache
def messages() -> dict[str, dict[str, str]]:
    """All sentences by id; each has ``zh`` and ``en``."""
    return tomllib.loads(resources.files(__package__).joinpath("messages.toml").read_text("utf-8"))


def _shown(fact: object) -> str:
    text = str(fact)
    text = text if len(text) <= 300 else text[:300] + "…"
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
