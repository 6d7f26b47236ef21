"""From any text to the code that was meant.

The order of the attempts is the order of trust: the text itself, its loose key and its other names, a reading by a
published scheme (live parts missing or others, look-alikes mended). Only a single hit is an answer. After that there
are suggestions: codes one typing error away, and codes whose live part is none of the dictionary.
"""

from collections.abc import Iterator, Mapping, Sequence

from kehuma.apps.codes import aliases, schemes
from kehuma.apps.codes.data import Resolution, Suggestion
from kehuma.apps.codes.history_models import StateChange
from kehuma.apps.codes.models import Code, SchemeVersion, State
from kehuma.apps.codes.typing_errors import neighbours
from kehuma.engine.coding.errors import ReadError
from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.model import Check
from kehuma.engine.coding.normal import canonical, loose, loose_of
from kehuma.engine.coding.reading import Reading

# No code is longer than 200; the rest is room for separators that people put between.
_MOST = 400
# Neighbours grow with length times alphabet: 4,500 texts at this length.
_LONGEST_REPAIRED = 60
_MOST_SUGGESTIONS = 10
_LIVE_PART = 9
# No code holds it.
_MARK = "\0"
_MOVED = (State.SUPERSEDED, State.MERGED)


def resolve(text: str, *, suggest: bool = True) -> Resolution:
    """What a text stands for; never raises on account of the text, however hostile.

    Without ``suggest`` no mistyped code is looked for, which takes most of the time where nothing is found.
    """
    try:
        kept = canonical(text, most=_MOST, case_sensitive=True)
        key = loose(text, most=_MOST)
    except ReadError:
        # A number of another system need not be ASCII.
        return _named(text, "", []) or Resolution(found=False)
    return (
        _exact(text, kept) or _named(text, key, _codes(loose=key)) or _read(text) or _suggested(key if suggest else "")
    )


def _exact(text: str, kept: str) -> Resolution | None:
    rows = {row.identity: row for row in _codes(identity__in={kept, kept.upper()})}
    row = rows.get(kept) or rows.get(kept.upper())
    return _found(row, _letters(text, row.identity)) if row else None


def _named(text: str, key: str, rows: Sequence[Code]) -> Resolution | None:
    """By the code without its separators, or by another name; a text that may mean several codes is no answer."""
    named = aliases.find(text)
    letter = [code for code, is_exact in named if is_exact]
    names = letter or [code for code, _ in named]
    if names and not rows and key:
        rows = list(_readings(text)[0])
    hits = {row.pk: Suggestion(row.form, "loose") for row in rows}
    hits |= {code.pk: Suggestion(code.form, "alias") for code in names if code.pk not in hits}
    if len(hits) > 1:
        return _suggesting(list(hits.values()))
    if names:
        return _found(names[0], ("alias",), is_alias=True)
    if not rows:
        return None
    if schemes.opened(rows[0].version).grammar.scheme.separators_required:
        return _suggesting(list(hits.values()))
    bare = loose(text, most=_MOST, case_sensitive=True)
    return _found(rows[0], (*_letters(bare, rows[0].loose), "separators"))


def _read(text: str) -> Resolution | None:
    rows, notes = _readings(text)
    if len(rows) == 1:
        return _found(rows[0], notes[rows[0].identity])
    return _suggesting([Suggestion(row.form, "readings") for row in rows]) if rows else None


def _readings(text: str) -> tuple[Sequence[Code], Mapping[str, tuple[str, ...]]]:
    """The codes that the published schemes read in a text, and what they had to mend."""
    notes: dict[str, tuple[str, ...]] = {}
    for grammar in _grammars().values():
        try:
            reading = grammar.read(text)
        except ReadError:
            continue
        if "look-alikes" in reading.normalised and _is_check_mended(text, reading):
            continue
        notes.setdefault(reading.identity, reading.normalised)
    return (_codes(identity__in=list(notes)) if notes else []), notes


def _is_check_mended(text: str, reading: Reading) -> bool:
    """Whether the check character itself was taken for another: mended to fit, it would prove nothing.

    BJ-CO-02112I is one error away from BJ-CO-02162-I, and would be read as BJ-CO-02112-1.
    """
    grammar = reading.grammar
    pairs = zip(grammar.segments, reading.texts, strict=True)
    marked = grammar.code_of([_MARK if isinstance(segment, Check) else part for segment, part in pairs])
    place = loose_of(marked).find(_MARK)
    typed = loose(text, most=_MOST)
    return place >= 0 and typed[place : place + 1] != loose_of(reading.code)[place : place + 1]


def _suggested(key: str) -> Resolution:
    if not key or len(key) > _LONGEST_REPAIRED:
        return Resolution(found=False)
    grammars = _grammars()
    ranks = neighbours(key)
    shortened = set(_shortened(key, max((grammar.live_most for grammar in grammars.values()), default=0)))
    rows = Code.objects.filter(loose__in=[*ranks, *(shortened - set(ranks))])
    ranked: list[tuple[int, bool, str, str]] = []
    for found, form, version in rows.values_list("loose", "form", "version"):
        grammar = grammars[version]
        if found in shortened and grammar.live_most:
            ranked.append((ranks.get(found, _LIVE_PART), False, form, "live-part"))
        elif found in ranks:
            reason = "check-character" if grammar.algorithm else "similar"
            ranked.append((ranks[found], not grammar.algorithm, form, reason))
    return _suggesting([Suggestion(code, reason) for *_, code, reason in sorted(ranked)])


def _shortened(key: str, most: int) -> Iterator[str]:
    """The text without a run of at most ``most`` characters: where a live part may have been."""
    for width in range(1, min(most, len(key) - 1) + 1):
        for place in range(len(key) - width + 1):
            yield key[:place] + key[place + width :]


def _suggesting(suggestions: Sequence[Suggestion]) -> Resolution:
    return Resolution(found=False, suggestions=tuple(suggestions[:_MOST_SUGGESTIONS]))


def _found(row: Code, normalised: Sequence[str], *, is_alias: bool = False) -> Resolution:
    grammar = schemes.opened(row.version).grammar
    try:
        segments = grammar.read(row.form).segments
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
        aliases=tuple(alias.shown for alias in aliases.aliases_of([row])[row.pk] if alias.text),
        normalised=tuple(normalised),
        checked=grammar.algorithm is not None and not is_alias,
        replaced_by=_successor(row) if row.state in _MOVED else None,
    )


def _successor(row: Code) -> str | None:
    """The code that stands for a superseded or merged one today; no chain of them is a ring."""
    code, form, state = row.pk, row.form, row.state
    while state in _MOVED:
        changes = StateChange.objects.filter(code=code, after=state).order_by("-id")
        code, form, state = changes.values_list("by", "by__form", "by__state")[0]
    return form


def _letters(text: str, found: str) -> tuple[str, ...]:
    return () if text == found else ("letters",)


def _codes(**condition: object) -> list[Code]:
    return list(Code.objects.select_related("version").filter(**condition).order_by("id")[: 5 * _MOST_SUGGESTIONS])


def _grammars() -> Mapping[int, Grammar]:
    return {version.pk: schemes.opened(version).grammar for version in SchemeVersion.objects.all()}
