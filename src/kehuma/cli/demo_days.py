"""What happened with the customers of the demonstration: calls, visits, follow-ups, branches, a list that waits."""

import csv
import io
import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from kehuma.apps.customers import queries
from kehuma.apps.customers import services as customers
from kehuma.apps.intake import queries as intake
from kehuma.apps.intake import services as importing
from kehuma.apps.interactions import services as interactions
from kehuma.cli import demo_company as company
from kehuma.lib.demo import HEADER, demo_customers
from kehuma.lib.viewer import Viewer

_SEED = 5
_KEPT_EACH, _LOOKED_AT = 24, 2_000
_CALLS = (
    ("call", "电话沟通了下季度的用量，价格要再报一次"),
    ("visit", "上门拜访，看了仓库，对账期有意见"),
    ("call", "没有接，改天再打"),
    ("message", "发了新目录，回复说周五前答复"),
    ("mail", "寄出合同扫描件，等盖章"),
    ("visit", "带技术同事去看现场，确认了型号"),
    ("call", "催款，答应月底前付清"),
)
_NOTES = ("负责人换了，新来的姓何", "@李国栋 这家想要账期，能给吗？", "总部统一采购，分公司不能单独下单")
_PLANS = ("回访报价", "送样品", "确认合同", "对账", "节前拜访", "催款")
# How many days from today: late, today, later.
_DUE = (-3, -1, 0, 0, 0, 1, 2, 5, 9)
_LIST_ROWS, _LIST_AGAIN = 160, 40


def live(first: Viewer, sellers: Mapping[str, Viewer], now: datetime) -> None:
    """All of it; the same days on every machine, counted back from now."""
    dice = random.Random(_SEED)  # noqa: S311 - made-up days, no secrets
    for seller in sellers.values():
        mine = list(queries.visible(seller).order_by("id").values_list("id", flat=True)[:_LOOKED_AT])
        _work(dice, seller, dice.sample(mine, k=min(_KEPT_EACH, len(mine))), now)
    sea = list(queries.filtered(first, {"owner": "none"}).order_by("id").values_list("id", flat=True)[:_LOOKED_AT])
    taken = dice.sample(sea, k=min(_KEPT_EACH, len(sea)))
    customers.claim(first, taken, at=now - timedelta(days=20))
    _work(dice, first, taken, now)
    _branches(first, now)
    _waiting_list(first, now)


def _work(dice: random.Random, viewer: Viewer, ids: Sequence[int], now: datetime) -> None:
    today = timezone.localtime(now).date()
    for number, customer in enumerate(ids):
        for _ in range(dice.randrange(1, 4)):
            kind, text = dice.choice(_CALLS)
            then = now - timedelta(days=dice.randrange(1, 60), minutes=dice.randrange(600))
            interactions.log(viewer, customer, kind, text, happened_at=then, at=then)
        if number % 4 == 0:
            interactions.note(viewer, customer, dice.choice(_NOTES), at=now - timedelta(hours=dice.randrange(2, 90)))
        if number % 2 == 0:
            due = today + timedelta(days=_DUE[number // 2 % len(_DUE)])
            interactions.plan(viewer, customer, due, dice.choice(_PLANS), at=now - timedelta(days=4))


def _branches(viewer: Viewer, now: datetime) -> None:
    """Firms with branches in their names under firms of the same brand are hard to find by chance: put some there."""
    heads = list(queries.visible(viewer).filter(kind="enterprise").order_by("id").values_list("id", flat=True)[:40])
    for head, *below in zip(*[iter(heads)] * 5, strict=False):
        for customer in below:
            customers.move(viewer, customer, head, at=now - timedelta(days=30))


def _waiting_list(viewer: Viewer, now: datetime) -> None:
    """A list as it came from a trade fair: checked, and waiting for somebody to decide."""
    rows = list(demo_customers(_LIST_ROWS - _LIST_AGAIN, seed=_SEED))
    again = list(demo_customers(4_000, seed=3))[100 : 100 + _LIST_AGAIN]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    writer.writerows((str(number), *row[1:]) for number, row in enumerate([*rows, *again], start=1))
    file = io.BytesIO(text.getvalue().encode("gb18030"))
    one = importing.receive(viewer, file, "秋季展会名单.csv", at=now)
    columns = {column.name: column.target for column in intake.columns(one)}
    importing.map_columns(viewer, one.uuid, columns, source="秋季展会", scheme=company.RULE, at=now, is_waiting=True)
