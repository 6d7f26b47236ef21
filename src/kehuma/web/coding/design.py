"""Everything the designer shows of a draft, worked out from its text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kehuma.apps.codes import checks, previews
from kehuma.apps.codes.checks import Checked
from kehuma.apps.codes.drafts import Draft
from kehuma.engine.coding.errors import CodingError, SchemeError
from kehuma.engine.coding.model import Check, Date, Initials, Lookup, Parent, Segment, Serial, Text
from kehuma.engine.coding.scheme_text import Outline, Slot, outline_of
from kehuma.lib.viewer import Viewer
from kehuma.web.badges import Badge, Part, badge
from kehuma.web.coding import kinds, records, said, verdicts
from kehuma.web.coding.part_forms import ALGORITHMS
from kehuma.web.coding.verdicts import Finding


@dataclass(frozen=True, slots=True)
class Card:
    """A part as a card: its text in the first code, what it is called, two lines about it, and what joins it."""

    slot: Slot
    kind: str
    tint: str
    text: str
    title: str
    lines: Sequence[str]
    joint: str
    place: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the preview: a code or the reason why there is none."""

    name: str
    badge: Badge | None
    basis: str
    error: str
    given: str = ""


@dataclass
class Design:
    """A draft laid out for the page; nothing is worked out before it is asked for."""

    viewer: Viewer
    draft: Draft
    at: datetime
    skip: int = 0
    fault: CodingError | None = field(default=None, init=False)

    @cached_property
    def outline(self) -> Outline:
        """The file laid open."""
        return outline_of(self.draft.source)

    @cached_property
    def checked(self) -> Checked | None:
        """The report, None where the file is no scheme yet; ``fault`` says why."""
        try:
            return checks.check(self.draft.source)
        except SchemeError as error:
            self.fault = error
            return None

    @cached_property
    def fault_said(self) -> str:
        """Why the file is no scheme, in the language of the page."""
        return "" if self.checked or self.fault is None else self.fault.say(said.language())

    @property
    def title(self) -> str:
        """The name of the rule for people."""
        title = self.outline.settings.get("title", {})
        names = title if isinstance(title, dict) else {"zh": title}
        ours, other = ("en", "zh") if said.language() == "en" else ("zh", "en")
        return str(names.get(ours) or names.get(other) or self.draft.name or _("未命名的规则"))

    @property
    def effective(self) -> str:
        """The date of effect as the file states it, or ""."""
        return str(self.outline.settings.get("effective") or "")

    @cached_property
    def findings(self) -> list[Finding]:
        """The verdict."""
        if self.checked is None:
            return [Finding("bad", _("还不能用"), self.fault_said)]
        return verdicts.findings(self.checked)

    @property
    def is_sound(self) -> bool:
        """Whether it may be published."""
        return self.checked is not None and self.checked.report.ok

    @property
    def warnings(self) -> int:
        """How many remarks there are that do not refuse it."""
        return sum(finding.tone == "warn" for finding in self.findings)

    @cached_property
    def subjects(self) -> records.Subjects:
        """Who the preview is made of."""
        if self.checked is None:
            return records.Subjects([], is_real=False)
        return records.subjects(self.viewer, self.checked.grammar, self.at, skip=self.skip)

    @cached_property
    def lines(self) -> list[Line]:
        """The preview."""
        if self.checked is None:
            return []
        grammar, each = self.checked.grammar, self.subjects.each
        found = previews.preview(grammar, [one.order for one in each], self.at)
        return [
            Line(
                one.name,
                (drawn := badge(grammar, row.code)) if row.code else None,
                " · ".join(part.meaning for part in drawn.parts if part.kind in _TELLING) if row.code else "",
                row.error.say(said.language()) if row.error else "",
                row.code,
            )
            for one, row in zip(each, found, strict=True)
        ]

    @cached_property
    def first(self) -> Badge | None:
        """The first code of the preview."""
        return next((line.badge for line in self.lines if line.badge), None)

    @cached_property
    def cards(self) -> list[Card]:
        """The parts in a row."""
        return [self._card(place, slot) for place, slot in enumerate(self.outline.slots)]

    @property
    def prefix(self) -> str:
        """The fixed text in front."""
        return self.outline.joints[0]

    @property
    def offered(self) -> list[kinds.Preset]:
        """What can be added."""
        return kinds.offered(self.outline)

    @cached_property
    def examples(self) -> list[Mapping[str, Any]]:
        """The examples with their outcome."""
        failed = {one.number: one for one in self.checked.report.failures} if self.checked else {}
        rows = self.outline.settings.get("examples", [])
        return [
            {
                "number": number,
                "code": one.get("code", ""),
                "not_a_code": one.get("not_a_code", ""),
                "given": _given(one),
                "failure": failed[number].reason.say(said.language()) if number in failed else "",
                "is_run": self.checked is not None,
            }
            for number, one in enumerate(rows if isinstance(rows, list) else [], 1)
            if isinstance(one, dict)
        ]

    @property
    def failing(self) -> int:
        """How many of the examples fail."""
        return len(self.checked.report.failures) if self.checked else 0

    def segment(self, name: str) -> Segment | None:
        """The part of the compiled rule."""
        if self.checked is None:
            return None
        return next((one for one in self.checked.grammar.segments if one.name == name), None)

    def _card(self, place: int, slot: Slot) -> Card:
        kind, segment = kinds.kind_of(slot), self.segment(slot.name)
        drawn = self._drawn(slot.name)
        tint = drawn.kind if drawn else kinds.TINTS.get(kind, "text")
        text = drawn.text if drawn else "?" * (int(slot.width) if slot.width.isdigit() and int(slot.width) < 9 else 2)
        title = Part("", "", "serial" if kind == "serial" else "check" if kind == "check" else slot.name).title
        lines = _lines(kind, slot, segment, self._key)
        return Card(slot, kind, tint, text, title, lines, self.outline.joints[place + 1], place + 1)

    @property
    def _key(self) -> Sequence[str]:
        serial = self.checked.grammar.scheme.serial if self.checked else None
        return serial.per if serial else ()

    def _drawn(self, name: str) -> Part | None:
        """The part of the first code that can be read which belongs to a segment."""
        if self.checked is None:
            return None
        grammar = self.checked.grammar
        for line in self.lines:
            if line.badge is None:
                continue
            texts = _texts(grammar, line.given)
            part = next((one for one in line.badge.parts if one.text == texts.get(name) and one.kind != "sep"), None)
            if part:
                return part
        return None


