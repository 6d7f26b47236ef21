"""Other texts for a code: what it was called before, and its numbers in other systems.

A text of one system names one code for ever, unless it was given away by mistake. What has ended still leads to its
code; only a mistake frees the text for another one. No alias moves a counter, whatever it looks like.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.codes import fingerprints
from kehuma.apps.codes.data import AliasOutcome, AliasState
from kehuma.apps.codes.draft_errors import UnknownCodeError
from kehuma.apps.codes.errors import AliasError, AliasTakenError
from kehuma.apps.codes.history_models import Alias, AliasEnd
from kehuma.apps.codes.models import Code
from kehuma.apps.codes.states import locked
from kehuma.engine.coding.errors import CodingError
from kehuma.lib.db.locks import stand_alone
from kehuma.lib.keys import Keyed

MISTAKE = "mistake"
# replaced: the system numbers the customer otherwise now; ended: it has no such customer any more.
ENDED_FOR = ("replaced", "ended", MISTAKE)
FORMER, FORM, NUMBER = "former", "form", "number"
_LONGEST, _LONGEST_SYSTEM = 200, 100
_CHUNK = 10_000


@transaction.atomic
def add_alias(  # noqa: PLR0913 - one argument per fact
    code: str, text: str, *, actor: str, at: datetime, system: str = "", kind: str = ""
) -> bool:
    """Let a text lead to a code: its number in ``system``, or, without one, an earlier code. False if it did already.

    A ``former`` text that looks like a code of a scheme is never given out. UnknownCodeError, AliasError where the text
    cannot be one, AliasTakenError with the code that has it.
    """
    row = locked(code)
    if system:
        (outcome,) = add_numbers(system, [(row.identity, text)], actor=actor, at=at)
        if outcome.error is not None:
            raise outcome.error
        return outcome.kind == "added"
    return _add_own(row, text, kind or FORMER, actor=actor, at=at)


@transaction.atomic
def add_numbers(system: str, rows: Sequence[tuple[str, str]], *, actor: str, at: datetime) -> Sequence[AliasOutcome]:
    """Numbers of another system, each with the identity form of its code, set by set; the same ones again are known."""
    named = _system(system)
    stand_alone("aliases", named)
    prints = fingerprints.numbers()
    outcomes: list[AliasOutcome] = []
    for start in range(0, len(rows), _CHUNK):
        outcomes += _numbers_added(named, rows[start : start + _CHUNK], prints, actor, at)
    if added := sum(outcome.kind == "added" for outcome in outcomes):
        subject = rows[0][0] if len(rows) == 1 else named
        audit.record("codes.alias-added", subject, {"system": named, "count": added}, actor=actor, at=at)
    return outcomes


@transaction.atomic
def end_alias(  # noqa: PLR0913 - one argument per fact
    code: str, text: str, reason: str, *, actor: str, at: datetime, system: str = ""
) -> None:
    """A text no longer names its code; ``reason`` is one of ``ENDED_FOR``. AliasError where it does not name it."""
    if reason not in ENDED_FOR:
        raise AliasError("alias-reason", reason=reason, known=ENDED_FOR)
    row = locked(code)
    exact, _ = _keys(text, _prints_for(system))
    alias = (
        Alias.objects.filter(code=row, system=_system(system) if system else "", exact__in={exact, exact.upper()})
        .filter(ending=None)
        .first()
    )
    if alias is None:
        raise AliasError("alias-unknown", text=text)
    AliasEnd.objects.create(alias=alias, reason=reason, actor=actor, at=at)
    detail = {"system": alias.system, "reason": reason}
    audit.record("codes.alias-ended", row.identity, detail, actor=actor, at=at)


@transaction.atomic
def erase_numbers(code: str, *, actor: str, at: datetime) -> int:
    """Forget how the numbers of other systems read; they still lead to the code. How many there were."""
    row = locked(code)
    count = Alias.objects.filter(code=row).exclude(system="").exclude(text="").update(text="")
    if count:
        audit.record("codes.numbers-erased", row.identity, {"count": count}, actor=actor, at=at)
    return count


def aliases_of(codes: Iterable[Code]) -> Mapping[int, Sequence[AliasState]]:
    """The other texts of each code by its row, in the order in which they came; mistakes are not among them."""
    found: dict[int, list[AliasState]] = {code.pk: [] for code in codes}
    for alias in Alias.objects.select_related("ending").filter(code__in=list(found)).order_by("id"):
        ending = _ending(alias)
        if ending is None or ending.reason != MISTAKE:
            ended_at, reason = (ending.at, ending.reason) if ending else (None, "")
            found[alias.code_id].append(AliasState(alias.system, alias.kind, alias.text, alias.at, ended_at, reason))
    return found


def find(text: str) -> Sequence[tuple[Code, bool]]:
    """The codes that a text is another name of, and whether to the letter; ``system:number`` asks in one system only.

    Numbers of other systems are found where the installation key is.
    """
    prints = fingerprints.numbers_if_known()
    normal = _normal(text)
    if not normal:
        return ()
    asked: dict[str, str] = {}
    wanted: dict[str, tuple[str, str]] = {}
    for system, number in _ways(normal):
        for keyed in (None, prints) if not system else (prints,):
            if keyed is not None or not system:
                exact, loose = _keys_of(number, keyed)
                if loose:
                    asked[exact], wanted[loose] = system, (system, exact)
    rows = Alias.objects.select_related("code__version", "ending").filter(loose__in=list(wanted)).order_by("id")
    found: dict[int, tuple[Code, bool]] = {}
    for alias in rows[:50]:
        system, exact = wanted[alias.loose]
        ending = _ending(alias)
        if (ending is not None and ending.reason == MISTAKE) or (system and alias.system.casefold() != system):
            continue
        is_exact = alias.exact in (exact, exact.upper())
        before = found.get(alias.code_id)
        found[alias.code_id] = (alias.code, is_exact or (before is not None and before[1]))
    return list(found.values())


def holders(texts: Sequence[str]) -> Mapping[str, Code]:
    """The codes that were once called so, by text."""
    rows = Alias.objects.select_related("code").filter(system="", exact__in=list(texts))
    return {row.exact: row.code for row in rows}


def _add_own(row: Code, text: str, kind: str, *, actor: str, at: datetime) -> bool:
    normal = _checked(text)
    exact = normal if kind == FORM else normal.upper()
    stand_alone("aliases", "")
    if (other := Code.objects.filter(identity__in={exact, normal}).exclude(pk=row.pk).first()) is not None:
        raise AliasTakenError("alias-taken", text=text, code=other.form)
    holder, turn = _holder(Alias.objects.select_related("ending", "code").filter(system="", exact=exact))
    if exact == row.identity or (holder is not None and holder.code_id == row.pk):
        return False
    if holder is not None:
        raise AliasTakenError("alias-taken", text=text, code=holder.code.form)
    Alias.objects.create(
        code=row, kind=kind, text=normal, exact=exact, loose=_loose(normal), turn=turn, actor=actor, at=at
    )
    if kind == FORMER:
        audit.record("codes.alias-added", row.identity, {"system": "", "text": normal}, actor=actor, at=at)
    return True


def _numbers_added(
    system: str, rows: Sequence[tuple[str, str]], prints: Keyed, actor: str, at: datetime
) -> list[AliasOutcome]:
    codes = dict(Code.objects.filter(identity__in=[identity for identity, _ in rows]).values_list("identity", "pk"))
    prepared = [_prepared(number, prints) for _, number in rows]
    exacts = [keys[0] for keys in prepared if not isinstance(keys, CodingError)]
    there: dict[str, list[Alias]] = {}
    for alias in Alias.objects.select_related("ending", "code").filter(system=system, exact__in=exacts):
        there.setdefault(alias.exact, []).append(alias)
    new: dict[str, Alias] = {}
    outcomes: list[AliasOutcome] = []
    for (identity, number), keys in zip(rows, prepared, strict=True):
        if isinstance(keys, CodingError):
            outcomes.append(AliasOutcome("rejected", keys))
            continue
        code = codes.get(identity)
        if code is None:
            outcomes.append(AliasOutcome("rejected", UnknownCodeError(identity)))
            continue
        holder, turn = _holder(there.get(keys[0], ()))
        holder = new.get(keys[0], holder)
        if holder is None:
            new[keys[0]] = Alias(
                code_id=code, system=system, kind=NUMBER, text=_normal(number), exact=keys[0], loose=keys[1],
                turn=turn, actor=actor, at=at,
            )  # fmt: skip
            outcomes.append(AliasOutcome("added"))
        elif holder.code_id == code:
            outcomes.append(AliasOutcome("known"))
        else:
            outcomes.append(
                AliasOutcome("rejected", AliasTakenError("alias-taken", text=number, code=str(holder.code)))
            )
    Alias.objects.bulk_create(new.values(), batch_size=90)
    return outcomes


def _holder(rows: Iterable[Alias]) -> tuple[Alias | None, int]:
    """Which of the rows of one text holds it, and how often it was given away by mistake."""
    holder, turn = None, 0
    for alias in rows:
        ending = _ending(alias)
        turn = max(turn, alias.turn + 1)
        if ending is None or ending.reason != MISTAKE:
            holder = alias
    return holder, turn


def _ending(alias: Alias) -> AliasEnd | None:
    ending: AliasEnd | None = getattr(alias, "ending", None)
    return ending


def _ways(normal: str) -> Iterable[tuple[str, str]]:
    """The text as it is and, where a colon stands in it, as a system's name and a number."""
    yield "", normal
    system, colon, number = normal.partition(":")
    if colon and system.strip() and number.strip():
        yield system.strip().casefold(), number.strip()


