"""Other texts for a code: what it was called before, and its numbers in other systems (see ``numbers``).

A text names one code for ever, unless it was given away by mistake. What has ended still leads to its code; only a
mistake frees the text for another one. No alias moves a counter, whatever it looks like.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.codes import fingerprints, naming, numbers
from kehuma.apps.codes.data import AliasState
from kehuma.apps.codes.errors import AliasError, AliasTakenError
from kehuma.apps.codes.history_models import Alias
from kehuma.apps.codes.models import Code
from kehuma.apps.codes.states import locked
from kehuma.lib.db.locks import stand_alone


@transaction.atomic
def add_alias(  # noqa: PLR0913 - one argument per fact
    code: str, text: str, *, actor: str, at: datetime, system: str = "", kind: str = naming.FORMER
) -> bool:
    """Let a text lead to a code: its number in ``system``, or, without one, an earlier code. False if it did already.

    A ``former`` text that looks like a code of a scheme is never given out. UnknownCodeError, AliasError where the text
    cannot be one, AliasTakenError with the code that has it.
    """
    row = locked(code)
    if system:
        (outcome,) = numbers.add_numbers(system, [(row.identity, text)], actor=actor, at=at)
        if outcome.error is not None:
            raise outcome.error
        return outcome.kind == "added"
    return _add_own(row, text, kind, actor=actor, at=at)


@transaction.atomic
def end_alias(  # noqa: PLR0913 - one argument per fact
    code: str, text: str, reason: str, *, actor: str, at: datetime, system: str = ""
) -> None:
    """A text no longer names its code; ``reason`` is one of ``naming.ENDED_FOR``. AliasError where it does not name it."""
    row = locked(code)
    exact, _ = naming.keys(text, fingerprints.numbers() if system else None)
    wanted = Alias.objects.select_related("code").filter(code=row, exact__in={exact, exact.upper()}, ending=None)
    alias = wanted.filter(system=naming.system_of(system) if system else "").first()
    if alias is None:
        raise AliasError("alias-unknown", text=text)
    naming.end(alias, reason, actor=actor, at=at)


def aliases_of(codes: Iterable[Code]) -> Mapping[int, Sequence[AliasState]]:
    """The other texts of each code by its row, in the order in which they came; mistakes are not among them."""
    found: dict[int, list[AliasState]] = {code.pk: [] for code in codes}
    for alias in Alias.objects.select_related("ending").filter(code__in=list(found)).order_by("id"):
        if not naming.is_mistake(alias):
            found[alias.code_id].append(naming.as_state(alias))
    return found


def find(text: str) -> Sequence[tuple[Code, bool]]:
    """The codes that a text is another name of, and whether to the letter; ``system:number`` asks in one system only.

    Numbers of other systems are found where the installation key is.
    """
    prints = fingerprints.numbers_if_known()
    normal = naming.normal_of(text)
    if not normal:
        return ()
    wanted: dict[str, tuple[str, str]] = {}
    for system, number in _ways(normal):
        for keyed in (None, prints) if not system else (prints,):
            if keyed is not None or not system:
                exact, loose = naming.keys_of(number, keyed)
                if loose:
                    wanted[loose] = (system, exact)
    rows = Alias.objects.select_related("code__version", "ending").filter(loose__in=list(wanted)).order_by("id")
    found: dict[int, tuple[Code, bool]] = {}
    for alias in rows[:50]:
        system, exact = wanted[alias.loose]
        if naming.is_mistake(alias) or (system and alias.system.casefold() != system):
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
    normal = naming.checked(text)
    exact = normal if kind == naming.FORM else normal.upper()
    stand_alone("aliases", "")
    if (other := Code.objects.filter(identity__in={exact, normal}).exclude(pk=row.pk).first()) is not None:
        raise AliasTakenError("alias-taken", text=text, code=other.form)
    holder, turn = naming.holder_of(Alias.objects.select_related("ending", "code").filter(system="", exact=exact))
    if exact == row.identity or (holder is not None and holder.code_id == row.pk):
        return False
    if holder is not None:
        raise AliasTakenError("alias-taken", text=text, code=holder.code.form)
    Alias.objects.create(
        code=row, kind=kind, text=normal, exact=exact, loose=naming.loose_of(normal), turn=turn, actor=actor, at=at
    )
    if kind == naming.FORMER:
        audit.record("codes.alias-added", row.identity, {"system": "", "text": normal}, actor=actor, at=at)
    return True


def _ways(normal: str) -> Iterator[tuple[str, str]]:
    """The text as it is and, where a colon stands in it, as a system's name and a number."""
    yield "", normal
    system, colon, number = normal.partition(":")
    if colon and system.strip() and number.strip():
        yield system.strip().casefold(), number.strip()