_TELLING = ("region", "industry", "lookup", "text", "parent")


def _texts(grammar: Any, code: str) -> dict[str, str]:  # noqa: ANN401
    try:
        return {one.name: one.text for one in grammar.read(code).segments}
    except CodingError:
        return {}


def _lines(kind: str, slot: Slot, segment: Segment | None, key: Sequence[str]) -> list[str]:
    """Two lines: what it is made from, and its width and place in the counter key."""
    return [
        _made_from(kind, segment),
        " · ".join(filter(None, (_width(kind, slot, segment), _role(slot, segment, key)))),
    ]


def _made_from(kind: str, segment: Segment | None) -> str:
    match segment:
        case Lookup():
            name = said.dictionary(segment.dictionary.name) or _("自己的码表")
            return _("查码表 · {name}").format(name=name)
        case Serial():
            return _("从 {start} 起，步长 {step}").format(start=segment.start, step=segment.step)
        case Date():
            return _("日期 · {format}").format(format="".join(segment.tokens))
        case Parent():
            return _("上级 · {schemes}").format(schemes=_("、").join(segment.schemes) or _("任何编码"))
        case Text() | Initials():
            return f"{kinds.TITLES[kind]} · {segment.attribute}"
        case Check():
            return str(dict(ALGORITHMS)[segment.algorithm])
        case _:
            return str(kinds.TITLES[kind])


def _width(kind: str, slot: Slot, segment: Segment | None) -> str:
    match segment:
        case Lookup():
            widths = {len(symbol) for symbol in segment.dictionary.symbols}
            return _places(min(widths), max(widths))
        case Date():
            return _places(*[len("".join(segment.tokens).replace("F", ""))] * 2)
        case Initials():
            return _("最多 {n} 位").format(n=segment.width) if segment.width else ""
        case Parent():
            return ""
        case _:
            if kind == "check":
                return _("1 位 · 自动")
            least, _dots, most = slot.width.partition("..")
            return _places(int(least), int(most or least)) if least.isdigit() else ""


def _places(least: int, most: int) -> str:
    if least == most:
        return ngettext("{n} 位", "{n} 位", least).format(n=least)
    return _("{least}–{most} 位").format(least=least, most=most)


def _role(slot: Slot, segment: Segment | None, key: Sequence[str]) -> str:
    if isinstance(segment, Serial):
        return {"stop": _("满后停"), "lengthen": _("满后加位"), "letters": _("满后转字母")}[segment.overflow]
    if segment is not None and segment.live:
        return _("可变")
    return _("进计数键") if slot.name in key else ""


def _given(example: Mapping[str, Any]) -> str:
    given = example.get("given", {})
    told = [str(value) for value in given.values()] if isinstance(given, dict) else []
    if example.get("parent"):
        told.insert(0, str(example["parent"]))
    if example.get("serial") is not None:
        told.append(_("第 {n} 号").format(n=example["serial"]))
    return " · ".join(told)
