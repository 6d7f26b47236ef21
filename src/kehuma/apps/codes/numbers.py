"""Numbers of other systems: which code each leads to, by keyed hashes; how they read can be erased.

A number of one system names one code for ever, unless it was given away by mistake. What has ended still leads to its
code, and counts again when it comes back. No number moves a counter, whatever it looks like.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from django.db import transaction
from django.db.models import Q

from kehuma.apps.audit import services as audit
from kehuma.apps.codes import fingerprints, naming
from kehuma.apps.codes.data import AliasOutcome, AliasState
from kehuma.apps.codes.draft_errors import UnknownCodeError
from kehuma.apps.codes.errors import AliasError, AliasTakenError
from kehuma.apps.codes.history_models import Alias
from kehuma.apps.codes.models import Code
from kehuma.apps.codes.states import locked
from kehuma.engine.coding.errors import CodingError
from kehuma.lib.db import rows as table
from kehuma.lib.db.locks import stand_alone
from kehuma.lib.keys import Keyed

_CHUNK = 10_000
_ASKED = 500
_Item = TypeVar("_Item")
_COLUMNS = ("code_id", "system", "kind", "text", "exact", "loose", "turn", "actor", "at")


@transaction.atomic
def add_numbers(system: str, rows: Sequence[tuple[str, str]], *, actor: str, at: datetime) -> Sequence[AliasOutcome]:
    """Numbers of another system, each with the identity form of its code, set by set; the same ones again are known."""
    named = naming.system_of(system)
    stand_alone("aliases", named)
    prints = fingerprints.numbers()
    outcomes: list[AliasOutcome] = []
    for start in range(0, len(rows), _CHUNK):
        outcomes += _added(named, rows[start : start + _CHUNK], prints, actor, at)
    if added := sum(outcome.kind == "added" for outcome in outcomes):
        subject = rows[0][0] if len(rows) == 1 else named
        audit.record("codes.alias-added", subject, {"system": named, "count": added}, actor=actor, at=at)
    return outcomes


@transaction.atomic
def end_number(code: str, number: int, reason: str, *, actor: str, at: datetime) -> AliasState:
    """The number of this id counts no longer for the code; what it was. AliasError where it does not now."""
    row = locked(code)
    found = Alias.objects.select_related("code").filter(pk=number, code=row, ending=None).exclude(system="").first()
    if found is None:
        raise AliasError("alias-unknown", text=str(number))
    naming.end(found, reason, actor=actor, at=at)
    return naming.as_state(found)


@transaction.atomic
def erase_numbers(code: str, *, actor: str, at: datetime) -> int:
    """Forget how the numbers of other systems read; they still lead to the code. How many there were."""
    row = locked(code)
    count = Alias.objects.filter(code=row).exclude(system="").exclude(text="").update(text="")
    if count:
        audit.record("codes.numbers-erased", row.identity, {"count": count}, actor=actor, at=at)
    return count


def numbers(identities: Collection[str]) -> Mapping[str, Sequence[AliasState]]:
    """The numbers that count for these codes, in the order in which they came; codes without any are left out."""
    found: dict[str, list[AliasState]] = {}
    for chunk in _chunks(identities):
        there = Alias.objects.filter(code__identity__in=chunk, ending=None).exclude(system="").order_by("id")
        rows = there.values_list("code__identity", "id", "system", "kind", "text", "at")
        for identity, number, system, kind, text, at in rows:
            found.setdefault(identity, []).append(AliasState(number, system, kind, text, at))
    return found


def named_by(texts: Collection[str], system: str | None = None) -> Mapping[str, Sequence[tuple[str, str]]]:
    """For each number, of one system or of any, the codes that it leads to, as (system, identity).

    To the letter, and none without the installation key; numbers that lead nowhere are left out.
    """
    prints = fingerprints.numbers_if_known()
    if prints is None:
        return {}
    by_normal: dict[str, list[str]] = {}
    for text in texts:
        by_normal.setdefault(naming.normal_of(text), []).append(text)
    by_normal.pop("", None)
    found: dict[str, list[tuple[str, str]]] = {}
    for chunk in _chunks(by_normal):
        by_exact = {naming.exact_of(normal, prints): by_normal[normal] for normal in chunk}
        if system is not None:
            asked = Q(system=naming.system_of(system), exact__in=list(by_exact))
        else:
            # Without a system it is the loose keys that have an index.
            asked = Q(loose__in=[naming.keys_of(normal, prints)[1] for normal in chunk])
        for exact, named, identity in _leading(asked):
            for text in by_exact.get(exact, ()):
                if (named, identity) not in found.setdefault(text, []):
                    found[text].append((named, identity))
    return found


def _leading(asked: Q) -> Iterable[tuple[str, str, str]]:
    rows = Alias.objects.filter(asked, Q(ending=None) | ~Q(ending__reason=naming.MISTAKE)).exclude(system="")
    return rows.order_by("id").values_list("exact", "system", "code__identity")


class _Held(NamedTuple):
    """The code that a number leads to (empty for none), whether it still counts, and the turn of its next row."""

    identity: str
    counts: bool
    turn: int


_FREE = _Held("", counts=False, turn=0)


def _added(system: str, rows: Sequence[tuple[str, str]], prints: Keyed, actor: str, at: datetime) -> list[AliasOutcome]:
    codes = dict(Code.objects.filter(identity__in=[identity for identity, _ in rows]).values_list("identity", "pk"))
    prepared = [_prepared(number, prints) for _, number in rows]
    held = _held(system, [keys[0] for keys in prepared if not isinstance(keys, CodingError)])
    moment = table.as_moment(at)
    new: list[tuple[object, ...]] = []
    outcomes: list[AliasOutcome] = []
    for (identity, number), keys in zip(rows, prepared, strict=True):
        error = keys if isinstance(keys, CodingError) else None if identity in codes else UnknownCodeError(identity)
        if error is not None or isinstance(keys, CodingError):
            outcomes.append(AliasOutcome("rejected", error))
            continue
        exact, loose = keys
        now = held.get(exact, _FREE)
        if now.identity not in ("", identity):
            taken = AliasTakenError("alias-taken", text=number, code=now.identity)
            outcomes.append(AliasOutcome("rejected", taken))
        elif now.counts:
            outcomes.append(AliasOutcome("known"))
        else:
            text = naming.normal_of(number)
            new.append((codes[identity], system, naming.NUMBER, text, exact, loose, now.turn, actor, moment))
            held[exact] = _Held(identity, counts=True, turn=now.turn + 1)
            outcomes.append(AliasOutcome("added"))
    table.insert(Alias._meta.db_table, _COLUMNS, new)  # noqa: SLF001 - Django's way to the name of a table
    return outcomes


def _held(system: str, exacts: Sequence[str]) -> dict[str, _Held]:
    there: dict[str, list[Alias]] = {}
    for chunk in _chunks(exacts):
        for alias in Alias.objects.select_related("ending", "code").filter(system=system, exact__in=chunk):
            there.setdefault(alias.exact, []).append(alias)
    found: dict[str, _Held] = {}
    for exact, several in there.items():
        holder, turn = naming.holder_of(several)
        counts = holder is not None and naming.ending_of(holder) is None
        found[exact] = _Held(str(holder.code) if holder else "", counts=counts, turn=turn)
    return found


def _prepared(number: str, prints: Keyed) -> tuple[str, str] | CodingError:
    try:
        return naming.keys(number, prints)
    except AliasError as error:
        return error


def _chunks(several: Collection[_Item]) -> Iterator[list[_Item]]:
    found = list(several)
    for start in range(0, len(found), _ASKED):
        yield found[start : start + _ASKED]
