"""Is this installation sound, and what is to be done where it is not: for the command line and for a page.

Looking changes nothing: a machine on which nothing was coded yet stays without a register.
"""

import tomllib
from functools import cache
from importlib import resources
from typing import NamedTuple, Protocol

from kehuma.engine.coding.errors import Language


class Sayable(Protocol):
    """What can be said in both languages: ``Said``, and the errors of the packages."""

    def say(self, language: Language) -> str:
        """The sentence."""


class Said(NamedTuple):
    """A sentence by its id in ``messages.toml`` and the facts that fill it."""

    message: str
    facts: dict[str, object]

    def say(self, language: Language) -> str:
        """The sentence."""
        return messages()[self.message][language].format_map(self.facts)


def said(message: str, **facts: object) -> Said:
    """Short for ``Said``."""
    return Said(message, facts)


class Finding(NamedTuple):
    """One thing looked at; without ``remedy`` all is well, with ``is_note`` it could be better but is no fault."""

    what: str
    found: Sayable | str
    remedy: Said | None = None
    is_note: bool = False

    @property
    def is_fault(self) -> bool:
        """Whether something must be done."""
        return self.remedy is not None and not self.is_note

    def title(self, language: Language) -> str:
        """What was looked at, in words."""
        return messages()[f"title-{self.what}"][language]

    def finding(self, language: Language) -> str:
        """What was found, in words."""
        return self.found if isinstance(self.found, str) else self.found.say(language)


@cache
def messages() -> dict[str, dict[str, str]]:
    """All sentences by id; each has ``zh`` and ``en``."""
    return tomllib.loads(resources.files(__package__).joinpath("messages.toml").read_text("utf-8"))
