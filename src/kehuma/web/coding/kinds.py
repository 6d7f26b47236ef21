"""The kinds of parts as people choose them: what each is called, and what a new one begins with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from kehuma.engine.coding.scheme_text import Outline, Slot
from kehuma.engine.coding.segments import KINDS
from kehuma.web.coding.said import Text


@dataclass(frozen=True, slots=True)
class Preset:
    """A part ready to be added. ``tint`` is the kind of badge part that it is drawn as."""

    key: str
    kind: str
    title: Text
    text: Text
    tint: str
    width: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


# The title of each kind, and how its part is tinted where no code shows it yet.
TITLES: dict[str, Text] = {
    "lookup": _("查码表"),
    "text": _("照抄文本"),
    "initials": _("名称首字母"),
    "date": _("日期"),
    "parent": _("上级编码"),
    "serial": _("流水号"),
    "check": _("校验位"),
    "random": _("随机位"),
    "reserved": _("预留位"),
}
TINTS = {"lookup": "lookup", "serial": "serial", "check": "check", "parent": "parent", "date": "date", "random": "random", "reserved": "random"}  # fmt: skip
_GRADES = {"A": {"zh": "高", "en": "High"}, "B": {"zh": "中", "en": "Medium"}, "C": {"zh": "低", "en": "Low"}}

PRESETS: tuple[Preset, ...] = (
    Preset("region", "lookup", _("区域"), _("省级，两位字母"), "region", options={"dictionary": "cn-province"}),
    Preset("city", "lookup", _("城市"), _("三位字母"), "region", options={"dictionary": "cn-city"}),
    Preset("industry", "lookup", _("行业"), _("门类，两位字母"), "industry", options={"dictionary": "cn-industry"}),
    Preset("type", "lookup", _("客户类型"), _("企业 C，个人 P"), "lookup", options={"dictionary": "customer-kind"}),
    Preset("choice", "lookup", _("自己的码表"), _("自己写符号和名称"), "lookup", options={"dictionary": _GRADES}),
    Preset(
        "grade", "lookup", _("等级（可变）"), _("会变，不算在编码本身内"), "lookup",
        options={"dictionary": _GRADES, "live": True},
    ),
    Preset("initials", "initials", _("名称首字母"), _("拼音或英文首字母"), "text", "6", {"drop": ["legal-form", "trade"]}),
    Preset("date", "date", _("日期"), _("发码的年月"), "date", options={"format": "YYYYMM"}),
    Preset("text", "text", _("照抄文本"), _("某个字段原样写入"), "text", "3", {"attribute": "short_name"}),
    Preset("parent", "parent", _("上级编码"), _("总部、母公司的编码"), "parent"),
    Preset("serial", "serial", _("流水号"), _("自动递增"), "serial", "4", {"overflow": "lengthen"}),
    Preset("check", "check", _("校验位"), _("自动，抄错能发现"), "check"),
    Preset("random", "random", _("随机位"), _("发码时随机抽取"), "random", "4", {"alphabet": "base32"}),
    Preset("reserved", "reserved", _("预留位"), _("固定字符，留给以后"), "random", "2"),
)  # fmt: skip
_ONCE = ("serial", "check", "parent")


def kind_of(slot: Slot) -> str:
    """The kind of a part, as the scheme file understands it."""
    stated = slot.options.get("kind")
    if stated in KINDS:
        return str(stated)
    if slot.name in KINDS:
        return slot.name
    return "lookup" if "dictionary" in slot.options else "text"


def offered(outline: Outline) -> list[Preset]:
    """The parts that can be added to a rule: of some kinds there is one at most."""
    there = {kind_of(slot) for slot in outline.slots}
    return [preset for preset in PRESETS if not (preset.kind in _ONCE and preset.kind in there)]


def new_slot(outline: Outline, preset: Preset) -> Slot:
    """The part of a preset under a name that is free."""
    taken = {slot.name for slot in outline.slots}
    name = (
        preset.key
        if preset.key not in taken
        else next(candidate for number in range(2, 100) if (candidate := f"{preset.key}{number}") not in taken)
    )
    options = dict(preset.options)
    if preset.kind != "lookup" and name not in KINDS:
        options = {"kind": preset.kind, **options}
    return Slot(name, preset.width, options)
