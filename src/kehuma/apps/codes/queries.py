"""Reads of the register."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Sum

from kehuma.apps.codes import schemes
from kehuma.apps.codes.aliases import aliases_of
from kehuma.apps.codes.data import AliasState, CounterState, IssuedCode, PublishedScheme, StateChanged
from kehuma.apps.codes.fingerprints import fingerprints
from kehuma.apps.codes.gaps import gaps
from kehuma.apps.codes.health import faults
from kehuma.apps.codes.history_models import Reservation, StateChange
from kehuma.apps.codes.issuing import as_issued
from kehuma.apps.codes.models import Code, Counter, SchemeVersion
from kehuma.apps.codes.numbers import named_by, numbers
from kehuma.apps.codes.places import at_ranks, ids_of, places
from kehuma.apps.codes.resolving import resolve
from kehuma.apps.codes.schemes import asked_revision
from kehuma.engine.coding.dictionaries import Dictionary
from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.model import Parent
from kehuma.engine.coding.normal import loose_of
from kehuma.lib.db.prefixes import ByBytes

__all__ = [
    "aliases",
    "as_issued",
    "as_published",
    "asked_revision",
    "at_ranks",
    "beginning",
    "counters",
    "dictionary",
    "faults",
    "first_rule",
    "gaps",
    "grammar",
    "grammar_of_file",
    "history",
    "ids_of",
    "issued",
    "most_used",
    "named_by",
    "number_of_codes",
    "numbers",
    "places",
    "reserved",
    "resolve",
    "rows_coded",
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


def first_rule(subject: str, at: datetime, *, has_parent: bool) -> str | None:
    """Of the rules for a subject in effect at ``at`` the one published first; None where there is none.

    With a superior one that writes the superior's code comes first, without one those that need it are left out.
    """
    names = SchemeVersion.objects.filter(subject=subject).order_by("id").values_list("name", flat=True)
    without: list[str] = []
    for name in dict.fromkeys(names):
        version = schemes.version_at(name, at)
        if version is None:
            continue
        takes_parent = any(isinstance(one, Parent) for one in schemes.opened(version).grammar.segments)
        if takes_parent and has_parent:
            return name
        if not takes_parent:
            without.append(name)
    return without[0] if without else None


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


def most_used(schemes: Sequence[str]) -> str:
    """That of these schemes whose counters have come furthest in all; the first where none has a counter."""
    rows = Counter.objects.filter(scheme__in=schemes).values("scheme").annotate(given=Sum("next"))
    given = {row["scheme"]: row["given"] for row in rows}
    return max(schemes, key=lambda name: given.get(name, 0))


def number_of_codes(scheme_name: str = "") -> int:
    """How many codes were given out, of all schemes or of one."""
    rows = Code.objects.filter(version__name=scheme_name) if scheme_name else Code.objects.all()
    return rows.count()


def issued(identity: str) -> IssuedCode | None:
    """The code with exactly this identity form."""
    row = Code.objects.select_related("version").filter(identity=identity).first()
    return as_issued(row) if row else None


def rows_coded(scheme_name: str, source: str, keys: Sequence[str]) -> Mapping[str, str]:
    """The identities of the codes that rows of a source have, by the keys of the rows; only in a transaction."""
    hashed = fingerprints(scheme_name).of_source(source)
    by_hash = {hashed.of(key): key for key in keys}
    found = Code.objects.filter(request__in=list(by_hash)).values_list("request", "identity")
    return {by_hash[bytes(request)]: identity for request, identity in found}


def beginning(text: str, *, limit: int) -> Sequence[str]:
    """The first identities, at most ``limit``, that begin so when separators and case are left out."""
    begun = loose_of(text)
    found = Code.objects.filter(loose__begins=begun).order_by(ByBytes("loose")) if begun else Code.objects.none()
    return list(found.values_list("identity", flat=True)[:limit])


def aliases(identity: str) -> Sequence[AliasState]:
    """The other texts of a code, in the order in which they came; none for a code that there is not."""
    row = Code.objects.filter(identity=identity).first()
    return aliases_of([row])[row.pk] if row else ()


def reserved(identity: str) -> tuple[str, datetime] | None:
    """For whom a code is kept, and until when; None where it is not, or no longer."""
    kept = Reservation.objects.filter(code__identity=identity, ended=False).first()
    return (kept.owner, kept.until) if kept else None


def history(identity: str) -> Sequence[StateChanged]:
    """The changes of a code's state, the first one first."""
    rows = StateChange.objects.filter(code__identity=identity).select_related("by").order_by("id")
    return [
        StateChanged(row.before, row.after, row.reason, row.by.form if row.by else None, row.note, row.actor, row.at)
        for row in rows
    ]


def as_published(version: SchemeVersion) -> PublishedScheme:
    """A version as a value."""
    return PublishedScheme(
        version.name, version.number, version.subject, version.source, version.effective, version.published_at
    )
