"""Writes of the register: publish a scheme, extend a dictionary, issue codes. Each is one transaction."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from django.db import connection, transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.codes import counters, queries, register, schemes, writing
from kehuma.apps.codes.batches import Batch, OnChange
from kehuma.apps.codes.data import IssuedCode, Order, Outcome, PublishedScheme
from kehuma.apps.codes.errors import RequestConflictError, SchemeRefusedError, VersionOrderError
from kehuma.apps.codes.fingerprints import fingerprints
from kehuma.apps.codes.models import Code, DictionaryExtension, SchemeVersion, State
from kehuma.apps.codes.schemes import DictionaryState, Published
from kehuma.engine.coding.dictionaries import Entry, builtin
from kehuma.engine.coding.grammar import Written
from kehuma.engine.coding.inspection import inspect
from kehuma.engine.coding.model import Scheme
from kehuma.engine.coding.normal import loose_of
from kehuma.engine.coding.snapshots import Snapshot
from kehuma.lib.db.durability import require_durable

__all__ = ["Batch", "extend_dictionary", "issue", "issue_many", "publish"]


@transaction.atomic
def publish(source: str, *, actor: str, at: datetime) -> PublishedScheme:
    """Make a scheme file the current version of its name; the same file again changes nothing.

    SchemeError where it is no scheme, SchemeRefusedError where an example, a proof or a lint speaks against it,
    VersionOrderError where it would take effect before the version it replaces.
    """
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

    SchemeError where there is no such dictionary or it refuses an entry.
    """
    builtin(name)
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
    detail = {"version": version.version, "entries": len(rows)}
    audit.record("codes.dictionary-extended", name, detail, actor=actor, at=at)
    return version.version


@transaction.atomic
def issue(  # noqa: PLR0913 - one argument per fact
    scheme: str,
    facts: Mapping[str, object],
    *,
    request_key: str,
    actor: str,
    at: datetime,
    parent: str | None = None,
) -> IssuedCode:
    """The one code of a request, in the caller's transaction; asked again with the same key, the same code.

    UnknownSchemeError, WriteError where the facts cannot be written, RequestConflictError where the key was used for
    other facts, AlreadyIssuedError where a scheme without serial has given the text before.
    """
    require_durable(connection)
    prints = fingerprints(scheme)
    request, fingerprint = prints.of_request(request_key), prints.of_facts(facts, parent)
    before = Code.objects.select_related("version").filter(request=request).first()
    if before is not None:
        if bytes(before.facts) != fingerprint:
            raise RequestConflictError("request-conflict", code=before.form)
        return queries.as_issued(before)
    published = schemes.published(scheme, at)
    snapshot = published.grammar.snapshot(facts, at=at, parent=parent)
    counter, written, taken = _free(published, snapshot)
    row = (
        written.identity,
        loose_of(written.identity),
        written.code,
        published.version.pk,
        counter,
        written.serial,
        published.stored(snapshot),
        request,
        fingerprint,
        State.ISSUED.value,
        register.moment(at),
    )
    register.insert([row])
    detail = {"version": published.version.number, "taken": taken}
    audit.record("codes.issued", written.identity, detail, actor=actor, at=at)
    return IssuedCode(
        code=written.code,
        identity=written.identity,
        number=written.serial,
        scheme=scheme,
        version=published.version.number,
        state=State.ISSUED.value,
        issued_at=at,
    )


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


def _free(published: Published, snapshot: Snapshot) -> tuple[int | None, Written, list[str]]:
    """The counter, the first text that is nobody's, and those met before it that were taken."""
    serial = published.grammar.scheme.serial
    counter: int | None = None

    def numbers() -> Iterator[int]:
        nonlocal counter
        while serial is not None:
            counter, number = counters.take(published.version.name, snapshot.counter_key, serial)
            yield number

    taken: list[str] = []
    for written in writing.candidates(published.grammar, snapshot, numbers()):
        if not register.taken([written.identity]):
            return counter, written, taken
        taken.append(written.identity)
    raise AssertionError("candidates end with an error")


def _effective(stated: date | None, current: SchemeVersion | None) -> date:
    before = current.effective if current else date.min
    if stated is not None and stated < before:
        raise VersionOrderError("version-order", effective=stated, current=before)
    return stated or before


def _require_sound(scheme: Scheme, state: DictionaryState) -> None:
    """Examples, proofs and lints, against every version of every scheme of the register."""
    parents = schemes.parents_of(scheme, state)
    others = [schemes.grammar_of(source, state) for source in SchemeVersion.objects.values_list("source", flat=True)]
    report = inspect(scheme, parents=parents, others=others)
    if not report.ok:
        raise SchemeRefusedError(report)
