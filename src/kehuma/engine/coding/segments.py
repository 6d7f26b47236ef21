"""From a placeholder and its table to a segment: one function per kind, one line per kind in ``_KINDS``."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from kehuma.engine.coding import dates
from kehuma.engine.coding.check_characters import ALGORITHMS
from kehuma.engine.coding.dictionaries import Dictionary, Entry
from kehuma.engine.coding.errors import SchemeError
from kehuma.engine.coding.model import (
    ALPHABETS,
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
    Segment,
    Serial,
    Text,
)
from kehuma.engine.coding.options import Options

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_EXACT = re.compile(r"[0-9]{1,3}")
_WIDTH = re.compile(r"[0-9]{1,3}(?:\.\.[0-9]{1,3})?")
_MOST = 100
_LARGEST_STEP = 10**9
# Stands for "per was not given" until all segments are known.
_PER_DEFAULT = ("*",)


@dataclass(frozen=True, slots=True)
class Placeholder:
    """``{name:width}`` with its table; ``dictionaries`` gives the dictionary of a name."""

    name: str
    width: str
    options: Options
    dictionaries: Callable[[str], Dictionary]
    case_sensitive: bool

    @property
    def where(self) -> str:
        """The place of the segment in the file."""
        return f"segments.{self.name}"

    def exact_width(self, least: int = 0) -> int:
        """The width as one number; 0 where none is given and ``least`` allows it."""
        if not self.width and least == 0:
            return 0
        if not _EXACT.fullmatch(self.width) or not max(least, 1) <= int(self.width) <= _MOST:
            raise SchemeError("width-number", where=self.where, value=self.width, most=_MOST)
        return int(self.width)

    def symbols(self, value: str, where: str) -> str:
        """Fixed characters in the scheme's case; SchemeError where they are not printable ASCII."""
        if not all("!" <= character <= "~" for character in value):
            raise SchemeError("not-ascii-symbol", where=where, value=value)
        return value if self.case_sensitive else value.upper()

    def alphabet(self, default: str) -> str:
        """A named or own alphabet: at least two different characters, none of them a separator."""
        value = self.options.take("alphabet", str, default)
        characters = ALPHABETS.get(value) or self.symbols(value, f"{self.where}.alphabet")
        if len(set(characters)) != len(characters) or len(characters) < 2 or set(characters) & set(SEPARATORS):
            raise SchemeError("alphabet", where=f"{self.where}.alphabet", value=value)
        return characters


def segment(placeholder: Placeholder) -> Segment:
    """The segment of a placeholder; SchemeError names the place and the remedy."""
    name, options = placeholder.name, placeholder.options
    if not _NAME.fullmatch(name):
        raise SchemeError("segment-name", where="template", name=name)
    by_name = name if name in _KINDS else ("lookup" if options.has("dictionary") else "text")
    kind = options.choice("kind", tuple(_KINDS), by_name)
    made = _KINDS[kind](placeholder)
    options.refuse_rest()
    return made


def completed(parts: Sequence[Part]) -> tuple[Part, ...]:
    """The parts with every default filled in that depends on the others: counter keys and check algorithms."""
    segments = [part for part in parts if not isinstance(part, Literal)]
    return tuple(
        _with_key(part, segments)
        if isinstance(part, Serial)
        else _with_algorithm(part, parts)
        if isinstance(part, Check)
        else part
        for part in parts
    )


def _lookup(place: Placeholder) -> Lookup:
    options = place.options
    dictionary = _dictionary(place)
    width = place.exact_width()
    wrong = next((symbol for symbol in dictionary.symbols if width and len(symbol) != width), None)
    if wrong is not None:
        raise SchemeError("symbol-width", where=place.where, value=wrong, width=width)
    default = options.take("default", str, None)
    if default is not None and dictionary.entry(default := place.symbols(default, place.where)) is None:
        raise SchemeError("default-not-in-dictionary", where=f"{place.where}.default", value=default)
    unknown = options.choice("unknown", ("reject", "default"), "reject")
    if unknown == "default" and default is None:
        raise SchemeError("default-missing", where=f"{place.where}.unknown")
    attribute = options.take("attribute", str, place.name)
    return Lookup(place.name, attribute, dictionary, width, default, unknown, options.flag("live"))


