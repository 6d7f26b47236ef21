"""What a proof answers."""

from dataclasses import dataclass

from kehuma.engine.coding.errors import CodingError, Language

FINE = "proof-fine"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a claim holds; where it does not, the shortest text that shows it, and how that text may be read.

    Each reading is the texts of the segments in order, "" for one that is missing. ``reason`` is the id of a message
    of which ``names`` are the schemes or segments concerned.
    """

    ok: bool
    witness: str | None = None
    readings: tuple[tuple[str, ...], ...] = ()
    reason: str = FINE
    names: tuple[str, ...] = ()

    def say(self, language: Language) -> str:
        """The verdict as one sentence without a full stop."""
        readings = [" ".join(filter(None, reading)) or "–" for reading in self.readings]
        first, second = (*readings, "", "")[:2]
        facts = {"witness": self.witness or "", "first": first, "second": second, "names": self.names}
        return CodingError(self.reason, **facts).say(language)


PROVED = Verdict(ok=True)
