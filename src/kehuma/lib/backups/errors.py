"""Why a backup cannot be made, is none, or cannot be restored."""

import tomllib
from functools import cache
from importlib import resources

from kehuma.engine.coding.errors import CodingError, Language


class BackupError(CodingError):
    """The sentences stand in ``messages.toml``."""

    def say(self, language: Language) -> str:
        """The error as one sentence without a full stop."""
        return _messages()[self.message][language].format_map(self.facts)


@cache
def _messages() -> dict[str, dict[str, str]]:
    return tomllib.loads(resources.files(__package__).joinpath("messages.toml").read_text("utf-8"))
