"""Words of the command line as facts (``region=北京``), paths and numbers."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from kehuma.cli.texts import CommandError

if TYPE_CHECKING:
    from kehuma.engine.coding.model import Scheme

# Python itself refuses to read longer ones, and no counter of ours gets there.
_MOST_DIGITS = 18


def facts_of(words: Sequence[str], scheme: "Scheme") -> dict[str, object]:
    """The facts in ``k=v`` words; CommandError for a word without ``=``, twice the same or an attribute not used."""
    known = attributes_of(scheme)
    facts: dict[str, object] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise CommandError("fact-form", word=word)
        if name in facts:
            raise CommandError("fact-twice", name=name)
        if name not in known:
            raise CommandError("fact-unknown", name=name, known=nearest_first(name, list(known)))
        facts[name] = value
    return facts


def attributes_of(scheme: "Scheme") -> Mapping[str, str]:
    """The attributes that a scheme writes from, each with the name of the (first) segment that does."""
    attributes: dict[str, str] = {}
    for segment in scheme.segments:
        attribute = getattr(segment, "attribute", None)
        if attribute:
            attributes.setdefault(attribute, segment.name)
    return attributes


def nearest_first(word: str, known: Sequence[str]) -> list[str]:
    """Names that there are, those most like ``word`` in front."""
    near = get_close_matches(word[:100], known, n=3, cutoff=0.4)
    return [*near, *(name for name in known if name not in near)]


def path_of(word: str) -> Path:
    """A path; CommandError for a name that no file can have."""
    if "\0" in word or not word:
        raise CommandError("bad-path", file=word)
    return Path(word)


def number_of(text: str, option: str) -> int:
    """A whole number; CommandError for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise CommandError("number", option=option, value=text)
    return int(text)
