r"""A scheme file as something that can be edited: its parts in a row, and the file made of them anew.

A file that is being worked on need not be a scheme yet, so nothing is judged here: ``load_scheme`` does that with the
text that ``text_of`` writes. Options that this page does not know stand in the new file as they stood in the old one;
of the comments, those at the head are kept.

>>> outline = outline_of('kehuma = 1\nname = "order"\ntemplate = "SO-{serial:6}"')
>>> outline.joints, outline.slots
(('SO-', ''), (Slot(name='serial', width='6', options={}),))
>>> print(text_of(with_slot(outline, Slot("check")).with_joint(1, "/")))
kehuma = 1
name = "order"
template = "SO-{serial:6}/{check}"
<BLANKLINE>
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any, Final

from kehuma.engine.coding.errors import SchemeError
from kehuma.engine.coding.model import SEPARATORS
from kehuma.engine.coding.segments import KINDS

FORMAT: Final = 1
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_HEAD = re.compile(r"(?:[ \t]*#[^\n]*\n)*")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}
# The order in which our own files state their options; others follow in the order in which they came.
_SETTINGS = (
    "kehuma", "name", "title", "subject", "template", "effective", "time_zone", "max_length", "case", "separators", "overlaps",
)  # fmt: skip
_OPTIONS = ("kind", "attribute", "live", "format", "dictionary", "default", "unknown", "entries", "schemes", "of", "depth", "per", "overflow")  # fmt: skip
_LONGEST_FILE = 1_000_000


@dataclass(frozen=True, slots=True)
class Slot:
    """A placeholder and its table: ``{name:width}`` and what ``[segments.name]`` says."""

    name: str
    width: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outline:
    """A scheme file laid open.

    ``joints`` are the fixed texts before, between and behind the ``slots``: one more than there are slots, empty where
    nothing stands. ``settings`` is everything that belongs to no part, ``comment`` the lines at the head of the file.
    """

    slots: tuple[Slot, ...] = ()
    joints: tuple[str, ...] = ("",)
    settings: Mapping[str, Any] = field(default_factory=dict)
    comment: str = ""

    @property
    def template(self) -> str:
        """The template of these parts."""
        return _fixed(self.joints[0]) + "".join(
            _placeholder(slot) + _fixed(joint) for slot, joint in zip(self.slots, self.joints[1:], strict=True)
        )

    def slot(self, name: str) -> Slot | None:
        """The part of a name."""
        return next((slot for slot in self.slots if slot.name == name), None)

    def with_joint(self, place: int, text: str) -> "Outline":
        """With another fixed text before part ``place`` (behind the last one for the number of parts)."""
        return self.with_joints((*self.joints[:place], text, *self.joints[place + 1 :]))

    def with_joints(self, joints: tuple[str, ...]) -> "Outline":
        """With these fixed texts; meanings of texts that are gone go with them."""
        changed = replace(self, joints=joints)
        literals = self.settings.get("literals")
        if not isinstance(literals, dict):
            return changed
        there = "\n".join(joints).casefold()
        kept = {key: title for key, title in literals.items() if (key.strip(SEPARATORS) or key).casefold() in there}
        return changed.with_settings(literals=kept or None)

    def with_settings(self, **changed: object) -> "Outline":
        """With other settings; None takes one away."""
        kept = {key: value for key, value in {**self.settings, **changed}.items() if value is not None}
        return replace(self, settings=kept)


def outline_of(source: str) -> Outline:
    """The file laid open; SchemeError where it is no TOML, has no template, or the template's braces do not pair."""
    if len(source) > _LONGEST_FILE:
        raise SchemeError("file-too-long", where="", most=_LONGEST_FILE)
    try:
        table = tomllib.loads(source)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise SchemeError("toml", where="", reason=str(error)) from None
    template = table.pop("template", "")
    segments = table.pop("segments", {})
    if not isinstance(template, str) or not isinstance(segments, dict):
        raise SchemeError("option-text", where="template", value=template)
    joints, slots = [""], []
    for match in _PLACEHOLDER.finditer(template):
        if match[0] in ("{", "}"):
            raise SchemeError("lone-brace", where="template", place=match.start() + 1)
        if match[1] is None:
            joints[-1] += {"{{": "{", "}}": "}"}.get(match[0], match[0])
            continue
        name, _, width = match[1].partition(":")
        options = segments.get(name, {})
        slots.append(Slot(name, width, options if isinstance(options, dict) else {}))
        joints.append("")
    head = _HEAD.match(source)
    return Outline(tuple(slots), tuple(joints), table, head[0].rstrip("\n") if head else "")


