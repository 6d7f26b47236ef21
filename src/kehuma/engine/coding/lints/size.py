"""Codes that nobody learns: too many characters, too many parts.

The bounds are ours. People hold about seven things in mind (Miller 1956), fewer when the things are new (Cowan 2001);
a code of up to six parts and twenty characters can still be copied in two or three looks.
"""

from collections.abc import Iterator

from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.lints.issued import IssuedCodes
from kehuma.engine.coding.lints.lint import Lint
from kehuma.engine.coding.model import Initials, Parent, Serial, Text

_MOST_CHARACTERS, _MOST_PARTS = 20, 6


def too_long(codes: IssuedCodes) -> Iterator[Lint]:
    """The longest code before its number grows; names and texts of any length count at their shortest."""
    grammar = codes.grammar
    length = usual_length(grammar)
    if length > _MOST_CHARACTERS:
        yield Lint("too-long", "warning", facts={"length": length, "most": _MOST_CHARACTERS})


def too_many_parts(codes: IssuedCodes) -> Iterator[Lint]:
    """More parts than people learn; those of the parent's code count as well."""
    grammar = codes.grammar
    count = _parts(grammar)
    if count > _MOST_PARTS:
        yield Lint("too-many-parts", "warning", facts={"count": count, "most": _MOST_PARTS})


def usual_length(grammar: Grammar) -> int:
    """The characters of the longest code as long as no number has outgrown its width."""
    most, total = grammar.scheme.max_length, 0
    for item, language in zip(grammar.items, grammar.languages, strict=True):
        part = item.part
        widths = language.widths(most)
        is_open = isinstance(part, (Serial, Parent)) or (isinstance(part, (Text, Initials)) and not part.width)
        total += min(widths, default=0) if is_open else max(widths, default=0)
    return total


def _parts(grammar: Grammar) -> int:
    return sum(_parts_inside(segment, grammar) if isinstance(segment, Parent) else 1 for segment in grammar.segments)


def _parts_inside(segment: Parent, grammar: Grammar) -> int:
    if segment.of:
        return len(segment.of)
    return max((_parts(parent) for parent in grammar.parents_of(segment)), default=1)
