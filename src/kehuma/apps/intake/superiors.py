"""Which customer a row names as its superior: one that is there already, or another row of the same file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from kehuma.apps.customers import families
from kehuma.apps.intake.errors import IntakeError
from kehuma.apps.intake.plan import Reader
from kehuma.engine.cleaning.names import normal_name
from kehuma.engine.coding.errors import CodingError
from kehuma.lib.viewer import Viewer

PARENT = "parent"


@dataclass(slots=True)
class Superiors:
    """Answers for the rows of one file; ``learn`` takes in who is in it, eight bytes a name."""

    viewer: Viewer
    source: str
    _here: dict[bytes, int] = field(default_factory=dict)
    _known: dict[str, str | CodingError] = field(default_factory=dict)

    def learn(self, reader: Reader, rows: Iterable[Sequence[str]]) -> None:
        """Remember the numbers and names of rows."""
        for cells in rows:
            texts = reader.texts(cells)
            for mark in {_mark("number", texts.get("own_number", "")), _mark("name", texts.get("name", ""))} - {b""}:
                self._here[mark] = self._here.get(mark, 0) + 1

    def look_up(self, texts: Iterable[str]) -> None:
        """Find those that are there already, all at once."""
        new = {text for text in texts if text and text not in self._known}
        self._known |= families.named(self.viewer, new, source=self.source) if new else {}

    def of(self, text: str) -> str | CodingError:
        """The superior's identity, "" for a row of the file, or why it is nobody."""
        known = self._known.get(text, "")
        if known and isinstance(known, str):
            return known
        here = self._here.get(_mark("number", text), 0) or self._here.get(_mark("name", text), 0)
        if here == 1:
            return ""
        if here:
            return IntakeError("superior-twice", value=text, count=here)
        return known or IntakeError("unknown-superior", value=text)

    def forget(self) -> None:
        """Look everything up anew: meanwhile the rows have come in."""
        self._known.clear()


def _mark(kind: str, text: str) -> bytes:
    plain = normal_name(text) if kind == "name" else text.strip().upper()
    return blake2b(f"{kind} {plain}".encode(), digest_size=8).digest() if plain else b""