def text_of(outline: Outline) -> str:
    """The file, in the layout of our own scheme files."""
    settings = {"kehuma": FORMAT, **outline.settings, "template": outline.template}
    literals, examples = settings.pop("literals", {}), settings.pop("examples", [])
    tables = {
        key: settings.pop(key) for key in list(settings) if key not in _INLINE and isinstance(settings[key], dict)
    }
    blocks = ["\n".join(_pair(key, settings[key]) for key in _ordered(settings, _SETTINGS))]
    # A part that is named after no kind is only known by its table, be it empty; one that stands twice has one table.
    parts = {slot.name: slot for slot in outline.slots if slot.options or slot.name not in KINDS}
    blocks += [_table(name, slot.options) for name, slot in parts.items()]
    blocks += [_plain_table(name, table) for name, table in {"literals": literals, **tables}.items() if table]
    blocks += ["\n".join(["[[examples]]", *(_pair(key, value) for key, value in one.items())]) for one in examples]
    head = f"{outline.comment}\n" if outline.comment else ""
    return head + "\n\n".join(blocks) + "\n"


def with_slot(outline: Outline, slot: Slot, *, joint: str = "") -> Outline:
    """With one more part at the end, ``joint`` between it and the one before; what stood behind stays behind."""
    before = outline.joints[:-1]
    last = outline.joints[-1]
    joints = (*before, joint, last) if outline.slots else (last, "")
    return replace(outline, slots=(*outline.slots, slot), joints=joints)


def without_slot(outline: Outline, name: str) -> Outline:
    """Without a part and the fixed text before it (behind it, for the first part)."""
    place = _place(outline, name)
    gone = place or 1
    if len(outline.slots) == 1:
        joints: tuple[str, ...] = ("".join(outline.joints),)
    else:
        joints = (*outline.joints[:gone], *outline.joints[gone + 1 :])
    kept = (*outline.slots[:place], *outline.slots[place + 1 :])
    return replace(outline.with_joints(joints), slots=tuple(_unkeyed(slot, name) for slot in kept))


def moved_slot(outline: Outline, name: str, by: int) -> Outline:
    """With a part moved to the left (negative) or right; the fixed texts stay where they are."""
    place = _place(outline, name)
    slots = list(outline.slots)
    slot = slots.pop(place)
    slots.insert(min(max(place + by, 0), len(slots)), slot)
    return replace(outline, slots=tuple(slots))


def changed_slot(outline: Outline, name: str, slot: Slot) -> Outline:
    """With another part in the place of one; a new name is followed by the counter key."""
    place = _place(outline, name)
    slots = (*outline.slots[:place], slot, *outline.slots[place + 1 :])
    if slot.name != name:
        slots = tuple(_renamed(one, name, slot.name) for one in slots)
    return replace(outline, slots=slots)


def _place(outline: Outline, name: str) -> int:
    return next(index for index, slot in enumerate(outline.slots) if slot.name == name)


def _unkeyed(slot: Slot, name: str) -> Slot:
    per = slot.options.get("per")
    if not isinstance(per, list) or name not in per:
        return slot
    return replace(slot, options={**slot.options, "per": [one for one in per if one != name]})


def _renamed(slot: Slot, old: str, new: str) -> Slot:
    per = slot.options.get("per")
    if not isinstance(per, list) or old not in per:
        return slot
    return replace(slot, options={**slot.options, "per": [new if one == old else one for one in per]})


# -- TOML ------------------------------------------------------------------------------------------------------------

_INLINE = ("title",)


def _placeholder(slot: Slot) -> str:
    return f"{{{slot.name}:{slot.width}}}" if slot.width else f"{{{slot.name}}}"


def _fixed(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _ordered(table: Mapping[str, Any], order: tuple[str, ...]) -> list[str]:
    return [*(key for key in order if key in table), *(key for key in table if key not in order)]


def _table(name: str, options: Mapping[str, Any]) -> str:
    """A segment: its options one a line, its own dictionary as a table of its own, one symbol a line."""
    lines = [f"[segments.{_key(name)}]"]
    own = options.get("dictionary")
    for key in _ordered(options, _OPTIONS):
        value = options[key]
        if key == "entries" and isinstance(value, dict):
            lines += [f"entries.{_pair(symbol, names)}" for symbol, names in value.items()]
        elif not (key == "dictionary" and isinstance(own, dict)):
            lines.append(_pair(key, value))
    text = "\n".join(lines)
    if not isinstance(own, dict):
        return text
    block = [f"[segments.{_key(name)}.dictionary]", *(_pair(symbol, names) for symbol, names in own.items())]
    return f"{text}\n\n" * (len(lines) > 1) + "\n".join(block)


def _plain_table(name: str, table: Mapping[str, Any]) -> str:
    return "\n".join([f"[{_key(name)}]", *(_pair(key, value) for key, value in table.items())])


def _pair(key: str, value: object) -> str:
    return f"{_key(key)} = {_value(value)}"


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _string(key)


def _value(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return _string(value)
        case datetime() | date() | time():
            return value.isoformat()
        case Mapping():
            return f"{{ {', '.join(_pair(key, inner) for key, inner in value.items())} }}" if value else "{}"
        case list() | tuple():
            return f"[{', '.join(map(_value, value))}]"
        case _:
            return str(value)


def _string(text: str) -> str:
    escaped = "".join(_ESCAPES.get(c, c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}") for c in text)
    return f'"{escaped}"'
