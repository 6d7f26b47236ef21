"""The customers of the demonstration, brought in by the worker while people look around already.

They come week by week of the past half year, through the same services as everything else, so that growth, pace and
history look as they do after half a year of work. Begun again it goes on where it stopped: each row has its key.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django_tasks import task

from kehuma.apps.customers import services as customers
from kehuma.apps.customers.data import Imported
from kehuma.apps.customers.services import Import
from kehuma.cli import demo_company as company
from kehuma.cli import demo_days
from kehuma.engine.coding.dictionaries import builtin
from kehuma.engine.coding.dictionaries.dictionary import AmbiguousValue, UnknownValue
from kehuma.lib import clock
from kehuma.lib.demo import HEADER, demo_customers, stage
from kehuma.lib.viewer import Viewer

_SEED = 3
_PIECE = 500
_BEFORE = 0.45  # the share of the customers that were there when the company began to use the program
_DEALERS = 905
_DEALERS_SHARE = 0.1
_SEA = 0.25
_TAGS = ("重点客户", "老客户", "展会", "待回访", "价格敏感", "直采")
_SOURCES = ("展会", "转介绍", "官网", "电话", "老客户介绍")
_TAKEN = {
    "客户名称": "name",
    "客户类型": "kind",
    "统一社会信用代码": "uscc",
    "所属行业": "industry",
    "联系人": "contact_name",
    "手机": "mobile",
    "邮箱": "email",
    "备注": "notes",
}

Row = tuple[str, Mapping[str, object]]


@task()
def fill() -> None:
    """Bring in the customers, then what happened with them."""
    home, now = Path(settings.KEHUMA_HOME), clock.now()
    found = stage.read(home)
    if found is None or found.phase != "filling":
        return
    viewer = company.first()
    dealers = min(_DEALERS, int(found.total * _DEALERS_SHARE))
    _bring_in(home, viewer, found.total - dealers, dealers, now)
    demo_days.live(viewer, company.sellers(), now)
    stage.change(home, phase="ready", done=found.total)


def _bring_in(home: Path, viewer: Viewer, usual: int, dealers: int, now: datetime) -> None:
    # Chance from a seed: the same company on every machine.
    dice = random.Random(_SEED)  # noqa: S311 - made-up rows, no secrets
    owners = [one.user_id for one in company.sellers().values()]
    rows, more = _rows(dice, usual, owners), _dealers(dice, dealers, owners)
    begun = company.begun_at(now)
    batch = customers.begin_batch(viewer, "import", "历年客户总表.xlsx", at=begun)
    done = 0
    for week in range(company.WEEKS + 1):
        at = begun if week == 0 else begun + timedelta(weeks=week, hours=-dice.randrange(4, 60))
        for scheme, source, count in ((company.RULE, rows, usual), (company.DEALERS, more, dealers)):
            bring = Import(viewer, scheme=scheme, source="演示", batch=batch.uuid, at=at, owner=None)
            wanted = list(islice(source, _of_week(week, count, dice)))
            for start in range(0, len(wanted), _PIECE):
                _create(bring, wanted[start : start + _PIECE])
                done += len(wanted[start : start + _PIECE])
                stage.change(home, done=done)


def _of_week(week: int, count: int, dice: random.Random) -> int:
    """How many of so many customers came in this week: half at the beginning, all others by and by."""
    if week == 0:
        return int(count * _BEFORE)
    if week == company.WEEKS:
        return count
    return int(count * (1 - _BEFORE) / company.WEEKS * dice.uniform(0.75, 1.3))


def _create(bring: Import, rows: Sequence[Row]) -> None:
    """Each row is brought in; what is wrong in it stays empty, as people leave it who have no time."""
    results = bring.create(rows)
    wrong = [(row, result) for row, result in zip(rows, results, strict=True) if result.kind == "rejected"]
    mended = [(key, _without(values, result)) for (key, values), result in wrong if "name" not in result.faults]
    if mended:
        bring.create(mended)


def _without(values: Mapping[str, object], result: Imported) -> Mapping[str, object]:
    return {key: value for key, value in values.items() if key not in result.faults}


def _rows(dice: random.Random, count: int, owners: Sequence[int | None]) -> Iterator[Row]:
    for row in demo_customers(count, seed=_SEED):
        told = dict(zip(HEADER, row, strict=True))
        yield told["行号"], _values(dice, told, owners)


def _dealers(dice: random.Random, count: int, owners: Sequence[int | None]) -> Iterator[Row]:
    wanted = (dict(zip(HEADER, row, strict=True)) for row in demo_customers(count * 2, seed=_SEED + 1))
    firms = (told for told in wanted if told["客户类型"].strip() in ("企业", "公司"))
    for told in islice(firms, count):
        values = _values(dice, told, owners)
        yield f"dealer {told['行号']}", {**values, "tags": ["经销商"], "level": dice.choice("ab")}


def _values(dice: random.Random, told: Mapping[str, str], owners: Sequence[int | None]) -> dict[str, Any]:
    values: dict[str, Any] = {field: told[column] for column, field in _TAKEN.items() if told[column]}
    values["region"] = _region(told["城市"], told["省份"])
    values["owner"] = None if dice.random() < _SEA else dice.choice(owners)
    if dice.random() < 0.3:
        values["tags"] = dice.sample(_TAGS, dice.randrange(1, 3))
    if dice.random() < 0.6:
        values["source"] = dice.choice(_SOURCES)
    if dice.random() < 0.5:
        values["level"] = dice.choice("abcc")
    if dice.random() < 0.25:
        values["credit"] = str(dice.randrange(1, 60) * 5_000)
    return values


@cache
def _region(city: str, province: str) -> str:
    """The official number of the city, of the province, or nothing: whatever way people have written them."""
    for name, text in (("cn-city", city), ("cn-province", province)):
        with suppress(UnknownValue, AmbiguousValue):
            if text.strip():
                return builtin(name).find(text).codes[0]
    return ""
