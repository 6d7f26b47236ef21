"""Writes of the register: publish, issue, reserve, change a state, name otherwise. Each is one transaction."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.codes import queries, schemes
from kehuma.apps.codes.adopting import adopt, issue_manual
from kehuma.apps.codes.aliases import add_alias, end_alias
from kehuma.apps.codes.batches import Batch, OnChange
from kehuma.apps.codes.data import Order, Outcome, PublishedScheme
from kehuma.apps.codes.errors import SchemeRefusedError, VersionOrderError
from kehuma.apps.codes.front import issue_waiting
from kehuma.apps.codes.issuing import issue
from kehuma.apps.codes.live import set_live
from kehuma.apps.codes.models import DictionaryExtension, SchemeVersion
from kehuma.apps.codes.numbers import add_numbers, end_number, erase_numbers
from kehuma.apps.codes.resembling import issue_resembling
from kehuma.apps.codes.reservations import confirm, confirm_kept, expire_reservations, reserve
from kehuma.apps.codes.schemes import DictionaryState
from kehuma.apps.codes.sets import MetError
from kehuma.apps.codes.states import merge, reinstate, retire, supersede, void
from kehuma.engine.coding.dictionaries import Entry, builtin, require_symbols
from kehuma.engine.coding.inspection import inspect
from kehuma.engine.coding.model import Lookup, Scheme
from kehuma.lib.db.locks import stand_alone

__all__ = [
    "Batch",
    "MetError",
    "add_alias",
    "add_numbers",
    "adopt",
    "confirm",
    "confirm_kept",
    "end_alias",
    "end_number",
    "erase_numbers",
    "expire_reservations",
    "extend_dictionary",
    "issue",
    "issue_manual",
    "issue_many",
    "issue_resembling",
    "issue_waiting",
    "merge",
    "publish",
    "reinstate",
    "reserve",
    "retire",
    "set_live",
    "supersede",
    "void",
]


@transaction.atomic
def publish(source: str, *, actor: str, at: datetime) -> PublishedScheme:
    """Make a scheme file the current version of its name; the same file again changes nothing.

    SchemeError where it is no scheme, SchemeRefusedError where an example, a proof or a lint speaks against it,
    VersionOrderError where it would take effect before the version it replaces.
    """
    # What is proved against all that is published must not be published past one another.
    stand_alone("publish")
    state = schemes.dictionary_state()
    scheme = schemes.scheme_of(source, state)
    name = scheme.name
    current = schemes.version_at(name, at)
    if current is not None and current.source == source:
        return queries.as_published(current)
    _require_sound(scheme, state)
    newest = SchemeVersion.objects.filter(name=name).order_by("-number").first()
    version = SchemeVersion.objects.create(
        name=name,
        number=newest.number + 1 if newest else 1,
        subject=scheme.subject,
        source=source,
        effective=_effective(scheme.effective, current),
        published_at=at,
    )
    audit.record("codes.scheme-published", name, {"version": version.number}, actor=actor, at=at)
    return queries.as_published(version)


@transaction.atomic
def extend_dictionary(name: str, entries: Sequence[Entry], *, actor: str, at: datetime) -> int:
    """Add symbols and names to a built-in dictionary; its new version. The same entries again change nothing.

    SchemeError where there is no such dictionary, SymbolError where a symbol could not stand in a code; SchemeError and
    SchemeRefusedError where a published scheme would no longer be sound with it.
    """
    builtin(name)
    require_symbols(entries)
    stand_alone("publish")
    rows = schemes.as_rows(list(entries))
    newest = DictionaryExtension.objects.filter(name=name).order_by("-version").first()
    if newest is not None and newest.entries == rows:
        return newest.version
    schemes.dictionary(name, schemes.dictionary_state()).extended(entries)
    version = DictionaryExtension.objects.create(
        name=name,
        version=newest.version + 1 if newest else 1,
        entries=rows,
        digest=schemes.digest_of(newest.digest if newest else "", rows),
        imported_at=at,
    )
    _require_still_sound(name)
    detail = {"version": version.version, "entries": len(rows)}
    audit.record("codes.dictionary-extended", name, detail, actor=actor, at=at)
    return version.version


def issue_many(  # noqa: PLR0913 - one argument per fact
    scheme: str,
    attributes: Sequence[str],
    orders: Sequence[Order],
    *,
    source: str,
    actor: str,
    at: datetime,
    on_change: OnChange = "keep",
) -> list[Outcome]:
    """The outcome of each row of a list; files that do not fit into memory hand their rows to one ``Batch``."""
    return Batch(scheme, attributes, source=source, actor=actor, at=at, on_change=on_change).issue(orders)


def _effective(stated: date | None, current: SchemeVersion | None) -> date:
    before = current.effective if current else date.min
    if stated is not None and stated < before:
        raise VersionOrderError("version-order", effective=stated, current=before)
    return stated or before


def _require_still_sound(dictionary: str) -> None:
    """Everything published, with a dictionary that has just grown for good: all versions are read, the newest write."""
    state = schemes.dictionary_state()
    sources = SchemeVersion.objects.order_by("number").values_list("name", "source")
    newest = {name: schemes.scheme_of(source, state) for name, source in sources}
    for scheme in newest.values():
        looked_up = (segment.dictionary.name for segment in scheme.segments if isinstance(segment, Lookup))
        if dictionary in looked_up:
            _require_sound(scheme, state)


def _require_sound(scheme: Scheme, state: DictionaryState) -> None:
    """Examples, proofs and lints, against every version of every scheme of the register."""
    parents = schemes.parents_of(scheme, state)
    others = [schemes.grammar_of(source, state) for source in SchemeVersion.objects.values_list("source", flat=True)]
    report = inspect(scheme, parents=parents, others=others, permutation=schemes.permutation_of(scheme))
    if not report.ok:
        raise SchemeRefusedError(report)
