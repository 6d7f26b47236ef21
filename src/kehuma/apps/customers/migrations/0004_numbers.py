from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import count
from typing import Any

from django.db import migrations
from django.utils import timezone

from kehuma.apps.codes import fingerprints, naming
from kehuma.apps.customers import numbers

_AT_ONCE = 500
_Row = tuple[int, str, str, int, datetime]


def move(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001 - Django calls it so
    """Numbers of other systems go into the crosswalk of the register, where each names one customer for ever.

    Where two customers have one number of one system, the second keeps it in a system of its own.
    """
    identifiers = apps.get_model("customers", "Identifier").objects.filter(kind=numbers.KIND)
    if identifiers.exists():
        alias = apps.get_model("codes", "Alias")
        for chunk in _chunks(identifiers):
            _keep(alias, chunk)
        identifiers.delete()


def _chunks(identifiers: Any) -> Iterator[Sequence[_Row]]:
    last = 0
    columns = ("id", "issuer", "normal", "customer__code_id", "customer__created_at")
    while chunk := list(identifiers.filter(id__gt=last).order_by("id").values_list(*columns)[:_AT_ONCE]):
        last = chunk[-1][0]
        yield chunk


def _keep(alias: Any, chunk: Sequence[_Row]) -> None:
    prints = fingerprints.numbers()
    now = timezone.now()
    keyed = [(row, text, naming.keys_of(text, prints)) for row in chunk if (text := _text(row[2]))]
    codes = alias._meta.get_field("code").related_model.objects  # noqa: SLF001
    ids = dict(codes.filter(identity__in=[row[3] for row in chunk]).values_list("identity", "id"))
    there = alias.objects.filter(exact__in=[keys[0] for _, _, keys in keyed], turn=0)
    held = {(system, exact): code for system, exact, code in there.values_list("system", "exact", "code_id")}
    new = []
    for row, text, (exact, loose) in keyed:
        code = ids[row[3]]
        system = _free(held, numbers.system_of(row[1]), exact, code)
        if system:
            held[system, exact] = code
            new.append(
                alias(
                    code_id=code, system=system, kind=naming.NUMBER, text=text, exact=exact, loose=loose, turn=0,
                    actor="system", at=min(row[4], now),
                )
            )  # fmt: skip
    alias.objects.bulk_create(new, batch_size=90)


def _free(held: dict[tuple[str, str], int], system: str, exact: str, code: int) -> str:
    """The system in which the number is the code's; empty where it has been before."""
    for turn in count(1):
        name = system if turn == 1 else f"{system[:90]} {turn}"
        if held.get((name, exact), code) == code:
            return "" if (name, exact) in held else name
    raise AssertionError("counting has no end")


def _text(number: str) -> str:
    normal = naming.normal_of(number)
    return normal if naming.loose_of(normal) else ""


class Migration(migrations.Migration):
    dependencies = [("codes", "0005_history_permanent"), ("customers", "0003_export")]

    operations = [migrations.RunPython(move, migrations.RunPython.noop, elidable=True)]
