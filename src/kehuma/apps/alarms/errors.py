"""What the alarms refuse; each error can be said in Chinese and in English."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from kehuma.engine.coding.errors import CodingError, Language


class AlarmError(CodingError):
    """The base of the errors below; its sentences stand in ``messages.toml`` beside this file."""

    def say(self, language: Language) -> str:
        """The error as one sentence without a full stop."""
        return messages()[self.message][language].format_map(self.facts)


class UnknownAlarmError(AlarmError):
    """There is no such alarm."""

    def __init__(self) -> None:
        super().__init__("unknown-alarm")


class OwnAlarmError(AlarmError):
    """An alarm about oneself is for somebody else to look into."""

    def __init__(self) -> None:
        super().__init__("own-alarm")


class CanaryError(AlarmError):
    """No canary code can be made. Facts: ``scheme``, ``most``."""


class LimitError(AlarmError):
    """A threshold that makes no sense. Facts: ``name``, ``least``, ``most``."""


@cache
def messages() -> Mapping[str, Mapping[str, str]]:
    """All messages by id; each has ``zh`` and ``en``."""
    return tomllib.loads(resources.files(__package__).joinpath("messages.toml").read_text("utf-8"))
