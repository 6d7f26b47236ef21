"""What this package refuses; each error can be said in Chinese and in English."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources

from kehuma.engine.coding.errors import CodingError, Language

_SHOWN = 60


class CustomerError(CodingError):
    """The base of the errors below; its sentences stand in ``messages.toml`` beside this file."""

    def say(self, language: Language) -> str:
        """The error as one sentence without a full stop."""
        facts = {name: _shown(fact, language) for name, fact in self.facts.items()}
        return messages()[self.message][language].format_map(facts)


class FieldError(CustomerError):
    """A value cannot stand in its field. Facts: ``field``, its title in both languages, and ``value``."""


class ValuesError(CustomerError):
    """Some values cannot stand in their fields; ``faults`` has one error per field."""

    def __init__(self, faults: Mapping[str, CodingError]) -> None:
        self.faults = dict(faults)
        super().__init__("values", faults=list(self.faults.values()))


class UnknownCustomerError(CustomerError):
    """No customer of this name is within the viewer's reach. Facts: ``ref``."""

    def __init__(self, ref: object) -> None:
        super().__init__("unknown-customer", ref=ref)


class UnknownError(CustomerError):
    """There is no such contact, tag, field, batch or file."""

    def __init__(self, what: str) -> None:
        super().__init__(f"unknown-{what}")


class OtherRequestError(CustomerError):
    """The request key was used before, with other values. Facts: ``code``, that of the customer, and ``places``."""

    def __init__(self, code: str, places: Sequence[str]) -> None:
        self.places = tuple(places)
        super().__init__("other-request", code=code, places=list(self.places))


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that somebody else changed in the meantime: what is wanted, what is there, who put it there when."""

    field: str
    mine: object
    theirs: object
    actor: str
    at: datetime


class ConflictError(CustomerError):
    """The same fields were changed by somebody else since the page was opened; ``version`` is the present one."""

    def __init__(self, conflicts: Sequence[Conflict], version: int) -> None:
        self.conflicts, self.version = tuple(conflicts), version
        super().__init__("conflict", fields=[conflict.field for conflict in conflicts])


class OwnerError(CustomerError):
    """A customer has an owner where it should have none, or the other way round, or another one. Facts: ``code``."""


class TreeError(CustomerError):
    """The superior cannot be one: it is the customer itself or stands below it, or the tree would be too deep."""


class InBinError(CustomerError):
    """The customer lies in the recycle bin, or does not where it should. Facts: ``code``."""


class RestrictedError(CustomerError):
    """The person asked that nothing is done with its data for the time being. Facts: ``code``."""

    def __init__(self, code: str) -> None:
        super().__init__("restricted", code=code)


class FilterError(CustomerError):
    """A field that is unknown, cannot be asked for, or that the viewer does not see. Facts: ``field``."""

    def __init__(self, field: str) -> None:
        super().__init__("filter", field=field)


class TakenError(CustomerError):
    """The name of a tag or the key of a field is in use. Facts: ``name``."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"taken-{what}", name=name)


class DefinitionError(CustomerError):
    """A field cannot be defined like this."""


class UndoneError(CustomerError):
    """The batch was undone before."""

    def __init__(self) -> None:
        super().__init__("undone")


class FileError(CustomerError):
    """A file is too large, empty or gone. Facts: ``most`` in MB."""


@cache
def messages() -> dict[str, dict[str, str]]:
    """All messages by id; each has ``zh`` and ``en``."""
    return tomllib.loads(resources.files(__package__).joinpath("messages.toml").read_text("utf-8"))


def _shown(fact: object, language: Language) -> str:
    if isinstance(fact, Mapping):
        return str(fact[language])
    if isinstance(fact, CodingError):
        return fact.say(language)
    if isinstance(fact, (list, tuple)):
        return ("；" if language == "zh" else "; ").join(_shown(item, language) for item in fact[:10])
    text = str(fact)[: _SHOWN + 1]
    text = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return "".join(c if c.isprintable() else " " for c in text)
