"""Reads of the register."""

from collections.abc import Sequence
from datetime import datetime

from kehuma.apps.codes import schemes
from kehuma.apps.codes.data import CounterState, IssuedCode, PublishedScheme
from kehuma.apps.codes.health import faults
from kehuma.apps.codes.models import Code, Counter, SchemeVersion
from kehuma.apps.codes.resolving import resolve
from kehuma.engine.coding.dictionaries import Dictionary
from kehuma.engine.coding.grammar import Grammar

__all__ = [
    "as_issued",
    "as_published",
    "counters",
    "dictionary",
    "faults",
    "grammar",
    "grammar_of_file",
    "issued",
    "number_of_codes",
    "resolve",
    "scheme",
    "versions",
]


def scheme(name: str, at: datetime) -> PublishedScheme:
    """The version of a scheme in effect at ``at``; UnknownSchemeError where there is none."""
    return as_published(schemes.published(name, at).version)


def grammar(name: str, at: datetime) -> Grammar:
    """The grammar of that version."""
    return schemes.published(name, at).grammar


def grammar_of_file(source: str) -> Grammar:
    """The grammar of a scheme file, with the dictionaries and parent schemes of the register; SchemeError."""
    return schemes.grammar_of(source, schemes.dictionary_state())


def versions(name: str = "") -> Sequence[PublishedScheme]:
    """All versions, or those of one name, in the order of publishing."""
    rows = SchemeVersion.objects.order_by("id")
    return [as_published(row) for row in (rows.filter(name=name) if name else rows)]


def dictionary(name: str) -> Dictionary:
    """A built-in dictionary with what was imported into it; SchemeError where there is none."""
    return schemes.dictionary(name, schemes.dictionary_state())


def counters(scheme_name: str) -> Sequence[CounterState]:
    """The counters of a scheme by key."""
    rows = Counter.objects.filter(scheme=scheme_name).order_by("key")
    return [CounterState(row.scheme, row.key, row.next) for row in rows]


def number_of_codes(scheme_name: str = "") -> int:
    """How many codes were given out, of all schemes or of one."""
    rows = Code.objects.filter(version__name=scheme_name) if scheme_name else Code.objects.all()
    return rows.count()


def issued(identity: str) -> IssuedCode | None:
    """The code with exactly this identity form."""
    row = Code.objects.select_related("version").filter(identity=identity).first()
    return as_issued(row) if row else None


def as_published(version: SchemeVersion) -> PublishedScheme:
    """A version as a value."""
    return PublishedScheme(
        version.name, version.number, version.subject, version.source, version.effective, version.published_at
    )


def as_issued(code: Code) -> IssuedCode:
    """A code, with its version, as a value."""
    return IssuedCode(
        code=code.form,
        identity=code.identity,
        number=code.number,
        scheme=code.version.name,
        version=code.version.number,
        state=code.state,
        issued_at=code.issued_at,
    )
