"""Where codes stand among their neighbours: by counter and rank, for those who watch how codes are looked up."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from kehuma.apps.codes import schemes
from kehuma.apps.codes.models import Code
from kehuma.engine.coding.model import Serial

_TOGETHER = 500
_Key = TypeVar("_Key", int, str)


class Place(NamedTuple):
    """A code with its counter and its rank there, one step of the serial apart; None for a code without a number."""

    identity: str
    counter: int | None
    rank: int | None


def ids_of(identities: Iterable[str]) -> Mapping[str, int]:
    """The ids of the codes with these identity forms."""
    found: dict[str, int] = {}
    for some in _some(sorted(set(identities))):
        found |= dict(Code.objects.filter(identity__in=some).values_list("identity", "id"))
    return found


def places(ids: Iterable[int]) -> Mapping[int, Place]:
    """The places of these codes."""
    serials: dict[int, Serial | None] = {}
    found: dict[int, Place] = {}
    for some in _some(sorted(set(ids))):
        for row in Code.objects.filter(pk__in=some).only("identity", "counter", "number", "version"):
            if row.version_id not in serials:
                serials[row.version_id] = schemes.opened(row.version).grammar.scheme.serial
            found[row.pk] = Place(row.identity, row.counter_id, _rank(row.number, serials[row.version_id]))
    return found


def at_ranks(counter: int, ranks: Sequence[int]) -> Mapping[int, str]:
    """The identities at these ranks of a counter, as far as there are such codes."""
    model = Code.objects.select_related("version").filter(counter=counter).first()
    serial = schemes.opened(model.version).grammar.scheme.serial if model else None
    if serial is None:
        return {}
    numbers = {serial.start + rank * serial.step: rank for rank in ranks}
    rows = Code.objects.filter(counter=counter, number__in=list(numbers))
    return {numbers[row.number]: row.identity for row in rows if row.number is not None}


def _rank(number: int | None, serial: Serial | None) -> int | None:
    return None if number is None or serial is None else (number - serial.start) // serial.step


def _some(all_of_them: Sequence[_Key]) -> Iterable[Sequence[_Key]]:
    return (all_of_them[start : start + _TOGETHER] for start in range(0, len(all_of_them), _TOGETHER))
