"""What the register refuses; each error can be said in Chinese and in English."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kehuma.engine.coding.errors import CodingError, Language

if TYPE_CHECKING:
    from kehuma.engine.coding.inspection import Report


class RegisterError(CodingError):
    """The base of the errors below."""


class UnknownSchemeError(RegisterError):
    """No scheme of this name is published and in effect. Facts: ``name``, ``known``."""


class RequestConflictError(RegisterError):
    """The request key was used before, for other facts. Facts: ``code``, the one that it got."""


class SourceChangedError(RegisterError):
    """The source's row has its code, its facts are others now, and the caller chose to reject. Facts: ``code``."""


class AlreadyIssuedError(RegisterError):
    """The scheme has neither serial nor random, so each text exists once. Facts: ``code``."""


class NoFreeTextError(RegisterError):
    """Drawing at random met only texts that are taken. Facts: ``tries``."""


class VersionOrderError(RegisterError):
    """The new version would take effect before the one it is to replace. Facts: ``effective``, ``current``."""


class SchemeRefusedError(RegisterError):
    """An example, a proof or a lint speaks against the scheme; ``report`` says which."""

    def __init__(self, report: "Report") -> None:
        self.report = report
        super().__init__("scheme-refused", name=report.name)

    def say(self, language: Language) -> str:
        """What speaks against it, all of it."""
        return "; ".join((super().say(language), *self._reasons(language)))

    def _reasons(self, language: Language) -> Iterator[str]:
        yield from (failure.say(language) for failure in self.report.failures)
        yield from (verdict.say(language) for verdict in (self.report.unique, *self.report.versions) if not verdict.ok)
        for overlap in self.report.overlaps:
            if not overlap.is_declared:
                facts = {"other": overlap.name, "witness": overlap.witness}
                yield CodingError("scheme-overlaps", **facts).say(language)
        yield from (lint.say(language) for lint in self.report.lints if lint.severity == "error")


class InstallationKeyError(RegisterError):
    """The register was made with a key that is not there. Facts: ``file``."""


class StateError(RegisterError):
    """A code's state does not allow the change. Facts: ``code``, and ``before`` and ``after`` or the other's ``state``."""


class StateReasonError(RegisterError):
    """The reason does not go with the change. Facts: ``reason``, ``known``."""


class PersonalNoteError(RegisterError):
    """A note stays for ever: it is too long, or names a telephone number or an address. Facts: ``most``."""


class OtherSubjectError(RegisterError):
    """A code can only be replaced by one that numbers the same kind of thing. Facts: ``code``, ``subject``."""


class ReservationError(RegisterError):
    """A reservation has passed, is somebody else's, or is none. Facts: ``code``, ``until``."""


class AliasTakenError(RegisterError):
    """The text names another code. Facts: ``text``, ``code``, the one that has it."""


class AliasError(RegisterError):
    """A text cannot be an alias, or is none of this code. Facts: ``text``."""


class ManualError(RegisterError):
    """A code cannot be given by hand. Facts: ``text``, ``code``, the one that is there."""


class UnknownCounterError(RegisterError):
    """The scheme has no counter of this key. Facts: ``scheme``, ``key``."""
