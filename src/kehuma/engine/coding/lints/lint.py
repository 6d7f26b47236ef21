"""What a lint is: a remark on a scheme that works and will make trouble, with its remedy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from typing import Literal as OneOf

from kehuma.engine.coding.errors import CodingError, Language

Severity = OneOf["error", "warning", "notice"]


@dataclass(frozen=True, slots=True)
class Lint:
    """``rule`` is its id in ``docs/reference/lints.md``; an ``error`` refuses the scheme, the others do not.

    ``segment`` is the part concerned ("" for the whole code), ``example`` a code of the scheme that shows the matter.
    """

    rule: str
    severity: Severity
    segment: str = ""
    example: str = ""
    variant: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def say(self, language: Language) -> str:
        """What is the matter, as one sentence."""
        return self._said(f"lint-{self.rule}{self.variant}", language)

    def remedy(self, language: Language) -> str:
        """What to change in the scheme."""
        return self._said(f"lint-{self.rule}-remedy", language)

    def _said(self, message: str, language: Language) -> str:
        facts = {"segment": self.segment, "example": self.example, **self.facts}
        return CodingError(message, **facts).say(language)
