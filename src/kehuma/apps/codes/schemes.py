"""Published schemes as grammars, compiled once per content."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from kehuma.apps.codes import fingerprints
from kehuma.apps.codes.errors import UnknownSchemeError
from kehuma.apps.codes.models import DictionaryExtension, SchemeVersion
from kehuma.engine.coding.dictionaries import Dictionary, Entry, builtin
from kehuma.engine.coding.grammar import Grammar, compile_scheme
from kehuma.engine.coding.model import Lookup, Parent, Scheme
from kehuma.engine.coding.scheme_file import load_scheme
from kehuma.engine.coding.snapshots import Snapshot
from kehuma.engine.encryption.hidden import hkdf
from kehuma.engine.encryption.permutation import NumberPermutation
from kehuma.lib.db.pipelines import asked

# Which imports have extended which dictionary: (name, version, digest of all rows so far).
DictionaryState = tuple[tuple[str, int, str], ...]

# Their rows are permanent, and whoever adds one stands alone. The times tell a restored register from what it was.
_REVISION = """
    SELECT count(*), max(published_at), extensions, imported_at FROM codes_schemeversion,
    (SELECT count(*) AS extensions, max(imported_at) AS imported_at FROM codes_dictionaryextension) AS extension
    GROUP BY extensions, imported_at
"""


@dataclass(frozen=True, slots=True)
class Published:
    """A version with its grammar and the dictionary versions that this grammar writes with."""

    version: SchemeVersion
    grammar: Grammar
    dictionaries: Mapping[str, int]

    def stored(self, snapshot: Snapshot) -> str:
        """The snapshot as the register keeps it: the written symbols, and the versions of extended dictionaries."""
        kept: dict[str, object] = {"texts": snapshot.texts}
        if self.dictionaries:
            kept["dictionaries"] = self.dictionaries
        return json.dumps(kept, separators=(",", ":"))


def published(name: str, at: datetime) -> Published:
    """The version of ``name`` in effect at ``at``; UnknownSchemeError where there is none."""
    version = version_at(name, at)
    if version is None:
        names = SchemeVersion.objects.order_by("name").values_list("name", flat=True).distinct()
        raise UnknownSchemeError("unknown-scheme", name=name, known=list(names))
    return opened(version)


def opened(version: SchemeVersion) -> Published:
    """A version with its grammar."""
    state = dictionary_state()
    grammar = grammar_of(version.source, state)
    return Published(version, grammar, _versions_used(grammar.scheme, state))


def version_at(name: str, at: datetime) -> SchemeVersion | None:
    """The version of ``name`` that counts at ``at``."""
    day = timezone.localtime(at).date()
    return SchemeVersion.objects.filter(name=name, effective__lte=day).order_by("-effective", "-number").first()


def newest(name: str) -> SchemeVersion | None:
    """The last version of ``name``, in effect or not yet."""
    return SchemeVersion.objects.filter(name=name).order_by("-effective", "-number").first()


def grammar_of(source: str, state: DictionaryState) -> Grammar:
    """The grammar of a scheme file with the register's dictionaries and newest parent schemes; SchemeError."""
    return _grammar(source, state, ())


def shapes_of_keys(name: str) -> set[tuple[str, ...]]:
    """The lists of ``per`` segments that the versions of ``name`` have had, each in the order of the code."""
    sources = list(SchemeVersion.objects.filter(name=name).values_list("source", flat=True))
    if len(sources) == 1:
        return {()}
    state = dictionary_state()
    found = [_scheme(source, state) for source in sources]
    return {
        tuple(segment.name for segment in scheme.segments if scheme.serial and segment.name in scheme.serial.per)
        for scheme in found
    }


def asked_revision() -> Callable[[], Sequence[Any]]:
    """What becomes another one whenever something is published or imported: while it stays, ``published`` does.

    It is told when what is returned is called.
    """
    rows = asked(_REVISION)
    return lambda: next(iter(rows()), ())


