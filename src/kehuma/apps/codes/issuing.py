"""One code for one request: given out at once, or kept for its owner until a time."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.db import connection, transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.codes import counters, register, schemes, skips, writing
from kehuma.apps.codes.data import IssuedCode
from kehuma.apps.codes.errors import RequestConflictError
from kehuma.apps.codes.fingerprints import fingerprints
from kehuma.apps.codes.models import Code, State
from kehuma.apps.codes.schemes import Published
from kehuma.engine.coding.grammar import Written
from kehuma.engine.coding.normal import loose_of
from kehuma.engine.coding.snapshots import Snapshot
from kehuma.lib.db.durability import require_durable
from kehuma.lib.db.locks import stand_alone


@transaction.atomic
def issue(  # noqa: PLR0913 - one argument per fact
    scheme: str,
    facts: Mapping[str, object],
    *,
    request_key: str,
    actor: str,
    at: datetime,
    parent: str | None = None,
    state: State = State.ISSUED,
    dated: datetime | None = None,
) -> IssuedCode:
    """The one code of a request, in the caller's transaction; asked again with the same key, the same code.

    ``dated`` is the time that the code speaks of and whose version of the scheme counts, where that is not now.
    UnknownSchemeError, WriteError where the facts cannot be written, RequestConflictError where the key was used for
    other facts, AlreadyIssuedError where a scheme without serial has given the text before.
    """
    require_durable(connection)
    audit.require_current()
    prints = fingerprints(scheme)
    request, fingerprint = prints.of_request(request_key), prints.of_facts(facts, parent, dated)
    before = asked_before(request, fingerprint)
    if before is not None:
        return as_issued(before)
    published = schemes.published(scheme, dated or at)
    snapshot = published.grammar.snapshot(facts, at=dated or at, parent=parent)
    return given(published, snapshot, request, fingerprint, actor=actor, at=at, state=state)


def given(  # noqa: PLR0913 - one argument per fact
    published: Published,
    snapshot: Snapshot,
    request: bytes,
    fingerprint: bytes,
    *,
    actor: str,
    at: datetime,
    state: State = State.ISSUED,
) -> IssuedCode:
    """The new code of a snapshot with its event, in the caller's transaction; errors as of ``issue``."""
    written, met = _stored(published, snapshot, request, fingerprint, at, state)
    skips.note_taken([one for one in met if one[0]], actor=actor, at=at)
    detail = {"version": published.version.number, "taken": [text for _, _, text in met]}
    audit.record(f"codes.{state.value}", written.identity, detail, actor=actor, at=at)
    return IssuedCode(
        code=written.code,
        identity=written.identity,
        number=written.serial,
        scheme=published.version.name,
        version=published.version.number,
        state=state.value,
        issued_at=at,
        is_new=True,
    )


def asked_before(request: bytes, facts: bytes) -> Code | None:
    """The code that a request got before; nobody else asks it now. RequestConflictError where it had other facts."""
    stand_alone("request", request)
    before = Code.objects.select_related("version").filter(request=request).first()
    if before is not None and bytes(before.facts) != facts:
        raise RequestConflictError("request-conflict", code=before.form)
    return before


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


def _stored(  # noqa: PLR0913, PLR0917 - one argument per fact
    published: Published, snapshot: Snapshot, request: bytes, facts: bytes, at: datetime, state: State
) -> tuple[Written, list[tuple[int, int, str]]]:
    """The first text that was nobody's and is now a code; counter, number and text of those before it that were."""
    serial = published.grammar.scheme.serial
    counter: int | None = None

    def numbers() -> Iterator[int]:
        nonlocal counter
        while serial is not None:
            counter, number = counters.take(published.version.name, snapshot.counter_key, serial)
            yield number

    met: list[tuple[int, int, str]] = []
    stored, moment = published.stored(snapshot), register.moment(at)
    for written in writing.candidates(published.grammar, snapshot, numbers()):
        fate = register.fate(written.identity, counter, written.serial)
        if fate == "held":
            continue
        if fate == "free":
            text, code, number, version = written.identity, written.code, written.serial, published.version.pk
            row = (text, loose_of(text), code, version, counter, number, stored, request, facts, state.value, moment)
            if register.insert_unless_taken(row):
                return written, met
        met.append((counter or 0, written.serial or 0, written.identity))
    raise AssertionError("candidates end with an error")
