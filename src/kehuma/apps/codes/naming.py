"""How another text of a code is kept: its forms, its row, and how it ends."""

import unicodedata
from collections.abc import Iterable
from datetime import datetime

from kehuma.apps.audit import services as audit
from kehuma.apps.codes.data import AliasState
from kehuma.apps.codes.errors import AliasError
from kehuma.apps.codes.history_models import Alias, AliasEnd
from kehuma.lib.keys import Keyed

MISTAKE = "mistake"
# replaced: the system numbers the customer otherwise now; ended: it has no such customer any more.
ENDED_FOR = ("replaced", "ended", MISTAKE)
FORMER, FORM, NUMBER = "former", "form", "number"
_LONGEST, _LONGEST_SYSTEM = 200, 100


def system_of(text: str) -> str:
    """The name of another system as it is kept; AliasError."""
    name = unicodedata.normalize("NFKC", text).strip()
    if not 0 < len(name) <= _LONGEST_SYSTEM or ":" in name or not name.isprintable():
        raise AliasError("alias-system", text=text)
    return name


def keys(text: str, prints: Keyed | None) -> tuple[str, str]:
    """How a text is kept, to the letter and by its letters and digits alone; AliasError where it can be no alias."""
    return keys_of(checked(text), prints)


def keys_of(normal: str, prints: Keyed | None) -> tuple[str, str]:
    """The same of a normal form. A hash begins with what no text does."""
    loose = loose_of(normal)
    if prints is None or not loose:
        return normal, loose
    return exact_of(normal, prints), f"#{prints.of(f'loose {loose}').hex()}"


def exact_of(normal: str, prints: Keyed) -> str:
    """How a number of another system is kept to the letter."""
    return f"#{prints.of(normal).hex()}"


def checked(text: str) -> str:
    """The normal form; AliasError where it can be no alias."""
    normal = normal_of(text)
    if not normal or not loose_of(normal):
        raise AliasError("alias-empty", text=text)
    return normal


def normal_of(text: str) -> str:
    """NFKC without spaces around; empty for what cannot be an alias."""
    normal = unicodedata.normalize("NFKC", text[: 2 * _LONGEST]).strip()
    return normal if len(text) <= 2 * _LONGEST and len(normal) <= _LONGEST and normal.isprintable() else ""


def loose_of(normal: str) -> str:
    """Its letters and digits alone."""
    return (normal if normal.isalnum() else "".join(filter(str.isalnum, normal))).upper()


def ending_of(alias: Alias) -> AliasEnd | None:
    """Since when a text no longer counts; read it with ``select_related("ending")``."""
    ending: AliasEnd | None = getattr(alias, "ending", None)
    return ending


def is_mistake(alias: Alias) -> bool:
    """Whether the text was given to the code by mistake, and is none of its names."""
    ending = ending_of(alias)
    return ending is not None and ending.reason == MISTAKE


def holder_of(aliases: Iterable[Alias]) -> tuple[Alias | None, int]:
    """Which of the rows of one text holds it, and the turn that the next one would have."""
    holder, turn = None, 0
    for alias in aliases:
        turn = max(turn, alias.turn + 1)
        if not is_mistake(alias):
            holder = alias
    return holder, turn


def end(alias: Alias, reason: str, *, actor: str, at: datetime) -> None:
    """A text no longer names its code; AliasError for a reason that is none of ``ENDED_FOR``."""
    if reason not in ENDED_FOR:
        raise AliasError("alias-reason", reason=reason, known=ENDED_FOR)
    AliasEnd.objects.create(alias=alias, reason=reason, actor=actor, at=at)
    detail = {"system": alias.system, "reason": reason}
    audit.record("codes.alias-ended", str(alias.code), detail, actor=actor, at=at)


def as_state(alias: Alias) -> AliasState:
    """A text as a value."""
    ending = ending_of(alias)
    ended_at, reason = (ending.at, ending.reason) if ending else (None, "")
    return AliasState(alias.pk, alias.system, alias.kind, alias.text, alias.at, ended_at, reason)
