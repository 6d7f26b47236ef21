"""What the designer's forms do to a draft: each act turns one outline into the next."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.http import QueryDict
from django.utils.translation import gettext as _

from kehuma.apps.customers import queries as customers
from kehuma.engine.coding.examples import as_it_is_now
from kehuma.engine.coding.model import Lookup
from kehuma.engine.coding.scheme_text import (
    Outline,
    Slot,
    changed_slot,
    moved_slot,
    text_of,
    with_slot,
    without_slot,
)
from kehuma.web.coding import kinds, names, rule_form
from kehuma.web.coding.design import Design
from kehuma.web.coding.part_forms import FORMS, Around, PartForm
from kehuma.web.coding.rule_form import RuleForm

_KEYED = ("lookup", "text", "initials", "parent")
_LONGEST_JOINT = 20


class Edit(NamedTuple):
    """What an act came to: the new text, and what the page shows next (``part`` or ``joint``).

    ``form`` is one that could not be taken over; then ``source`` is empty.
    """

    source: str
    part: str = ""
    joint: int | None = None
    form: Any = None


def edited(design: Design, data: QueryDict) -> Edit:
    """The draft after the act that a form posts; what makes no sense changes nothing."""
    acts = {
        "left": lambda: _moved(design, data, -1),
        "right": lambda: _moved(design, data, 1),
        "remove": lambda: _removed(design, data),
        "part": lambda: _part(design, data),
        "joint": lambda: _joint(design, data),
        "rule": lambda: _rule(design, data),
        "example": lambda: _example(design, data),
        "example-line": lambda: _example_of_line(design, data),
        "example-remove": lambda: _example_removed(design, data),
        "example-rewrite": lambda: _examples_rewritten(design, data),
    }
    if data.get("add"):
        return _added(design, data)
    act = acts.get(data.get("act", ""))
    return act() if act else Edit(design.draft.source, data.get("part", ""))


def part_form(design: Design, slot: Slot, data: QueryDict | None = None) -> PartForm:
    """The form of a part."""
    form = FORMS[kinds.kind_of(slot)]
    return form(around(design.outline, slot), data, initial=form.initial_of(slot), prefix=None, auto_id="part-%s")


def rule_form_of(design: Design, data: QueryDict | None = None) -> RuleForm:
    """The form of the whole rule."""
    others = [(name, title) for name, title in names.published() if name != design.draft.name]
    return RuleForm(others, data, initial=rule_form.initial_of(design.outline), auto_id="rule-%s")


def around(outline: Outline, slot: Slot) -> Around:
    """What the form of a part must know of the others."""
    others = [one for one in outline.slots if one.name != slot.name and not one.options.get("live")]
    keys = [(one.name, names.of_part(one.name)) for one in others if kinds.kind_of(one) in (*_KEYED, "date")]
    defaults = [one.name for one in others if kinds.kind_of(one) in _KEYED]
    return Around(keys, defaults, names.published(), tuple(customers.fields()))


def _slot(design: Design, data: QueryDict) -> Slot | None:
    return design.outline.slot(data.get("part", ""))


def _added(design: Design, data: QueryDict) -> Edit:
    outline = design.outline
    preset = next((one for one in kinds.offered(outline) if one.key == data["add"]), None)
    if preset is None:
        return Edit(design.draft.source)
    slot = kinds.new_slot(outline, preset)
    before = outline.slots[-1:] and kinds.kind_of(outline.slots[-1]) != "parent"
    joint = "-" if before or outline.slots else ""
    # A part that tells customers apart belongs before the number, and a check character behind everything.
    added = with_slot(outline, slot, joint=joint)
    last = kinds.kind_of(outline.slots[-1]) if outline.slots else ""
    if preset.kind in (*_KEYED, "date") and last in ("serial", "check") and not slot.options.get("live"):
        added = _before_number(added, slot)
    return Edit(text_of(_keyed(added, slot)), slot.name)


def _before_number(outline: Outline, slot: Slot) -> Outline:
    number = next(place for place, one in enumerate(outline.slots) if kinds.kind_of(one) in ("serial", "check"))
    return moved_slot(outline, slot.name, number - len(outline.slots) + 1)


def _keyed(outline: Outline, slot: Slot) -> Outline:
    """A stated counter key takes a new part in, as the default key would."""
    serial = next((one for one in outline.slots if kinds.kind_of(one) == "serial"), None)
    per = serial.options.get("per") if serial else None
    if serial is None or not per or kinds.kind_of(slot) not in _KEYED or slot.options.get("live"):
        return outline
    return changed_slot(
        outline, serial.name, Slot(serial.name, serial.width, {**serial.options, "per": [*per, slot.name]})
    )


def _moved(design: Design, data: QueryDict, by: int) -> Edit:
    slot = _slot(design, data)
    if slot is None:
        return Edit(design.draft.source)
    return Edit(text_of(moved_slot(design.outline, slot.name, by)), slot.name)


def _removed(design: Design, data: QueryDict) -> Edit:
    slot = _slot(design, data)
    return Edit(text_of(without_slot(design.outline, slot.name)) if slot else design.draft.source)


def _part(design: Design, data: QueryDict) -> Edit:
    slot = _slot(design, data)
    if slot is None:
        return Edit(design.draft.source)
    form = part_form(design, slot, data)
    if form.is_valid():
        changed = form.changed(slot)
        if changed.name != slot.name and design.outline.slot(changed.name):
            form.add_error("name", _("已有同名的段。"))
        else:
            return Edit(text_of(changed_slot(design.outline, slot.name, changed)), changed.name)
    return Edit("", slot.name, form=form)


def _joint(design: Design, data: QueryDict) -> Edit:
    place = int(number) if (number := data.get("joint", "")).isdigit() else -1
    outline = design.outline
    if not 0 <= place < len(outline.joints):
        return Edit(design.draft.source)
    text = data.get("text", "")[:_LONGEST_JOINT]
    changed = outline.with_joint(place, text)
    meaning = {key: value for key in ("zh", "en") if (value := data.get(key, "").strip())}
    literals = {key: value for key, value in _table(changed.settings, "literals").items() if key != bare(text)}
    if meaning and bare(text):
        literals[bare(text)] = meaning
    return Edit(text_of(changed.with_settings(literals=literals or None)), joint=place)


def bare(text: str) -> str:
    """A fixed text without the separators around it, as its meaning is filed."""
    return text.strip(" -_/.")


def _rule(design: Design, data: QueryDict) -> Edit:
    form = rule_form_of(design, data)
    if form.is_valid():
        return Edit(text_of(form.changed(design.outline)), data.get("part", ""))
    return Edit("", data.get("part", ""), form=form)


def _example(design: Design, data: QueryDict) -> Edit:
    text = data.get("text", "").strip()
    key = "not_a_code" if data.get("kind") == "not" else "code"
    return _with_example(design, data, {key: text}) if text else Edit(design.draft.source, data.get("part", ""))


def _example_of_line(design: Design, data: QueryDict) -> Edit:
    """The code of a line of the preview, with the facts that made it, but never those of a real customer's name."""
    code = data.get("code", "")
    pairs = zip(design.lines, design.subjects.each, strict=True)
    found = next((subject for line, subject in pairs if line.given == code), None)
    if found is None or design.checked is None:
        return Edit(design.draft.source, data.get("part", ""))
    grammar = design.checked.grammar
    reading = grammar.read(code)
    lookups = {one.name: one.attribute for one in grammar.segments if isinstance(one, Lookup)}
    taken = {getattr(one, "attribute", None) for one in grammar.segments} - {None}
    example: dict[str, Any] = {"code": code}
    if set(lookups.values()) == taken - {"parent"} and not any(_is_dated(one) for one in grammar.segments):
        given = {lookups[one.name]: one.text for one in reading.segments if one.name in lookups}
        parent = {"parent": found.order.parent} if found.order.parent else {}
        serial = {} if reading.serial is None else {"serial": reading.serial}
        example = {**({"given": given} if given else {}), **parent, **serial, **example}
    return _with_example(design, data, example)


