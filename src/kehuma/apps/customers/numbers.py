"""A customer's numbers in other systems: the register keeps them, each for one customer for ever.

In the record they are the field ``own_number``; in its history the system stands in ``part``.
"""

import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from kehuma.apps.codes import queries as codes
from kehuma.apps.codes import services as register
from kehuma.apps.codes.data import AliasState
from kehuma.apps.codes.errors import AliasTakenError
from kehuma.apps.customers.errors import CustomerError, UnknownError
from kehuma.engine.coding.errors import CodingError

KIND = "own_number"
# The system of numbers that came without the name of one.
_UNNAMED = "-"
_LONGEST_SYSTEM, _LONGEST_PART = 100, 40


def system_of(text: str) -> str:
    """The name by which the register knows a system; no text is refused."""
    normal = unicodedata.normalize("NFKC", text[: 2 * _LONGEST_SYSTEM])
    name = "".join(sign if sign.isprintable() and sign != ":" else " " for sign in normal)
    return " ".join(name.split())[:_LONGEST_SYSTEM].strip() or _UNNAMED


def shown(system: str) -> str:
    """The name of a system as people gave it; empty where they gave none."""
    return "" if system == _UNNAMED else system


def part_of(system: str) -> str:
    """How history names a system."""
    return shown(system)[:_LONGEST_PART]


def id_of(number: AliasState) -> str:
    """The id by which the record names a number; those of authorities are plain figures."""
    return f"n{number.id}"


def of_id(text: str) -> int | None:
    """The register's id of a number; None where ``text`` names one of an authority."""
    return int(text[1:]) if text[:1] == "n" and text[1:].isdecimal() else None


def current(identities: Collection[str]) -> Mapping[str, Sequence[AliasState]]:
    """The numbers of these customers that count and were not erased."""
    return {
        identity: kept
        for identity, several in codes.numbers(identities).items()
        if (kept := [one for one in several if one.text])
    }


def add(system: str, rows: Sequence[tuple[str, str]], *, actor: str, at: datetime) -> Sequence[bool]:
    """Keep numbers of (identity, number); which of them are new. AliasTakenError where another customer has one."""
    outcomes = register.add_numbers(system_of(system), rows, actor=actor, at=at)
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error
    return [outcome.kind == "added" for outcome in outcomes]


def put(  # noqa: PLR0913 - one argument per fact
    identity: str, system: str, number: str, *, reason: str = "replaced", actor: str, at: datetime
) -> None:
    """Give a customer its one number in a system, "" for none; those before end for ``reason``. AliasTakenError."""
    named = system_of(system)
    for one in current([identity]).get(identity, ()):
        if one.system == named and one.text != number:
            register.end_number(identity, one.id, reason, actor=actor, at=at)
    if number:
        add(named, [(identity, number)], actor=actor, at=at)


def put_back(  # noqa: PLR0913 - one argument per fact
    identity: str, part: str, *, old: str, new: str, actor: str, at: datetime
) -> bool:
    """A number of the system of ``part`` as it was before a mistake; False where it is another one by now."""
    of_part = [one for one in current([identity]).get(identity, ()) if part_of(one.system) == part]
    now = of_part[-1].text if of_part else ""
    if now != new:
        return False
    put(identity, of_part[-1].system if of_part else part, old, reason="mistake", actor=actor, at=at)
    return True


def of_system(identities: Collection[str], system: str) -> dict[str, str]:
    """The number of each customer in one system."""
    named = system_of(system)
    found: dict[str, str] = {}
    for identity, several in current(identities).items():
        for one in several:
            if one.system == named:
                found.setdefault(identity, one.text)
    return found


def end(identity: str, number: int, reason: str, *, actor: str, at: datetime) -> AliasState:
    """The number of this id is none of the customer's any more; what it was. UnknownError, AliasError for the reason."""
    if all(one.id != number for one in codes.numbers([identity]).get(identity, ())):
        raise UnknownError("identifier")
    return register.end_number(identity, number, reason, actor=actor, at=at)


def refusals(
    system: str,
    wanted: Mapping[int, tuple[str, str]],
    identities_of: Callable[[Sequence[str]], Mapping[str, str]],
) -> dict[int, CodingError]:
    """Of the rows of a file, by place (name of the row, number), those whose number is another customer's.

    ``identities_of`` knows the customers that rows of these names have already.
    """
    held = codes.named_by({number for _, number in wanted.values()}, system_of(system)) if wanted else {}
    of_row = identities_of([name for name, number in wanted.values() if number in held]) if held else {}
    found: dict[int, CodingError] = {}
    first: dict[str, str] = {}
    for place, (name, number) in wanted.items():
        others = [identity for _, identity in held.get(number, ()) if identity != of_row.get(name)]
        if others:
            found[place] = AliasTakenError("alias-taken", text=number, code=others[0])
        elif first.setdefault(number, name) != name:
            found[place] = CustomerError("number-repeated", value=number)
    return found
