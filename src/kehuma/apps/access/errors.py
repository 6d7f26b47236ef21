"""What access refuses; each error can be said in Chinese and in English."""

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources

from kehuma.engine.coding.errors import CodingError, Language

_MINUTE = 60


class AccessError(CodingError):
    """The base of the errors below; its sentences stand in ``messages.toml`` beside this file."""

    def say(self, language: Language) -> str:
        """The error as one sentence without a full stop."""
        facts = {name: _shown(fact, language) for name, fact in self.facts.items()}
        return messages()[self.message][language].format_map(facts)


class AlreadyFoundedError(AccessError):
    """There is an organisation already: the first run is over."""

    def __init__(self) -> None:
        super().__init__("already-founded")


class WrongPasswordError(AccessError):
    """Name and password do not belong together. Facts: ``left``, the tries before one has to wait ``minutes``."""

    def __init__(self, *, left: int, minutes: int) -> None:
        super().__init__("wrong-password" if left else "wrong-password-last", left=left, minutes=minutes)


class WrongOldPasswordError(AccessError):
    """A person who is signed in was asked for the password again, and it is wrong."""

    def __init__(self) -> None:
        super().__init__("wrong-old-password")


class WrongNumberError(AccessError):
    """Neither the number of the authenticator nor a recovery code. Facts: ``left``, ``minutes``."""

    def __init__(self, *, left: int, minutes: int) -> None:
        super().__init__("wrong-number" if left else "wrong-number-last", left=left, minutes=minutes)


class TooManyTriesError(AccessError):
    """Too many failures from this place. Facts: ``minutes`` to wait, at least 1."""

    def __init__(self, seconds: float) -> None:
        super().__init__("too-many-tries", minutes=max(1, -int(-seconds // _MINUTE)))


class LinkError(AccessError):
    """The link was used, replaced or is too old, or never was one."""

    def __init__(self) -> None:
        super().__init__("link-dead")


class TakenError(AccessError):
    """The name of something new is in use. Facts: ``name``. ``field`` says which field of the form it is."""

    def __init__(self, field: str, name: str) -> None:
        self.field = field
        super().__init__(f"taken-{field}", name=name)


class UnknownError(AccessError):
    """There is no such person, role, team, session or key."""

    def __init__(self, what: str) -> None:
        super().__init__(f"unknown-{what}")


class AboveError(AccessError):
    """The role has rights that the viewer lacks: giving it, or taking over such a person, would give them."""

    def __init__(self) -> None:
        super().__init__("above")


class LastKeeperError(AccessError):
    """Afterwards nobody could manage people and roles."""

    def __init__(self) -> None:
        super().__init__("last-keeper")


class LastOfThreeError(AccessError):
    """Afterwards nobody could do what one of the three administrators is there for. Facts: ``part``."""

    def __init__(self, part: str) -> None:
        super().__init__("last-of-three", parts=[part])


class MixesError(AccessError):
    """Three administrators are in force, and the rights belong to more than one of them. Facts: ``parts``."""

    def __init__(self, parts: Sequence[str]) -> None:
        super().__init__("mixes", parts=list(parts))


class SeparationError(AccessError):
    """Three administrators cannot be put in force, changed or ended like this."""

    def __init__(self, why: str, **facts: object) -> None:
        super().__init__(f"separation-{why}", **facts)


class InUseError(AccessError):
    """A role or team that has people cannot go. Facts: ``number``."""

    def __init__(self, what: str, number: int) -> None:
        super().__init__(f"{what}-in-use", number=number)


class BeyondOwnerError(AccessError):
    """An API key would have rights that its owner lacks."""

    def __init__(self) -> None:
        super().__init__("beyond-owner")


class ExpiryError(AccessError):
    """An API key must end, within ``days``."""

    def __init__(self, days: int) -> None:
        super().__init__("key-expiry", days=days)


class TooManyError(AccessError):
    """A person keeps no more of these. Facts: ``most``."""

    def __init__(self, what: str, most: int) -> None:
        super().__init__(f"too-many-{what}", most=most)


class SecondFactorError(AccessError):
    """The second factor is not in the state that this needs."""


class WeakPasswordError(AccessError):
    """A password that is guessed early."""


def _shown(fact: object, language: Language) -> object:
    """Parts of the administration stand in facts by their key."""
    if not isinstance(fact, list):
        return fact
    return ("、" if language == "zh" else ", ").join(messages()[f"part-{one}"][language] for one in fact)


@cache
def messages() -> dict[str, dict[str, str]]:
    """All messages by id; each has ``zh`` and ``en``."""
    return tomllib.loads(resources.files(__package__).joinpath("messages.toml").read_text("utf-8"))
