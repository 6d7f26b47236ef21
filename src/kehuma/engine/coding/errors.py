"""What can go wrong in the coding engine, as facts; the sentence comes last.

Every error names a message of ``messages.toml`` and the facts that fill it, so one error can be said in Chinese and
in English:

>>> error = ReadError("digit", text="BJ-IT-00X1", position=8)
>>> error.say("en")
'"BJ-IT-00X1", position 9: expected a digit'
>>> error.say("zh")
'“BJ-IT-00X1”第 9 位：应为一位数字'
"""

import tomllib
from functools import cache
from importlib import resources
from typing import Literal

Language = Literal["zh", "en"]

# Long or hostile values are shown by their beginning only: an error must never be as large as the input it refuses.
_SHOWN = 60
_ITEMS_SHOWN = 20


class CodingError(ValueError):
    """The base of all errors of the engine. ``message`` is a key of ``messages.toml``, ``facts`` fill its places."""

    frame = ""

    def __init__(self, message: str, **facts: object) -> None:
        self.message, self.facts = message, facts
        super().__init__(self.say("en"))

    def say(self, language: Language) -> str:
        """The error as one sentence without a full stop."""
        shown = {name: _shown(fact, language) for name, fact in self.facts.items()}
        if isinstance(position := self.facts.get("position"), int):
            shown["position"] = str(position + 1)
        sentence = _catalogue()[self.message][language].format_map(shown)
        if not self.frame:
            return sentence
        return _catalogue()[self.frame][language].format_map({**shown, "expected": sentence})


class SchemeError(CodingError):
    """A scheme file cannot be a scheme. Facts: ``where``, the dotted place in the file, and what the message needs."""

    frame = "frame-scheme"


class ReadError(CodingError):
    """A text is not a code of the scheme. Facts: ``text`` (shortened), ``position`` from 0, and the expectation."""

    frame = "frame-read"

    @property
    def position(self) -> int:
        """Where reading stopped, counted from 0."""
        position = self.facts["position"]
        return position if isinstance(position, int) else 0


class WriteError(CodingError):
    """A code cannot be written from the facts given. Facts: ``segment``, ``value`` and, for look-ups, ``nearest``."""

    frame = "frame-write"


def messages() -> dict[str, dict[str, str]]:
    """All messages by id; each has ``zh`` and ``en``."""
    return _catalogue()


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    return tomllib.loads(resources.files(__package__).joinpath("messages.toml").read_text("utf-8"))


def _shown(fact: object, language: Language) -> str:
    if isinstance(fact, CodingError):
        return fact.say(language)
    if isinstance(fact, (list, tuple)):
        more = ["…"] if len(fact) > _ITEMS_SHOWN else []
        return ("、" if language == "zh" else ", ").join([_beginning(item) for item in fact[:_ITEMS_SHOWN]] + more)
    return _beginning(fact)


def _beginning(fact: object) -> str:
    try:
        text = str(fact)
    except (ValueError, RecursionError):
        # Python refuses to write integers of more than 4,300 digits, and tables nested too deeply.
        text = "…"
    text = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