def _dictionary(place: Placeholder) -> Dictionary:
    options = place.options
    if not options.has("dictionary"):
        raise SchemeError("option-missing", where=f"{place.where}.dictionary")
    value = options.rest_of("dictionary")
    if isinstance(value, str):
        dictionary = place.dictionaries(value)
        more = options.take("entries", dict, {})
        if more:
            dictionary = dictionary.extended([_entry(place, symbol, names) for symbol, names in more.items()])
    elif isinstance(value, dict):
        dictionary = Dictionary(f"{place.name}", [_entry(place, symbol, names) for symbol, names in value.items()])
    else:
        raise SchemeError("option-table", where=f"{place.where}.dictionary", value=value)
    if not dictionary.symbols:
        raise SchemeError("dictionary-empty", where=f"{place.where}.dictionary")
    return dictionary


def _entry(place: Placeholder, symbol: str, names: object) -> Entry:
    where = f"{place.where}.dictionary.{symbol}"
    written = place.symbols(symbol, where)
    if not written or set(written) & set(SEPARATORS):
        raise SchemeError("symbol-separator", where=where, value=symbol)
    if isinstance(names, str):
        return Entry(written, zh=names, en="")
    if not isinstance(names, dict):
        raise SchemeError("option-table", where=where, value=names)
    options = Options(names, where)
    entry = Entry(
        written,
        zh=options.take("zh", str, ""),
        en=options.take("en", str, ""),
        also=options.names("also"),
        codes=options.names("codes"),
    )
    options.refuse_rest()
    return entry


def _text(place: Placeholder) -> Text:
    options = place.options
    case = options.choice("case", ("upper", "lower", "keep"), "keep" if place.case_sensitive else "upper")
    if case != "upper" and not place.case_sensitive:
        raise SchemeError("case-needs-sensitive", where=f"{place.where}.case")
    letters = {"upper": LETTERS, "lower": LETTERS.lower(), "keep": LETTERS + LETTERS.lower()}[case]
    pad = place.symbols(options.take("pad", str, ""), f"{place.where}.pad")
    width = place.exact_width(1 if pad else 0)
    alphabet = place.alphabet(DIGITS + letters)
    if pad and (len(pad) != 1 or pad not in alphabet):
        raise SchemeError("pad", where=f"{place.where}.pad", value=pad)
    take = options.number("take", 0, least=-_MOST, most=_MOST)
    attribute = options.take("attribute", str, place.name)
    return Text(place.name, attribute, width, take, pad, alphabet, case, options.flag("live"))


def _initials(place: Placeholder) -> Initials:
    options = place.options
    drop = options.names("drop")
    for word in drop:
        if word not in ("place", "legal-form", "trade"):
            choices = ("place", "legal-form", "trade")
            raise SchemeError("option-choice", where=f"{place.where}.drop", value=word, choices=choices)
    width, alphabet = place.exact_width(), place.alphabet(LETTERS)
    default = options.take("default", str, None)
    if default is not None:
        default = place.symbols(default, f"{place.where}.default")
        if not default or set(default) - set(alphabet) or (width and len(default) > width):
            raise SchemeError("default-initials", where=f"{place.where}.default", value=default)
    attribute = options.take("attribute", str, "name")
    return Initials(place.name, attribute, width, drop, alphabet, default, options.flag("live"))


def _date(place: Placeholder) -> Date:
    options = place.options
    text = options.take("format", str, place.width)
    if place.width and text != place.width:
        raise SchemeError("date-format-twice", where=f"{place.where}.format", value=text)
    tokens = dates.tokens_of(text)
    if tokens is None or len(set(tokens)) != len(tokens):
        raise SchemeError("date-format", where=f"{place.where}.format", value=text, choices=dates.TOKENS)
    if "YYYY" in tokens and "WW" in tokens:
        raise SchemeError("date-week-year", where=f"{place.where}.format", value=text)
    fiscal_start = options.number("fiscal_start", 1, least=1, most=12)
    attribute = options.take("attribute", str, None)
    return Date(place.name, tokens, attribute, fiscal_start, options.flag("live"))


def _parent(place: Placeholder) -> Parent:
    options = place.options
    if place.width:
        raise SchemeError("width-not-allowed", where=place.where)
    of = options.names("of") if options.has("of") else ("code",)
    of = () if of == ("code",) else of
    schemes = options.names("schemes")
    if of and not schemes:
        raise SchemeError("parent-needs-schemes", where=f"{place.where}.schemes")
    if set(schemes) == {"self"}:
        raise SchemeError("parent-only-self", where=f"{place.where}.schemes")
    if options.has("depth") and "self" not in schemes:
        raise SchemeError("depth-needs-self", where=f"{place.where}.depth")
    depth = options.number("depth", 3, least=1, most=10)
    return Parent(place.name, options.take("attribute", str, "parent"), of, schemes, depth)


