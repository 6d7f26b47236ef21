"""Which texts each kind of part allows.

A part's language is all that reading and the proofs know of it; parents contribute the language of their identity.
"""

from collections.abc import Mapping, Sequence

from kehuma.engine.coding import dates, serials
from kehuma.engine.coding.check_characters import ALGORITHMS
from kehuma.engine.coding.language import NOTHING, Language, concatenation, looped, repeated, union, words
from kehuma.engine.coding.layout import Item
from kehuma.engine.coding.model import (
    DIGITS,
    LETTERS,
    SEPARATORS,
    Check,
    Date,
    Initials,
    Literal,
    Lookup,
    Parent,
    Part,
    Random,
    Reserved,
    Serial,
    Text,
)

# ISO 7064 MOD 37,2 and 11,2 know these values; a number whose check character would be a star is never issued.
_NEVER_PRINTED = "*"


def language_of(part: Part, *, room: int, parents: Mapping[str, Sequence[tuple[Item, Language]]]) -> Language:
    """The language of one part.

    ``room`` is the most characters a serial or an unbounded text may take; ``parents`` holds, by scheme name, the
    items of each parent scheme with their languages (empty where a parent may be any code).
    """
    match part:
        case Literal():
            return words([part.text])
        case Reserved():
            return words([part.fill])
        case Lookup():
            return words(part.dictionary.symbols)
        case Text():
            return _of_width(part.alphabet, part.width, room)
        case Initials():
            return repeated(part.alphabet, 1, part.width or room)
        case Random():
            return repeated(part.alphabet, part.width, part.width)
        case Check():
            printed = ALGORITHMS[part.algorithm].alphabet_out.replace(_NEVER_PRINTED, "")
            return repeated(printed, 1, 1)
        case Date():
            return dates.language(part.tokens)
        case Serial():
            return serials.language(part, room)
        case _:
            return _of_parent(part, parents)


def _of_width(alphabet: str, width: int, room: int) -> Language:
    return repeated(alphabet, width, width) if width else repeated(alphabet, 1, room)


def _of_parent(part: Parent, parents: Mapping[str, Sequence[tuple[Item, Language]]]) -> Language:
    if not part.schemes:
        inner = DIGITS + LETTERS
        return looped(inner, inner + SEPARATORS, inner)
    of_schemes = [_of_items(parents[name], part.of) for name in part.schemes if name in parents]
    return union(of_schemes) if of_schemes else NOTHING


def _of_items(items: Sequence[tuple[Item, Language]], of: tuple[str, ...]) -> Language:
    if not of:
        return concatenation([language for item, language in items if item.group is None])
    named = {item.part.name: language for item, language in items if not isinstance(item.part, Literal)}
    return concatenation([named[name] for name in of])
