"""The dictionaries as people look at them: who uses them, how often each symbol was written, what was added when."""

from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from kehuma.apps.codes import schemes
from kehuma.apps.codes.models import Code, Counter, DictionaryExtension, SchemeVersion
from kehuma.engine.coding.dictionaries import BUILTIN_NAMES, Dictionary
from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.model import Lookup
from kehuma.lib.viewer import Viewer


@dataclass(frozen=True, slots=True)
class DictionaryRow:
    """A dictionary in the list: ``own`` are those that stand inside one scheme and are changed with it."""

    name: str
    size: int
    version: int
    schemes: Sequence[str]
    sample: Sequence[str]
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Extension:
    """One import or addition."""

    version: int
    at: datetime
    symbols: Sequence[str]


def dictionaries(viewer: Viewer) -> Sequence[DictionaryRow]:
    """The dictionaries that schemes can name, and those inside the schemes published."""
    viewer.require("dictionaries.view")
    state = schemes.dictionary_state()
    versions = {name: version for name, version, _digest in state}
    current = _current()
    rows = [
        _row(schemes.dictionary(name, state), versions.get(name, 0), _users(current, name)) for name in BUILTIN_NAMES
    ]
    own = [
        _row(segment.dictionary, 0, [grammar.scheme.name], is_own=True)
        for grammar in current
        for segment in grammar.segments
        if isinstance(segment, Lookup) and segment.dictionary.name not in BUILTIN_NAMES
    ]
    return [*rows, *own]


def usage(viewer: Viewer, name: str) -> Mapping[str, int]:
    """How many codes were given out under each symbol, where a counter key tells; others are left out."""
    viewer.require("dictionaries.view")
    tally: Tally[str] = Tally()
    for grammar in _current():
        serial = grammar.scheme.serial
        named = {one.name for one in grammar.segments if isinstance(one, Lookup) and one.dictionary.name == name}
        wanted = named & set(serial.per) if serial else set()
        if not wanted:
            continue
        for key, many in _codes_by_key(grammar.scheme.name):
            pairs = dict(pair.partition("=")[::2] for pair in key.split(" ") if pair)
            for segment in wanted & set(pairs):
                tally[pairs[segment]] += many
    return tally


def extensions(viewer: Viewer, name: str) -> Sequence[Extension]:
    """What was added to a dictionary, the newest first."""
    viewer.require("dictionaries.view")
    rows = DictionaryExtension.objects.filter(name=name).order_by("-version")
    return [Extension(row.version, row.imported_at, [entry["symbol"] for entry in row.entries]) for row in rows]


def _codes_by_key(scheme: str) -> list[tuple[str, int]]:
    keys = dict(Counter.objects.filter(scheme=scheme).values_list("pk", "key"))
    # Counted in the index of numbers alone: no row of a code is read.
    counted = Code.objects.filter(counter__scheme=scheme).order_by().values("counter").annotate(many=Count("number"))
    return [(keys[counter], many) for counter, many in counted.values_list("counter", "many")]


def _current() -> list[Grammar]:
    """The newest version of each scheme."""
    names = SchemeVersion.objects.order_by("name").values_list("name", flat=True).distinct()
    newest = [schemes.newest(name) for name in names]
    return [schemes.opened(version).grammar for version in newest if version is not None]


def _users(current: list[Grammar], name: str) -> list[str]:
    return [
        grammar.scheme.name
        for grammar in current
        if any(isinstance(one, Lookup) and one.dictionary.name == name for one in grammar.segments)
    ]


def _row(dictionary: Dictionary, version: int, users: Sequence[str], *, is_own: bool = False) -> DictionaryRow:
    sample = [entry.label for entry in dictionary.entries[:4]]
    return DictionaryRow(dictionary.name, len(dictionary.entries), version, users, sample, is_own)
