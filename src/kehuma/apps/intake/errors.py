"""What this package refuses; each error can be said in Chinese and in English."""

import tomllib
from functools import cache
from importlib import resources

from kehuma.engine.coding.errors import CodingError, Language

_SHOWN = 80


class IntakeError(CodingError):
    """A file, a mapping or a step of the intake is refused; its sentences stand in ``messages.toml`` beside this file."""

    def say(self, language: Language) -> str:
        """The error as one sentence without a full stop."""
        facts = {name: _shown(fact, language) for name, fact in self.facts.items()}
        return messages()[self.message][language].format_map(facts)


class UnknownImportError(IntakeError):
    """There is no such batch within the viewer's reach."""

    def __init__(self) -> None:
        super().__init__("unknown-import")


class StateError(IntakeError):
    """The batch is not in a state in which this can be done."""

    def __init__(self, state: str) -> None:
        super().__init__(f"state-{state}")


class NotUpdatableError(IntakeError):
    """None of the rows repeats a customer within the viewer's reach."""

    def __init__(self) -> None:
        super().__init__("not-updatable")


@cache
def messages() -> dict[str, dict[str, str]]:
    """All messages by id; each has ``zh`` and ``en``."""
    return tomllib.loads(resources.files(__package__).joinpath("messages.toml").read_text("utf-8"))


def said(error: Exception) -> dict[str, str]:
    """An error in both languages, to be kept."""
    say = getattr(error, "say", None)
    if say is None:
        return messages()["unexpected"] | {"kind": type(error).__name__}
    return {"zh": say("zh"), "en": say("en")}


def _shown(fact: object, language: Language) -> str:
    if isinstance(fact, dict):
        return str(fact[language])
    if isinstance(fact, (list, tuple)):
        return ("、" if language == "zh" else ", ").join(_shown(item, language) for item in fact[:10])
    text = str(fact)
    text = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return "".join(c if c.isprintable() else " " for c in text)
