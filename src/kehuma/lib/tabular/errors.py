"""What can be wrong with a file of rows, as facts; the sentence comes last, in Chinese or English.

>>> error = TabularError("row-too-long", row=7, cells=5, columns=3)
>>> error.say("en")
'row 7 has 5 cells, but the header names 3'
>>> error.say("zh")
'第 7 行有 5 个单元格，而表头只有 3 列'
"""

import tomllib
from functools import cache
from importlib import resources
from typing import Any, Literal

# A cell or a file name can be megabytes long: an error shows the beginning only.
_SHOWN = 120


class TabularError(ValueError):
    """A file cannot be read or written as a table. ``message`` is a key of ``messages.toml``, ``facts`` fill it."""

    def __init__(self, message: str, **facts: Any) -> None:
        self.message, self.facts = message, facts
        super().__init__(self.say("en"))

    def say(self, language: Literal["zh", "en"]) -> str:
        """The error as one sentence without a full stop."""
        return messages()[self.message][language].format_map({n: _shown(f) for n, f in self.facts.items()})


@cache
def messages() -> dict[str, dict[str, str]]:
    """All messages by id; each has ``zh`` and ``en``."""
    return tomllib.loads(resources.files(__package__).joinpath("messages.toml").read_text("utf-8"))


def _shown(fact: object) -> str:
    text = ", ".join(fact) if isinstance(fact, (list, tuple)) else str(fact)
    text = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
