"""What may become of a code, and the permanent trace of it.

    reserved -> issued | void        issued -> retired | superseded | merged | void
    retired -> issued | superseded | merged        superseded, merged -> issued

A retired code may come back for the one it was given to, and a merger or a renumbering by mistake can be taken back;
void is the end. No state ever gives the text to somebody else.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.codes.data import IssuedCode
from kehuma.apps.codes.draft_errors import UnknownCodeError
from kehuma.apps.codes.errors import OtherSubjectError, PersonalNoteError, StateError, StateReasonError
from kehuma.apps.codes.history_models import Reservation, StateChange
from kehuma.apps.codes.history_models import StateReason as Reason
from kehuma.apps.codes.issuing import as_issued
from kehuma.apps.codes.models import Code, State
from kehuma.engine.coding.errors import ReadError
from kehuma.engine.coding.normal import canonical

_FROM = {
    State.ISSUED: {State.RESERVED, State.RETIRED, State.SUPERSEDED, State.MERGED},
    State.RETIRED: {State.ISSUED},
    State.SUPERSEDED: {State.ISSUED, State.RETIRED},
    State.MERGED: {State.ISSUED, State.RETIRED},
    State.VOID: {State.RESERVED, State.ISSUED},
}
RETIRED_FOR = (Reason.CLOSED, Reason.LEFT, Reason.TEST, Reason.OTHER)
VOID_FOR = (Reason.MISTAKE, Reason.TEST, Reason.CANCELLED, Reason.OTHER)
SUPERSEDED_FOR = (Reason.RENUMBERED, Reason.MISTAKE, Reason.OTHER)
MERGED_FOR = (Reason.DUPLICATE, Reason.OTHER)
REINSTATED_FOR = (Reason.RETURNED, Reason.MISTAKE, Reason.OTHER)
_EVENTS: Mapping[State, str] = {State.VOID: "codes.voided", State.ISSUED: "codes.reinstated"}
_LONGEST_NOTE = 200
_LONGEST = 400
# Eleven digits in a row, spaces and hyphens aside, are a telephone or an identity number; a note stays for ever.
_PERSONAL = re.compile(r"(?:[0-9][ \-]?){10}[0-9]|@")


@transaction.atomic
def retire(code: str, reason: str, *, actor: str, at: datetime, note: str = "") -> IssuedCode:
    """A code whose customer is gone; it stays known. ``reason`` is one of ``RETIRED_FOR``.

    This and the others: UnknownCodeError, StateError where the code's state allows it not, StateReasonError,
    PersonalNoteError. The same change again is refused as well: its trace is there.
    """
    return change(locked(code), State.RETIRED, _checked(reason, RETIRED_FOR), actor=actor, at=at, note=note)


@transaction.atomic
def void(code: str, reason: str, *, actor: str, at: datetime, note: str = "") -> IssuedCode:
    """A code that never stood for anything. There is no way back."""
    return change(locked(code), State.VOID, _checked(reason, VOID_FOR), actor=actor, at=at, note=note)


@transaction.atomic
def supersede(  # noqa: PLR0913 - one argument per fact
    code: str, by: str, *, actor: str, at: datetime, reason: str = Reason.RENUMBERED, note: str = ""
) -> IssuedCode:
    """The customer has another code now, ``by``; OtherSubjectError where that numbers something else."""
    old, new = _both(code, by)
    return change(old, State.SUPERSEDED, _checked(reason, SUPERSEDED_FOR), by=new, actor=actor, at=at, note=note)


@transaction.atomic
def merge(  # noqa: PLR0913 - one argument per fact
    code: str, into: str, *, actor: str, at: datetime, reason: str = Reason.DUPLICATE, note: str = ""
) -> IssuedCode:
    """The customer turned out to be the one with the code ``into``."""
    old, new = _both(code, into)
    return change(old, State.MERGED, _checked(reason, MERGED_FOR), by=new, actor=actor, at=at, note=note)


@transaction.atomic
def reinstate(code: str, reason: str, *, actor: str, at: datetime, note: str = "") -> IssuedCode:
    """A retired, superseded or merged code stands for its own customer again."""
    row = locked(code)
    if row.state == State.RESERVED:
        raise StateError("state-not-from", code=row.form, before=row.state, after=State.ISSUED.value)
    return change(row, State.ISSUED, _checked(reason, REINSTATED_FOR), actor=actor, at=at, note=note)


def change(  # noqa: PLR0913 - one argument per fact
    row: Code, after: State, reason: Reason, *, actor: str, at: datetime, by: Code | None = None, note: str = ""
) -> IssuedCode:
    """One change of a locked row, with its trace and its event."""
    if row.state not in _FROM[after]:
        raise StateError("state-not-from", code=row.form, before=row.state, after=after.value)
    if len(note) > _LONGEST_NOTE or _PERSONAL.search(note):
        raise PersonalNoteError("state-note", most=_LONGEST_NOTE)
    before = row.state
    row.state = after.value
    Code.objects.filter(pk=row.pk).update(state=after.value)
    if before == State.RESERVED:
        Reservation.objects.filter(code=row).update(ended=True)
    StateChange.objects.create(
        code=row, before=before, after=after.value, reason=reason, by=by, note=note, actor=actor, at=at
    )
    kind = "codes.confirmed" if before == State.RESERVED and after == State.ISSUED else _EVENTS.get(after)
    detail = {"before": before, "reason": reason.value, **({"by": by.identity} if by else {})}
    audit.record(kind or f"codes.{after.value}", row.identity, detail, actor=actor, at=at)
    return as_issued(row)


def locked(code: str) -> Code:
    """The row of an identity form, in any case, until the transaction ends; UnknownCodeError."""
    rows = Code.objects.select_for_update(of=("self",)).select_related("version").filter(identity__in=forms(code))
    return _the_one(code, {row.identity: row for row in rows})


def forms(text: str) -> set[str]:
    """The identity forms that a text may be."""
    try:
        kept = canonical(text, most=_LONGEST, case_sensitive=True)
    except ReadError:
        return set()
    return {kept, kept.upper()}


def _the_one(text: str, rows: Mapping[str, Code]) -> Code:
    kept = canonical(text, most=_LONGEST, case_sensitive=True) if rows else ""
    row = rows.get(kept) or rows.get(kept.upper())
    if row is None:
        raise UnknownCodeError(text)
    return row


def _both(code: str, other: str) -> tuple[Code, Code]:
    """Both rows, locked in one order: two mergers the other way round must not wait for one another."""
    wanted = forms(code) | forms(other)
    rows = Code.objects.select_for_update(of=("self",)).select_related("version").filter(identity__in=wanted)
    found = {row.identity: row for row in rows.order_by("pk")}
    old, new = _the_one(code, found), _the_one(other, found)
    if new.state != State.ISSUED or old.pk == new.pk:
        raise StateError("state-successor", code=new.form, state=new.state)
    if old.version.subject != new.version.subject:
        raise OtherSubjectError("state-subject", code=new.form, subject=old.version.subject)
    return old, new


def _checked(reason: str, known: tuple[Reason, ...]) -> Reason:
    if reason not in known:
        raise StateReasonError("state-reason", reason=reason, known=[one.value for one in known])
    return Reason(reason)
