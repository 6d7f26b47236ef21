"""A dictionary: symbols, what they mean, and every name and official code under which people know them.

>>> grades = Dictionary("grade", (Entry("A", "甲级", "Gold", also=("金牌",)), Entry("B", "乙级", "Silver")))
>>> grades.find("金牌").symbol, grades.find(" gold ").symbol, grades.find("b").zh
('A', 'A', '乙级')
>>> grades.nearest("银级")
('甲级', '乙级')
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

# No name is longer; what is longer is refused before any work is done on it.
_LONGEST_VALUE = 200
# Nearest names are looked for in the beginning of a value only, so that hostile values cost no more than others.
_LONGEST_COMPARED = 40
# Two Chinese characters of which one is right score 50, three of which one is right 33.
_LEAST_SCORE = 40.0
_HITS_SHOWN = 10
_MOST_REMEMBERED = 10_000
# One-character names (京) are names by themselves, but never a step of a path such as 江苏省南京市.
_SHORTEST_STEP = 2
_SHORTEST_LATIN_PART = 4

_CHINESE = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
# People write 农、林、牧、渔业, 农林牧渔业 and 农,林,牧,渔业 for one thing.
_IGNORED_IN_CHINESE = re.compile(r"[\s、,·・•]+")
# 5199 其他未列明批发业, 320106-鼓楼区: a code and the name it stands for.
_CODE_AND_NAME = re.compile(r"([a-z]?[0-9]{2,12})[\s:_.|/-]*([\u3400-\u9fff].*)")
_MARKS = re.compile("[\u0300-\u036f'\u2019\u02bc]+")  # Xi'an is also written Xian, and Curaçao Curacao
_PATH_SEPARATORS = re.compile(r"[/>|_-]+")


class UnknownValue(ValueError):
    """A value names nothing in a dictionary; ``nearest`` are the names it may have meant, best first."""

    def __init__(self, value: str, nearest: tuple[str, ...] = ()) -> None:
        self.value, self.nearest = value, nearest
        super().__init__(f"{value[:_LONGEST_COMPARED]!r} is unknown; nearest: {', '.join(nearest) or 'nothing'}")


class AmbiguousValue(ValueError):
    """A value names more than one thing; ``hits`` are unmistakable names of these, at most ten."""

    def __init__(self, value: str, hits: tuple[str, ...]) -> None:
        self.value, self.hits = value, hits
        super().__init__(f"{value!r} may be {', '.join(hits)}")


@dataclass(frozen=True, slots=True)
class Entry:
    """A symbol and what it stands for. ``parent`` is the symbol of the entry around it; years are inclusive."""

    symbol: str
    zh: str = ""
    en: str = ""
    also: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    valid_from: int | None = None
    valid_to: int | None = None
    parent: str = ""

    @property
    def label(self) -> str:
        """The name to show to a person."""
        return self.zh or self.en or self.symbol

    @property
    def names(self) -> Iterator[str]:
        """Everything the entry is known by, without empty texts."""
        return (name for name in (self.symbol, self.zh, self.en, *self.also, *self.codes) if name)


class Dictionary:
    """An immutable set of entries, with everything needed to find one from what people write.

    ``finer`` answers with a dictionary of the places or trades inside our entries: what is unknown here is looked up
    there and belongs to the entry whose symbol or code is its nearest parent. Those of all divisions take longer to
    read than most values take to be found, so they are asked for only then. ``within`` is a pattern for values whose first
    group decides (the 65 of 6513, the 京 of 京A12345).
    """

    def __init__(
        self,
        name: str,
        entries: Iterable[Entry],
        *,
        finer: "Callable[[], Dictionary] | None" = None,
        within: re.Pattern[str] | None = None,
    ) -> None:
        self.name, self.entries = name, tuple(entries)
        self._finer, self._within = finer, within
        self._by_symbol = {entry.symbol: entry for entry in self.entries}
        self._index: dict[str, tuple[str, ...]] = {}
        self._shown: dict[str, str] = {}
        for entry in self.entries:
            for known in entry.names:
                self._note(normal_name(known), known, entry.symbol)
        self._keys = tuple(key for key in self._shown if len(key) > 1)
        self._remembered: dict[str, tuple[str, ...]] = {}
        self._is_tree = any(entry.parent for entry in self.entries)
        self._longest = max(map(len, self._index), default=0)

    def __repr__(self) -> str:
        return f"<Dictionary {self.name}, {len(self.entries)} entries>"

    @property
    def symbols(self) -> tuple[str, ...]:
        """All symbols, in the order of the entries."""
        return tuple(self._by_symbol)

    def entry(self, symbol: str) -> Entry | None:
        """The entry of exactly this symbol."""
        return self._by_symbol.get(symbol)

    def find(self, value: str) -> Entry:
        """The entry that a symbol, name, synonym, official code or path names.

        Raises UnknownValue with the nearest names, AmbiguousValue with the things it may be.
        """
        # Keys are in normal form: a value that is a key already needs no normalising. A million rows name the same
        # few thousand places and trades.
        hits = self._index.get(value)
        if hits is None or len(hits) > 1:
            hits = self._remembered.get(value) or self._settled(value)
        if len(hits) == 1:
            return self._by_symbol[hits[0]]
        if not hits:
            raise UnknownValue(value, self.nearest(value))
        raise AmbiguousValue(value, tuple(self._path_of(symbol) for symbol in hits[:_HITS_SHOWN]))

    def nearest(self, value: str, limit: int = 3) -> tuple[str, ...]:
        """Names to propose: first those that the value contains, longest first, then the most similar ones."""
        key = normal_name(value[:_LONGEST_COMPARED])
        proposed: dict[tuple[str, ...], str] = {}
        for name in (*self.contained(key), *self.alike(key, 2 * limit)):
            meant = self.symbols_named(normal_name(name))
            # One name per entry, and none that would be refused in its turn.
            if len(meant) == 1 and len(proposed) < limit:
                proposed.setdefault(meant, name)
        return tuple(proposed.values())

    def extended(self, rows: Iterable[Entry]) -> "Dictionary":
        """A dictionary with more names and codes for its symbols, and with new symbols behind the known ones."""
        grouped: dict[str, list[Entry]] = {symbol: [entry] for symbol, entry in self._by_symbol.items()}
        for row in rows:
            grouped.setdefault(row.symbol, []).append(row)
        united = (_united(entries) for entries in grouped.values())
        return Dictionary(self.name, united, finer=self._finer, within=self._within)

    def lineage(self, symbol: str) -> Iterator[str]:
        """The symbol, that of the entry around it, and so on outwards."""
        while symbol:
            yield symbol
            entry = self._by_symbol.get(symbol)
            symbol = entry.parent if entry else ""

    def symbols_named(self, key: str) -> tuple[str, ...]:
        """The symbols that a name in normal form may stand for, in the order of the entries; none if it is unknown."""
        return self._current(self._hits(key))

    def contained(self, key: str) -> tuple[str, ...]:
        """Names that stand in a name in normal form, ours before the finer ones. Parts of a number say nothing."""
        if key.isdecimal():
            return ()
        parts = {part for part in _parts(key, self._longest) if part in self._shown and _says_something(part)}
        ours = sorted(parts, key=lambda part: (-len(part), key.index(part)))
        return (*(self._shown[part] for part in ours), *(self._finer().contained(key) if self._finer else ()))

    def alike(self, key: str, limit: int) -> tuple[str, ...]:
        """Names by similarity, of equally similar ones those first that begin as this one; ours before finer ones."""
        from rapidfuzz import fuzz, process  # noqa: PLC0415 - most runs know every name, and it loads for 15 ms

        found = process.extract(key, self._keys, scorer=fuzz.ratio, score_cutoff=_LEAST_SCORE, limit=4 * limit)
        found.sort(key=lambda match: (-match[1], match[0][0] != key[0]))
        ours = tuple(self._shown[known] for known, _, _ in found[:limit])
        return ours or (self._finer().alike(key, limit) if self._finer else ())

    def _note(self, key: str, shown: str, symbol: str) -> None:
        known = self._index.get(key, ())
        if symbol not in known:
            self._index[key] = (*known, symbol)
        self._shown.setdefault(key, shown)

    def _settled(self, value: str) -> tuple[str, ...]:
        if len(value) > _LONGEST_VALUE:
            return ()
        hits = self.symbols_named(normal_name(value))
        if value in hits and all(hit.casefold() == value.casefold() for hit in hits):
            hits = (value,)  # a case-sensitive dictionary that has both a and A
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        if hits:
            self._remembered[value] = hits
        return hits

    def _current(self, hits: tuple[str, ...]) -> tuple[str, ...]:
        # What is valid today goes before what has been: 沙县区 is called 沙县, like the county it was.
        return tuple(hit for hit in hits if self._by_symbol[hit].valid_to is None) or hits

    def _hits(self, key: str) -> tuple[str, ...]:
        return (
            self._index.get(key)
            or self._hits_of_first_group(key)
            or self._hits_of_code_and_name(key)
            or self._hits_of_path(key)
            or self._hits_of_finer(key)
        )

    def _hits_of_first_group(self, key: str) -> tuple[str, ...]:
        match = self._within.fullmatch(key) if self._within else None
        return self._index.get(match[1], ()) if match else ()

    def _hits_of_code_and_name(self, key: str) -> tuple[str, ...]:
        """The code decides; a known name that contradicts it makes the value ambiguous."""
        match = _CODE_AND_NAME.fullmatch(key)
        if match is None:
            return ()
        by_code, by_name = self._hits(match[1]), self._hits(match[2])
        if not by_code or not by_name:
            return by_code
        return tuple(hit for hit in by_code if hit in by_name) or (*by_code, *by_name)

    def _hits_of_path(self, key: str) -> tuple[str, ...]:
        """The last name of a row of names in which each lies in the one before: 江苏省南京市鼓楼区."""
        if not self._is_tree:
            return ()
        path = _PATH_SEPARATORS.sub("", key)
        reached: dict[int, dict[str, None]] = {}
        for start in range(len(path)):
            if start and start not in reached:
                continue
            for end in range(start + _SHORTEST_STEP, min(start + self._longest, len(path)) + 1):
                if inside := self._inside(path[start:end], reached.get(start)):
                    reached.setdefault(end, {}).update(inside)
        return tuple(reached.get(len(path), ()))

    def _inside(self, name: str, around: Iterable[str] | None) -> dict[str, None]:
        hits = self._index.get(name, ())
        if around is None:
            return dict.fromkeys(hits)
        return dict.fromkeys(hit for hit in hits if not set(self.lineage(hit)).isdisjoint(around))

    def _hits_of_finer(self, key: str) -> tuple[str, ...]:
        """What owns the places the value names, unless one of them lies in none or around several of our entries."""
        if self._finer is None:
            return ()
        finer = self._finer()
        owners = [self._owners(finer.lineage(inner)) for inner in finer.symbols_named(key)]
        return tuple(dict.fromkeys(hit for hits in owners for hit in hits)) if all(owners) else ()

    def _owners(self, lineage: Iterable[str]) -> tuple[str, ...]:
        known = (self._index.get(normal_name(symbol)) for symbol in lineage)
        return next((hits for hits in known if hits), ())

    def _path_of(self, symbol: str) -> str:
        steps = (self._by_symbol.get(step) for step in reversed(tuple(self.lineage(symbol))))
        return "".join(step.label for step in steps if step)


def normal_name(name: str) -> str:
    """The form in which names are compared.

    Width, case, accents and apostrophes do not matter, nor, in Chinese, blanks and commas.
    """
    if name.isascii():
        return name.casefold().replace("'", "").strip()
    # Folding case can undo the normal form (and marks can part from what they stood on), so it is made twice.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    if folded.isascii():
        return folded.replace("'", "").strip()
    if _CHINESE.search(folded):
        return _IGNORED_IN_CHINESE.sub("", folded)
    return _MARKS.sub("", unicodedata.normalize("NFD", folded)).strip()


def _parts(key: str, longest: int) -> Iterator[str]:
    for start in range(len(key)):
        for end in range(start + _SHORTEST_STEP, min(start + longest, len(key)) + 1):
            yield key[start:end]


def _says_something(part: str) -> bool:
    # Germny contains GE by chance; 南京是 does not contain 南京 by chance.
    return len(part) >= _SHORTEST_LATIN_PART or not part.isascii()


def _united(entries: Sequence[Entry]) -> Entry:
    """The first of several entries of one symbol, with the names and codes of all."""
    first = entries[0]
    zh = next((entry.zh for entry in entries if entry.zh), "")
    en = next((entry.en for entry in entries if entry.en), "")
    names = dict.fromkeys(name for entry in entries for name in (entry.zh, entry.en, *entry.also))
    codes = dict.fromkeys(code for entry in entries for code in entry.codes)
    also = tuple(name for name in names if name not in (zh, en, ""))
    return replace(first, zh=zh, en=en, also=also, codes=tuple(codes))
