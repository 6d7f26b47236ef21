"""The words that demo customers are made of, from ``words.toml`` and the built-in dictionaries."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from kehuma.engine.coding.dictionaries import builtin

# One character of ASCII in its full-width form.
WIDE = str.maketrans({code: code + 0xFEE0 for code in range(0x21, 0x7F)})

_WITHOUT_CITIES = ("TW", "HK", "MO")  # the tables of divisions know them as a whole only


@dataclass(frozen=True, slots=True)
class City:
    """A city as people name it."""

    short: str
    full: str
    code: str


@dataclass(frozen=True, slots=True)
class Place:
    """A province: how it is written, by share, and its cities."""

    short: str
    forms: tuple[tuple[float, str], ...]
    cities: tuple[City, ...]


@dataclass(frozen=True, slots=True)
class Trade:
    """A kind of business: its word in company names and how its industry is written, by share."""

    word: str
    forms: tuple[tuple[float, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Words:
    """Everything there is to choose from; frequent places and trades stand in the lists several times."""

    places: tuple[Place, ...]
    trades: tuple[Trade, ...]
    traditional: Mapping[int, str]
    surnames: tuple[str, ...]
    given: tuple[str, ...]
    syllables: tuple[str, ...]
    latin: tuple[str, ...]
    legal_forms: tuple[str, ...]
    shop_forms: tuple[str, ...]
    branches: tuple[str, ...]
    remarks: tuple[str, ...]
    unknown_provinces: tuple[str, ...]
    unknown_industries: tuple[str, ...]


@cache
def words() -> Words:
    """The words, read once."""
    data = tomllib.loads(resources.files(__package__).joinpath("words.toml").read_text("utf-8"))
    traditional = {ord(pair[0]): pair[1] for pair in data.pop("traditional").split()}
    places, trades = _places(data.pop("weights"), traditional), _trades(data.pop("trades"))
    lists = {name: tuple(value.split() if isinstance(value, str) else value) for name, value in data.items()}
    return Words(places, trades, traditional, **lists)


def _places(weights: Mapping[str, int], traditional: Mapping[int, str]) -> tuple[Place, ...]:
    cities: dict[str, list[City]] = {}
    for entry in builtin("cn-city").entries:
        city = City(entry.zh, _full_name(entry.zh, entry.also), entry.codes[0])
        cities.setdefault(city.code[:2], []).append(city)
    places: list[Place] = []
    for entry in builtin("cn-province").entries:
        if entry.symbol in _WITHOUT_CITIES:
            continue
        code, full = entry.codes[0], _full_name(entry.zh, entry.also)
        letter = next(name for name in entry.also if len(name) == 1)
        forms = (
            (0.58, full),
            (0.20, entry.zh),
            (0.08, code),
            (0.02, code[:2]),
            (0.04, letter),
            (0.02, entry.symbol),
            (0.02, full.translate(traditional)),
            (0.02, f"{full[0]} {full[1:]}\u3000"),
            (0.02, code.translate(WIDE)),
        )
        places += [Place(entry.zh, forms, tuple(cities[code[:2]]))] * weights.get(entry.symbol, 1)
    return tuple(places)


def _full_name(short: str, also: Sequence[str]) -> str:
    return max((name for name in (short, *also) if name.startswith(short)), key=len)


def _trades(tables: Sequence[Mapping[str, Any]]) -> tuple[Trade, ...]:
    trades: list[Trade] = []
    for table in tables:
        section, division, group = table["codes"]
        names: tuple[str, ...] = tuple(table["names"])
        forms = (
            (0.70, names),
            (0.10, (division,)),
            (0.10, (group,)),
            (0.07, (section,)),
            (0.02, (group.translate(WIDE), division.translate(WIDE))),
            (0.01, (f" {names[0]} ", f"{section}{division}")),
        )
        trades += [Trade(table["word"], forms)] * table["weight"]
    return tuple(trades)
