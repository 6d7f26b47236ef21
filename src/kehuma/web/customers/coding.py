"""Codes as the pages of customers show them: badges by scheme, the code that will probably be given, regions."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from django.utils.translation import gettext as _

from kehuma.apps.codes import queries as codes
from kehuma.apps.codes.data import PublishedScheme
from kehuma.engine.coding import model
from kehuma.engine.coding.errors import CodingError, WriteError
from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.snapshots import Snapshot
from kehuma.web import badges
from kehuma.web.badges import Badge, Part

_SKIPPED_MOST = 40
_LEGEND = 5


class Coder:
    """Reads codes with the schemes of the register; each grammar is fetched once, when a code asks for it."""

    def __init__(self) -> None:
        self._grammars: dict[int, Grammar] = {}

    def badge(self, code: str, *, scheme: str = "", url: str = "", is_retired: bool = False) -> Badge:
        """The badge of a code; without its scheme, of the first one that reads it."""
        for grammar in self.grammars(scheme):
            drawn = badges.badge(grammar, code, url=url, is_retired=is_retired)
            if drawn.scheme:
                return drawn
        return badges.plain(code, url=url, is_retired=is_retired)

    def issued(self, badge: Badge, code: str) -> Badge:
        """The badge with when and by which version of which scheme the code was given."""
        row = codes.issued(code)
        if row is None:
            return badge
        return replace(badge, issued_at=row.issued_at, version=row.version, scheme=row.scheme)

    def grammars(self, scheme: str = "") -> Iterator[Grammar]:
        """The grammars of a scheme, or of all, the newest first."""
        for version in reversed(self._versions):
            if scheme in ("", version.name):
                yield self._grammar(version)

    def region(self, code: str, scheme: str = "") -> Part | None:
        """The part of a code that names a region."""
        drawn = self.badge(code, scheme=scheme)
        return next((part for part in drawn.parts if part.kind == "region"), None)

    @cached_property
    def _versions(self) -> Sequence[PublishedScheme]:
        return codes.versions()

    def _grammar(self, version: PublishedScheme) -> Grammar:
        key = hash((version.name, version.number))
        if key not in self._grammars:
            self._grammars[key] = codes.grammar_of_file(version.source)
        return self._grammars[key]


def customer_schemes(at: datetime) -> list[PublishedScheme]:
    """The schemes in effect that code customers, by name."""
    names = dict.fromkeys(one.name for one in codes.versions() if one.subject == "customer")
    found = []
    for name in sorted(names):
        try:
            found.append(codes.scheme(name, at))
        except CodingError:
            continue
    return found


def title_of(scheme: PublishedScheme, language: str) -> str:
    """What people call a scheme."""
    try:
        title = codes.grammar_of_file(scheme.source).scheme.title
    except CodingError:
        return scheme.name
    return (title.en if language == "en" else title.zh) or scheme.name


def title_of_issued(scheme: str, version: int, language: str) -> str:
    """What people call the scheme by which a code was given."""
    found = next((one for one in codes.versions(scheme) if one.number == version), None)
    return title_of(found, language) if found else scheme


@dataclass(frozen=True, slots=True)
class Estimate:
    """The code that would be given now, or why there is none. ``drawn`` says that some of it is left to chance."""

    badge: Badge | None = None
    why: str = ""
    is_drawn: bool = False


def estimate(scheme: str, facts: Mapping[str, object], *, at: datetime, parent: str | None, language: str) -> Estimate:
    """The code that these facts would get. Nothing is reserved: somebody else may take the number before."""
    try:
        grammar = codes.grammar(scheme, at)
        snapshot = grammar.snapshot(facts, at=at, parent=parent)
        if any(isinstance(segment, model.Random) for segment in grammar.segments):
            return Estimate(is_drawn=True)
        return Estimate(badges.badge(grammar, _next(grammar, snapshot)))
    except CodingError as error:
        return Estimate(why=error.say("en" if language == "en" else "zh"))


def _next(grammar: Grammar, snapshot: Snapshot) -> str:
    serial = grammar.scheme.serial
    if serial is None:
        return grammar.write(snapshot).code
    known = {counter.key: counter.next for counter in codes.counters(grammar.scheme.name)}
    number = known.get(snapshot.counter_key, serial.start)
    for _skipped in range(_SKIPPED_MOST):
        try:
            return grammar.write(snapshot, serial=number).code
        except WriteError as error:
            if error.message != "check-not-printable":
                raise
            number += serial.step
    return grammar.write(snapshot, serial=number).code


Shares = list[tuple[str, float, str]]


def regions_of(coder: Coder, found: Iterable[str]) -> Counter[Part]:
    """How many of the codes name which region."""
    counted: Counter[Part] = Counter()
    grammars = list(coder.grammars())
    for code in found:
        part = _region(grammars, code)
        if part is not None:
            counted[part] += 1
    return counted


def regions_issued(coder: Coder) -> Counter[Part]:
    """How many codes were given for each region, told by the counters: no record is read for it."""
    counted: Counter[Part] = Counter()
    for grammar in {one.scheme.name: one for one in reversed(list(coder.grammars()))}.values():
        serial = grammar.scheme.serial
        if serial is None or grammar.scheme.subject != "customer":
            continue
        for counter in codes.counters(grammar.scheme.name):
            pairs = [(name, text) for name, _is, text in (pair.partition("=") for pair in counter.key.split())]
            for part in badges.key_badge(grammar, pairs).parts:
                if part.kind == "region":
                    counted[part] += (counter.next - serial.start) // serial.step
    return counted


def shares(counted: Counter[Part]) -> Shares:
    """The largest regions and the rest, as the bar of a list shows them; nothing where all is one region."""
    total = sum(counted.values())
    if len(counted) <= 1:
        return []
    top = counted.most_common(_LEGEND if len(counted) > _LEGEND + 1 else _LEGEND + 1)
    rest = total - sum(number for _part, number in top)
    told = [(part.meaning or part.text, number / total, "") for part, number in top]
    return [*told, (_("其他"), rest / total, "")] if rest else told


def _region(grammars: Sequence[Grammar], code: str) -> Part | None:
    for grammar in grammars:
        read = badges.badge(grammar, code)
        if read.scheme:
            return next((part for part in read.parts if part.kind == "region"), None)
    return None


def alone(part: Part) -> Badge:
    """One part as a badge of its own, as a chart shows it."""
    return Badge(part.text, (part,))
