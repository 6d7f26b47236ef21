"""Which words of a segment mean something else in a later version of its scheme.

One word is enough for a proof: whatever stands around a segment does not depend on what is written in it, only on how
long it is. So each function answers with the shortest word whose meaning has changed.
"""

from collections.abc import Iterator
from itertools import islice, product
from typing import NamedTuple, cast

from kehuma.engine.coding import dates, serials
from kehuma.engine.coding.dictionaries import Dictionary, Entry
from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.model import Date, Initials, Literal, Lookup, Parent, Part, Serial, Text, Title
from kehuma.engine.coding.proofs.automaton import Automaton, characters_in, written_by
from kehuma.engine.coding.proofs.overlaps import common_text

# Of the words of one length so many are compared. Numbers in two alphabets that agree in their last two places agree
# everywhere, and these are 36 x 36 words; dates in two orders differ within the first few.
_COMPARED = 1_400


class Side(NamedTuple):
    """A part of one version, in its grammar, with its words."""

    grammar: Grammar
    part: Part
    words: Automaton


def differing_word(old: Side, new: Side) -> str | None:
    """The shortest word of both parts that means something else in the second; None where all mean the same."""
    match old.part, new.part:
        case Literal() as was, Literal() as becomes:
            return was.text if was.text == becomes.text and _is_retitled(was.title, becomes.title) else None
        case Lookup() as was, Lookup() as becomes:
            return min(changed_symbols(was.dictionary, becomes.dictionary), key=len, default=None)
        case Serial() as was, Serial() as becomes:
            return _other_number(was, becomes, old.words, new.words)
        case Date() as was, Date() as becomes:
            return _other_date(was, becomes, old.words, new.words)
        case Parent() as was, Parent() as becomes:
            return _shortest(old.words, new.words) if was.of != becomes.of else _other_parent(old, new)
        case ((Text() | Initials()), (Text() | Initials())):
            return None
        case _:
            return None if type(old.part) is type(new.part) else _shortest(old.words, new.words)


def changed_symbols(old: Dictionary, new: Dictionary) -> Iterator[str]:
    """The symbols of both dictionaries under which the new one no longer knows what the old one meant."""
    for entry in old.entries:
        later = new.entry(entry.symbol)
        if later is not None and not keeps_meaning(entry, later):
            yield entry.symbol


def keeps_meaning(old: Entry, new: Entry) -> bool:
    """Whether the new entry still knows one of the names or codes for which the old one stood."""
    meant = {name for name in (old.zh, old.en, *old.codes) if name}
    return not meant or not meant.isdisjoint(new.names)


def _is_retitled(old: Title | None, new: Title | None) -> bool:
    if old is None or new is None:
        return False
    kept = {old.zh, old.en} & {new.zh, new.en}
    return bool(old.zh or old.en) and bool(new.zh or new.en) and not kept - {""}


def _other_number(was: Serial, becomes: Serial, old: Automaton, new: Automaton) -> str | None:
    if was.order != becomes.order:
        return _shortest(old, new)
    if (was.alphabet, _is_lettered(was)) == (becomes.alphabet, _is_lettered(becomes)):
        return None
    numbers = ((word, serials.number_of(was, word), serials.number_of(becomes, word)) for word in _common(old, new))
    return next((word for word, number, other in numbers if number != other), None)


def _is_lettered(serial: Serial) -> bool:
    return serial.overflow == "letters" and not serial.width_max


def _other_date(was: Date, becomes: Date, old: Automaton, new: Automaton) -> str | None:
    if sorted(was.tokens) != sorted(becomes.tokens):
        return _shortest(old, new)
    if was.tokens != becomes.tokens:
        values = (
            (word, dates.said(was.tokens, word)[2], dates.said(becomes.tokens, word)[2]) for word in _common(old, new)
        )
        return next((word for word, value, other in values if value != other), None)
    is_fiscal = any(token.startswith("F") for token in was.tokens)
    return _shortest(old, new) if is_fiscal and was.fiscal_start != becomes.fiscal_start else None


def _other_parent(old: Side, new: Side) -> str | None:
    """A whole code names its owner whatever the schemes; segments of it only together with the scheme they are of."""
    was, becomes = cast("Parent", old.part), cast("Parent", new.part)
    if not was.of:
        return None
    shared = (
        common_text(written_by(old.grammar.parents[name], was.of), written_by(new.grammar.parents[other], becomes.of))
        for name, other in product(was.schemes, becomes.schemes)
        if name != other
    )
    return min((found[0] for found in shared if found is not None), key=len, default=None)


def _shortest(was: Automaton, becomes: Automaton) -> str | None:
    found = common_text(was, becomes)
    return None if found is None else found[0]


def _common(a: Automaton, b: Automaton) -> Iterator[str]:
    """Words of both, the short ones first; of each length the first by ASCII."""
    lengths = a.outline.lengths & b.outline.lengths
    for length in range(lengths.bit_length()):
        if lengths >> length & 1:
            yield from islice(_of_length(a, b, (a.starts[0], b.starts[0]), length), _COMPARED)


def _of_length(a: Automaton, b: Automaton, pair: tuple[int, int], length: int) -> Iterator[str]:
    if length == 0:
        yield ""
        return
    for character, one, other in sorted(_steps(a, b, pair)):
        if a.ahead[one] & b.ahead[other] & 1 << (length - 1):
            yield from (character + rest for rest in _of_length(a, b, (one, other), length - 1))


def _steps(a: Automaton, b: Automaton, pair: tuple[int, int]) -> Iterator[tuple[str, int, int]]:
    for first, to in a.edges[pair[0]]:
        for second, also in b.edges[pair[1]]:
            for character in characters_in(first & second):
                yield from ((character, one, other) for one in to for other in also)
