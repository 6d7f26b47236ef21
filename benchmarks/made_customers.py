"""Enterprises made up from a seed, as a file would bring them: place, brand and trade in the name, valid numbers."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

from stdnum.cn import uscc

from kehuma.engine.coding.dictionaries import builtin

Row = tuple[str, dict[str, Any]]
# The rule by which benchmarks of the register and of customers give codes.
SCHEME = """
kehuma = 1
name = "customer"
template = "{region}-{industry}-{serial:6}{check}"
[segments.region]
dictionary = "cn-province"
[segments.industry]
dictionary = "cn-industry"
[segments.serial]
overflow = "lengthen"
[segments.check]
algorithm = "iso7064-mod37-2"
"""
INDUSTRIES = "ABCDEFGHIJKLMNOPQR"
_TRADES = ("科技", "贸易", "餐饮管理", "建材", "信息技术", "物流", "医疗器械", "教育咨询", "机械设备", "食品")
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "伟芳娜敏静秀丽强磊军洋勇艳杰娟涛明超霞平"
_SOURCES = ("展会", "网站", "转介绍", "电话")


def made(count: int, owners: Sequence[int | None]) -> Iterator[Row]:
    """The same rows every time: (key, values), each owned by one of ``owners``."""
    dice = random.Random(1)  # noqa: S311 - made-up rows, no secrets
    counties = [one for one in builtin("cn-division").entries if not one.valid_to and not one.symbol.endswith("00")]
    signs = [chr(0x4E00 + dice.randrange(2000) * 7) for _ in range(600)]
    for number in range(count):
        county = dice.choice(counties)
        brand = "".join(dice.choices(signs, k=dice.choice((2, 2, 3))))
        base = f"9111{county.symbol[2:6]}{number:09d}"
        yield (
            f"r{number}",
            {
                "kind": "enterprise",
                "name": f"{county.zh[:2]}{brand}{dice.choice(_TRADES)}有限公司",
                "uscc": base + uscc.calc_check_digit(base),
                "region": county.symbol,
                "industry": dice.choice(INDUSTRIES),
                "contact_name": dice.choice(_SURNAMES) + "".join(dice.choices(_GIVEN, k=2)),
                "mobile": f"13{dice.randrange(10**9):09d}",
                "address": f"{county.zh}中山路{dice.randrange(900)}号",
                "source": dice.choice(_SOURCES),
                "owner": dice.choice(owners),
            },
        )