def dictionary_state() -> DictionaryState:
    """The newest version of each dictionary that was extended."""
    newest = DictionaryExtension.objects.values("name").annotate(newest=Max("version")).values_list("name", "newest")
    versions = dict(newest)
    if not versions:
        return ()
    rows = DictionaryExtension.objects.filter(name__in=versions).values_list("name", "version", "digest")
    return tuple(sorted(row for row in rows if versions[row[0]] == row[1]))


def digest_of(previous: str, entries: list[dict[str, Any]]) -> str:
    """The digest of an import and all that came before it."""
    return hashlib.sha256((previous + json.dumps(entries, sort_keys=True)).encode()).hexdigest()


def as_rows(entries: list[Entry]) -> list[dict[str, Any]]:
    """Entries as the table holds them."""
    return [{**asdict(entry), "also": list(entry.also), "codes": list(entry.codes)} for entry in entries]


def dictionary(name: str, state: DictionaryState) -> Dictionary:
    """A built-in dictionary with what was imported into it."""
    for extended, version, digest in state:
        if extended == name:
            return _extended(name, version, digest)
    return builtin(name)


def scheme_of(source: str, state: DictionaryState) -> Scheme:
    """The scheme of a file with the register's dictionaries; SchemeError."""
    return _scheme(source, state)


def parents_of(scheme: Scheme, state: DictionaryState) -> dict[str, Grammar]:
    """The newest versions of the parent schemes that are published."""
    return dict(_parents(scheme, state, ()))


def permutation_of(scheme: Scheme) -> NumberPermutation | None:
    """The secret order of the numbers of a scheme that hides it; None for another, or where the register has no key.

    It hangs on the installation key, the scheme's name and the counter key alone, none of which ever changes.
    """
    if scheme.serial is None or scheme.serial.order != "permuted":
        return None
    # A new register has no key yet: what publishes or issues makes it, what only looks does not.
    key = fingerprints.checked_key() if connection.in_atomic_block else fingerprints.key_if_known()
    return None if key is None else _order(key, scheme.name)


@lru_cache(maxsize=64)
def _order(key: bytes, name: str) -> NumberPermutation:
    return NumberPermutation(hkdf(key, info=b"kehuma order of numbers"), name)


def _grammar(source: str, state: DictionaryState, below: tuple[str, ...]) -> Grammar:
    scheme = _scheme(source, state)
    return _compiled(source, state, _parents(scheme, state, below), permutation_of(scheme))


def _parents(scheme: Scheme, state: DictionaryState, below: tuple[str, ...]) -> tuple[tuple[str, Grammar], ...]:
    below = (*below, scheme.name)
    versions = [(name, newest(name)) for name in _parent_names(scheme) if name not in below]
    return tuple((name, _grammar(version.source, state, below)) for name, version in versions if version is not None)


def _parent_names(scheme: Scheme) -> list[str]:
    named = {name for segment in scheme.segments if isinstance(segment, Parent) for name in segment.schemes}
    return sorted(named)


def _versions_used(scheme: Scheme, state: DictionaryState) -> dict[str, int]:
    used = {segment.dictionary.name for segment in scheme.segments if isinstance(segment, Lookup)}
    return {name: version for name, version, _ in state if name in used}


@lru_cache(maxsize=256)
def _scheme(source: str, state: DictionaryState) -> Scheme:
    return load_scheme(source, dictionaries=lambda name: dictionary(name, state))


@lru_cache(maxsize=256)
def _compiled(
    source: str, state: DictionaryState, parents: tuple[tuple[str, Grammar], ...], order: NumberPermutation | None
) -> Grammar:
    return compile_scheme(_scheme(source, state), parents=dict(parents), permutation=order)


@lru_cache(maxsize=64)
def _extended(name: str, version: int, digest: str) -> Dictionary:  # noqa: ARG001 - the digest names the content
    rows = DictionaryExtension.objects.filter(name=name, version__lte=version).order_by("version")
    extended = builtin(name)
    for entries in rows.values_list("entries", flat=True):
        extended = extended.extended(_entry(row) for row in entries)
    return extended


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(**{**row, "also": tuple(row["also"]), "codes": tuple(row["codes"])})
