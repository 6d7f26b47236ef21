"""Make the table of characters with more than one common reading anew: ``python tools/heteronyms.py``.

A reading is common where at least one in twelve of the phrases of pypinyin with this character has it, or where it is
the reading of a surname or of a place in our own tables.
"""

import csv
import re
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

ENGINE = Path(__file__).resolve().parent.parent / "src" / "kehuma" / "engine"
TARGET = ENGINE / "cleaning" / "data" / "heteronyms.csv"
SHARE = 1 / 12
MOST = 3
TONES = re.compile("[\u0300-\u0307\u0309-\u036f]")


def main() -> None:
    """Write the table and say how long it has become."""
    spoken = _in_phrases()
    for name in ("surnames", "place-readings"):
        _add_table(spoken, ENGINE / "coding" / "data" / f"{name}.csv")
    rows = [
        (character, *common) for character, counts in sorted(spoken.items()) if (common := _common(character, counts))
    ]
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(
            [("character", "readings"), *((row[0], " ".join(row[1:])) for row in rows)]
        )
    print(f"{len(rows)} characters in {TARGET.name}")


def _in_phrases() -> dict[str, Counter[str]]:
    spoken: dict[str, Counter[str]] = defaultdict(Counter)
    for phrase, readings in PHRASES_DICT.items():
        for character, reading in zip(phrase, readings, strict=False):
            spoken[character][toneless(reading[0])] += 1
    return spoken


def _add_table(spoken: dict[str, Counter[str]], path: Path) -> None:
    for known, *readings in csv.reader(path.read_text("utf-8").splitlines()[1:]):
        for reading in filter(None, readings):
            for character, syllable in zip(known, reading.split(), strict=True):
                counts = spoken[character]
                counts[syllable] = max(counts[syllable], 1 + sum(counts.values()) // 6)


def _common(character: str, counts: Counter[str]) -> list[str]:
    total = sum(counts.values())
    common = [reading for reading, count in counts.most_common(MOST) if count >= SHARE * total]
    first = toneless(PINYIN_DICT.get(ord(character), "").split(",")[0])
    return common if len(common) > 1 or common != [first] else []


def toneless(spoken: str) -> str:
    """A syllable without its tone, ü as v."""
    return TONES.sub("", unicodedata.normalize("NFD", spoken)).replace("u\u0308", "v")


if __name__ == "__main__":
    main()