def _is_dated(segment: object) -> bool:
    return type(segment).__name__ in ("Date", "Random")


def _with_example(design: Design, data: QueryDict, example: Mapping[str, Any]) -> Edit:
    examples = [one for one in _examples(design) if one != example]
    return Edit(text_of(design.outline.with_settings(examples=[*examples, dict(example)])), data.get("part", ""))


def _example_removed(design: Design, data: QueryDict) -> Edit:
    number = int(given) if (given := data.get("number", "")).isdigit() else 0
    examples = [one for place, one in enumerate(_examples(design), 1) if place != number]
    return Edit(text_of(design.outline.with_settings(examples=examples or None)), data.get("part", ""))


def _examples_rewritten(design: Design, data: QueryDict) -> Edit:
    """The examples that fail, as the rule writes them now; one that nothing is written for any more goes."""
    if design.checked is None:
        return Edit(design.draft.source, data.get("part", ""))
    grammar, failing = design.checked.grammar, {one.number for one in design.checked.report.failures}
    examples = []
    for number, (said, example) in enumerate(zip(_examples(design), grammar.scheme.examples, strict=True), 1):
        now = as_it_is_now(grammar, example) if number in failing else None
        if number not in failing:
            examples.append(said)
        elif now is not None:
            told = {"meaning": dict(now.meaning), "code": now.code, "not_a_code": now.not_a_code}
            kept = {key: value for key, value in said.items() if key not in told}
            examples.append(kept | {key: value for key, value in told.items() if value})
    return Edit(text_of(design.outline.with_settings(examples=examples or None)), data.get("part", ""))


def _examples(design: Design) -> list[Any]:
    examples = design.outline.settings.get("examples", [])
    return list(examples) if isinstance(examples, list) else []


def _table(settings: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = settings.get(key, {})
    return value if isinstance(value, dict) else {}