def _system(text: str) -> str:
    name = unicodedata.normalize("NFKC", text).strip()
    if not 0 < len(name) <= _LONGEST_SYSTEM or ":" in name or not name.isprintable():
        raise AliasError("alias-system", text=text)
    return name


def _prepared(number: str, prints: Keyed) -> tuple[str, str] | CodingError:
    try:
        return _keys(number, prints)
    except AliasError as error:
        return error


def _prints_for(system: str) -> Keyed | None:
    return fingerprints.numbers() if system else None


def _keys(text: str, prints: Keyed | None) -> tuple[str, str]:
    return _keys_of(_checked(text), prints)


def _keys_of(normal: str, prints: Keyed | None) -> tuple[str, str]:
    """How a text is kept: to the letter, and by its letters and digits alone. A hash begins with what no key does."""
    loose = _loose(normal)
    if prints is None or not loose:
        return normal, loose
    return f"#{prints.of(normal).hex()}", f"#{prints.of(f'loose {loose}').hex()}"


def _checked(text: str) -> str:
    normal = _normal(text)
    if not normal or not _loose(normal):
        raise AliasError("alias-empty", text=text)
    return normal


def _normal(text: str) -> str:
    """NFKC without spaces around; empty for what cannot be an alias."""
    normal = unicodedata.normalize("NFKC", text[: 2 * _LONGEST]).strip()
    return normal if len(text) <= 2 * _LONGEST and len(normal) <= _LONGEST and normal.isprintable() else ""


def _loose(normal: str) -> str:
    return "".join(character for character in normal if character.isalnum()).upper()