def _serial(place: Placeholder) -> Serial:
    options = place.options
    least, most = _widths(place)
    alphabet = place.alphabet("digits")
    overflow = options.choice("overflow", ("stop", "lengthen", "letters"), "stop")
    if overflow == "letters" and alphabet != DIGITS:
        raise SchemeError("letters-need-digits", where=f"{place.where}.overflow")
    serial = Serial(
        place.name,
        width=least,
        width_max=most,
        alphabet=alphabet,
        start=options.number("start", 1, least=0, most=10**_MOST),
        step=options.number("step", 1, least=1, most=_LARGEST_STEP),
        per=options.names("per") if options.has("per") else _PER_DEFAULT,
        overflow=overflow,
        allocation=options.choice("allocation", ("fast", "gapless"), "fast"),
        order=options.choice("order", ("sequential", "permuted"), "sequential"),
    )
    if serial.order == "permuted" and (overflow != "stop" or most > least):
        raise SchemeError("permuted-needs-stop", where=f"{place.where}.order")
    return serial


def _widths(place: Placeholder) -> tuple[int, int]:
    if not place.width:
        return 1, 0
    if not _WIDTH.fullmatch(place.width):
        raise SchemeError("width-number", where=place.where, value=place.width, most=_MOST)
    least, _, most = place.width.partition("..")
    if not 1 <= int(least) <= int(most or least) <= _MOST:
        raise SchemeError("width-number", where=place.where, value=place.width, most=_MOST)
    return int(least), int(most or 0)


def _check(place: Placeholder) -> Check:
    if place.width:
        raise SchemeError("width-not-allowed", where=place.where)
    algorithm = place.options.take("algorithm", str, "")
    if algorithm and algorithm not in ALGORITHMS:
        choices = tuple(ALGORITHMS)
        raise SchemeError("option-choice", where=f"{place.where}.algorithm", value=algorithm, choices=choices)
    return Check(place.name, algorithm)


def _random(place: Placeholder) -> Random:
    return Random(place.name, place.exact_width(1), place.alphabet("digits"))


def _reserved(place: Placeholder) -> Reserved:
    width = place.exact_width(1)
    fill = place.symbols(place.options.take("fill", str, "0"), f"{place.where}.fill")
    fill = fill * width if len(fill) == 1 else fill
    if len(fill) != width or set(fill) & set(SEPARATORS):
        raise SchemeError("reserved-fill", where=f"{place.where}.fill", value=fill, width=width)
    return Reserved(place.name, fill)


_KINDS: dict[str, Callable[[Placeholder], Segment]] = {
    "lookup": _lookup,
    "text": _text,
    "initials": _initials,
    "date": _date,
    "parent": _parent,
    "serial": _serial,
    "check": _check,
    "random": _random,
    "reserved": _reserved,
}
KINDS = tuple(_KINDS)


def _with_key(serial: Serial, segments: Sequence[Segment]) -> Serial:
    """The serial with its counter key; a key must be readable from the code, or two keys could give one code."""
    if serial.per == _PER_DEFAULT:
        per = [part.name for part in segments if isinstance(part, (Lookup, Text, Initials, Parent)) and not part.live]
        return replace(serial, per=tuple(per))
    by_name = {part.name: part for part in segments}
    for name in serial.per:
        part = by_name.get(name)
        where = f"segments.{serial.name}.per"
        if part is None:
            raise SchemeError("per-unreadable", where=where, name=name)
        if part.live or isinstance(part, (Serial, Check, Random)):
            raise SchemeError("per-not-fixed", where=where, name=name)
    return serial


def _with_algorithm(check: Check, parts: Sequence[Part]) -> Check:
    written = set().union(*(_characters(part) for part in parts if isinstance(part, Literal) or not part.live))
    written -= set(SEPARATORS)
    name = check.algorithm or ("iso7064-mod11-2" if written <= set(DIGITS) else "iso7064-mod37-2")
    foreign = sorted(written - set(ALGORITHMS[name].alphabet_in))
    if foreign:
        where = f"segments.{check.name}.algorithm"
        raise SchemeError("check-alphabet", where=where, name=name, characters="".join(foreign))
    return replace(check, algorithm=name)


def _characters(part: Part) -> set[str]:
    match part:
        case Literal():
            return set(part.text)
        case Reserved():
            return set(part.fill)
        case Lookup():
            return {character for symbol in part.dictionary.symbols for character in symbol}
        case Serial():
            return set(part.alphabet) | (set(LETTERS) if part.overflow == "letters" else set())
        case Text() | Initials() | Random():
            return set(part.alphabet)
        case Parent():
            return set(DIGITS + LETTERS)
        case Date():
            return set(DIGITS)
        case _:
            return set()
