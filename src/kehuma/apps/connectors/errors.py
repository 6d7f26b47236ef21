"""What the connectors refuse; each error can be said in Chinese and in English."""

import tomllib
from functools import cache
from importlib import resources

from kehuma.engine.coding.errors import CodingError, Language


class ConnectorError(CodingError):
    """The base of the errors below; its sentences stand in ``messages.toml`` beside this file."""

    def say(self, language: Language) -> str:
        """The error as one sentence without a full stop."""
        return messages()[self.message][language].format_map(self.facts)


class PlaceError(ConnectorError):
    """An address to which nothing is sent. Facts: ``host`` where it is known."""


class KindsError(ConnectorError):
    """No kind of event was chosen, or one that there is not. Facts: ``names``, ``known``."""


class UnknownEndpointError(ConnectorError):
    """There is no such endpoint."""

    def __init__(self) -> None:
        super().__init__("unknown-endpoint")


class UnknownMessageError(ConnectorError):
    """There is no such message of this endpoint any more."""

    def __init__(self) -> None:
        super().__init__("unknown-message")


class TooManyEndpointsError(ConnectorError):
    """Facts: ``most``."""

    def __init__(self, most: int) -> None:
        super().__init__("too-many-endpoints", most=most)


class RequestConflictError(ConnectorError):
    """The request key was used for something else."""

    def __init__(self) -> None:
        super().__init__("request-conflict")


class ColumnsError(ConnectorError):
    """A column that cannot be shared, or not like this. Facts: ``name``, ``known``."""


class UnknownRecipientError(ConnectorError):
    """There is no such recipient, or several of this name. Facts: ``name``."""


class RecipientError(ConnectorError):
    """A recipient cannot be added, or is shared with no more. Facts: ``name``."""


class ReleaseError(ConnectorError):
    """There is no such file for a recipient, or it is gone."""


@cache
def messages() -> dict[str, dict[str, str]]:
    """All messages by id; each has ``zh`` and ``en``."""
    return tomllib.loads(resources.files(__package__).joinpath("messages.toml").read_text("utf-8"))
