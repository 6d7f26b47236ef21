"""What a proof, a signature or a certificate lacks, as facts; the sentence comes last.

>>> error = MerkleError("proof-length", expected=3, found=2)
>>> error.say("en")
'the proof must have 3 hashes, it has 2'
>>> error.say("zh")
'证明应有 3 个哈希，实有 2 个'
"""

import tomllib
from functools import cache
from importlib import resources
from typing import Literal

Language = Literal["zh", "en"]

# What is refused may be hostile: an error shows only its beginning.
_SHOWN = 60


class MerkleError(ValueError):
    """Something is not proved. ``message`` is a key of ``messages.toml`` and names the step, ``facts`` fill it."""

    def __init__(self, message: str, **facts: object) -> None:
        self.message, self.facts = message, facts
        super().__init__(self.say("en"))

    def say(self, language: Language) -> str:
        """The error as one sentence without a full stop."""
        return messages()[self.message][language].format_map({name: _shown(fact) for name, fact in self.facts.items()})


@cache
def messages() -> dict[str, dict[str, str]]:
    """All messages by id; each has ``zh`` and ``en``."""
    return tomllib.loads(resources.files(__package__).joinpath("messages.toml").read_text("utf-8"))


def _shown(fact: object) -> str:
    text = str(fact)
    text = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
