"""From any text to the code that was meant.

The order of the attempts is the order of trust: the text itself, its loose key, a reading by a published scheme
(live parts missing or others, look-alikes mended). Only a single hit is an answer. After that there are suggestions:
codes one typing error away that have a check character, and codes whose live part is none of the dictionary.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from kehuma.apps.codes import schemes
from kehuma.apps.codes.data import Resolution, Suggestion
from kehuma.apps.codes.models import Code, SchemeVersion
from kehuma.engine.coding.errors import ReadError
from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.model import ALPHABETS
from kehuma.engine.coding.normal import canonical, loose

# No code is longer than 200; the rest is room for separators that people put between.
_MOST = 400
# Neighbours grow with length times alphabet: 2,300 texts at this length.
_LONGEST_REPAIRED = 60
_MOST_SUGGESTIONS = 10
_ALPHABET = ALPHABETS["base36"]
_LOOK_ALIKES = frozenset(
    frozenset(pair)
    for pair in ("0O", "0Q", "0D", "1I", "1L", "1J", "2Z", "5S", "6G", "8B", "UV", "VY", "MN", "1T", "17")
)


def resolve(text: str) -> Resolution:
    """What a text stands for; never raises on account of the text, however hostile."""
    try:
        kept = canonical(text, most=_MOST, case_sensitive=True)
        key = loose(text, most=_MOST)
    except ReadError:
        return Resolution(found=False)
    return _exact(text, kept) or _loose(text, key) or _read(text) or _suggested(key)


def _exact(text: str, kept: str) -> Resolution | None:
    rows = {row.identity: row for row in _codes(identity__in={kept, kept.upper()})}
    row = rows.get(kept) or rows.get(kept.upper())
    return _found(row, _letters(text, row.identity)) if row else None


def _loose(text: str, key: str) -> Resolution | None:
    rows = _codes(loose=key)
    if len(rows) == 1 and not schemes.opened(rows[0].version).grammar.scheme.separators_required:
        return _found(rows[0], (*_letters(loose(text, most=_MOST, case_sensitive=True), rows[0].loose), "separators"))
    if rows:
        return _suggesting([Suggestion(row.form, "loose") for row in rows])
    return None


def _read(text: str) -> Resolution | None:
    notes: dict[str, tuple[str, ...]] = {}
    for grammar in _grammars().values():
        try:
            reading = grammar.read(text)
        except ReadError:
            continue
        notes.setdefault(reading.identity, reading.normalised)
    rows = _codes(identity__in=list(notes)) if notes else []
    if len(rows) == 1:
        return _found(rows[0], notes[rows[0].identity])
    return _suggesting([Suggestion(row.form, "readings") for row in rows]) if rows else None


def _suggested(key: str) -> Resolution:
    if not key or len(key) > _LONGEST_REPAIRED:
        return Resolution(found=False)
    grammars = _grammars()
    ranks: dict[str, int] = {}
    if any(grammar.algorithm for grammar in grammars.values()):
        for rank, neighbour in _neighbours(key):
            ranks[neighbour] = min(rank, ranks.get(neighbour, rank))
    shortened = set(_shortened(key, max((grammar.live_most for grammar in grammars.values()), default=0)))
    ranked: list[tuple[int, str, str]] = []
    for row in _codes(loose__in=[*ranks, *shortened]):
        grammar = grammars[row.version.pk]
        if row.loose in ranks and grammar.algorithm:
            ranked.append((ranks[row.loose], row.form, "check-character"))
        elif row.loose in shortened and grammar.live_most:
            ranked.append((9, row.form, "live-part"))
    return _suggesting([Suggestion(code, reason) for _, code, reason in sorted(ranked)])


def _neighbours(key: str) -> Iterator[tuple[int, str]]:
    """Texts one typing error away, each with its rank: neighbours exchanged, a look-alike, the same kind, another."""
    for place, (first, second) in enumerate(pairwise(key)):
        if first != second:
            yield 0, key[:place] + second + first + key[place + 2 :]
    for place, typed in enumerate(key):
        for meant in _ALPHABET:
            if meant != typed:
                yield _distance(typed, meant), key[:place] + meant + key[place + 1 :]


def _distance(typed: str, meant: str) -> int:
    if frozenset((typed, meant)) in _LOOK_ALIKES:
        return 1
    return 2 if typed.isdigit() == meant.isdigit() else 3


def _shortened(key: str, most: int) -> Iterator[str]:
    """The text without a run of at most ``most`` characters: where a live part may have been."""
    for width in range(1, min(most, len(key) - 1) + 1):
        for place in range(len(key) - width + 1):
            yield key[:place] + key[place + width :]


def _suggesting(suggestions: Sequence[Suggestion]) -> Resolution:
    return Resolution(found=False, suggestions=tuple(suggestions[:_MOST_SUGGESTIONS]))


def _found(row: Code, normalised: Sequence[str]) -> Resolution:
    try:
        segments = schemes.opened(row.version).grammar.read(row.form).segments
    except ReadError:
        segments = ()
    return Resolution(
        found=True,
        code=row.form,
        identity=row.identity,
        state=row.state,
        scheme=row.version.name,
        version=row.version.number,
        subject=row.version.subject,
        segments=segments,
        normalised=tuple(normalised),
    )


def _letters(text: str, found: str) -> tuple[str, ...]:
    return () if text == found else ("letters",)


def _codes(**condition: object) -> list[Code]:
    return list(Code.objects.select_related("version").filter(**condition).order_by("id")[: 5 * _MOST_SUGGESTIONS])


def _grammars() -> Mapping[int, Grammar]:
    return {version.pk: schemes.opened(version).grammar for version in SchemeVersion.objects.all()}
