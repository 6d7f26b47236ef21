"""What this package refuses; each error can be said in Chinese and in English."""

import tomllib
from functools import cache
from importlib import resources

from kehuma.engine.coding.errors import CodingError, Language


class InteractionError(CodingError):
    """The base of the errors below; its sentences stand in ``messages.toml`` beside this file."""

    def say(self, language: Language) -> str:
        """The error as one sentence without a full stop."""
        return messages()[self.message][language].format_map(self.facts)


class TextError(InteractionError):
    """There is nothing to note, or too much. Facts: ``most``."""


class UnknownError(InteractionError):
    """There is no such entry, follow-up or person within reach."""

    def __init__(self, what: str) -> None:
        super().__init__(f"unknown-{what}")


@cache
def messages() -> dict[str, dict[str, str]]:
    """All messages by id; each has ``zh`` and ``en``."""
    return tomllib.loads(resources.files(__package__).joinpath("messages.toml").read_text("utf-8"))
