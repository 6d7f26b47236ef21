"""Why a store does not move."""

import tomllib
from functools import cache
from importlib import resources

from kehuma.engine.coding.errors import CodingError, Language


class MoveError(CodingError):
    """Nothing has moved; the sentences stand in ``messages.toml``."""

    def say(self, language: Language) -> str:
        """The error as one sentence without a full stop."""
        return _messages()[self.message][language].format_map(self.facts)


@cache
def _messages() -> dict[str, dict[str, str]]:
    return tomllib.loads(resources.files(__package__).joinpath("messages.toml").read_text("utf-8"))
