"""The report on a rule in words: what was proved, what was found, and what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kehuma.apps.codes.checks import Checked
from kehuma.engine.coding.errors import CodingError
from kehuma.engine.coding.inspection import Report
from kehuma.web import wording
from kehuma.web.coding import names, said
from kehuma.web.coding.said import Text

Tone = Literal["ok", "warn", "bad"]

LINTS: dict[str, Text] = {
    "partition-not-readable": gettext_lazy("计数键读不出来"),
    "reset-without-date": gettext_lazy("重新编号缺日期"),
    "width-below-forecast": gettext_lazy("号段不够用"),
    "mod37-2-gapless": gettext_lazy("校验位会跳号"),
    "personal-data": gettext_lazy("编码里有个人信息"),
    "look-alikes": gettext_lazy("有容易看错的字符"),
    "excel-number": gettext_lazy("表格软件会当成数字"),
    "excel-date": gettext_lazy("表格软件会当成日期"),
    "excel-leading-zero": gettext_lazy("表格软件会丢掉前面的 0"),
    "excel-too-long": gettext_lazy("表格软件会改掉后面的数字"),
    "excel-formula": gettext_lazy("表格软件会当成公式"),
    "too-long": gettext_lazy("编码太长"),
    "too-many-parts": gettext_lazy("段数太多"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the verdict; ``code`` is a code that shows the matter."""

    tone: Tone
    title: str
    text: str = ""
    remedy: str = ""
    code: str = ""


def findings(checked: Checked, *, is_first: bool = False) -> list[Finding]:
    """The whole verdict: what refuses the rule stands first. ``is_first``: there is no other version to agree with."""
    report = checked.report
    found = [
        *_unique(checked),
        *_overlaps(checked),
        *(() if is_first else _versions(report)),
        *_examples(report),
        *_lints(report),
    ]
    order = {"bad": 0, "ok": 1, "warn": 2}
    return sorted(found, key=lambda one: order[one.tone])


def capacity(report: Report) -> str:
    """How many codes there are for each counter key, in words."""
    per_key = wording.number(report.capacity.per_key) if report.capacity.per_key < 10**12 else "10¹²+"
    if not report.capacity.counter_key:
        return _("全部统一编号，共 {n} 个号").format(n=per_key)
    if report.capacity.keys is None:
        return _("每个计数键 {n} 个号").format(n=per_key)
    keys = wording.number(report.capacity.keys)
    return _("{keys} 个计数键，每个 {n} 个号").format(keys=keys, n=per_key)


def _unique(checked: Checked) -> Iterator[Finding]:
    verdict = checked.report.unique
    if verdict.ok:
        is_loose = not checked.grammar.scheme.separators_required
        text = (
            _("已证明：任何写法只有一种读法，去掉分隔符也是。")
            if is_loose
            else _("已证明：带着分隔符，任何写法只有一种读法。")
        )
        yield Finding("ok", _("读法唯一"), text)
        return
    readings = " ↔ ".join(" ".join(filter(None, reading)) for reading in verdict.readings)
    yield Finding("bad", _("读法不唯一"), verdict.say(said.language()), readings, verdict.witness or "")


def _overlaps(checked: Checked) -> Iterator[Finding]:
    overlaps = checked.report.overlaps
    if not overlaps:
        titles = names.titles()
        others = _("、").join(said.quoted(titles.get(name, name)) for name in checked.others)
        yield Finding(
            "ok", _("不与其他规则相撞"), _("对照{others}。").format(others=others) if others else _("还没有其他规则。")
        )
    for one in overlaps:
        if one.is_declared:
            text = _("与「{name}」有相同的写法，已声明；占用的号会跳过。").format(name=one.name)
            yield Finding("ok", _("与「{name}」相交").format(name=one.name), text, code=one.witness)
        else:
            text = CodingError("scheme-overlaps", other=one.name, witness=one.witness).say(said.language())
            remedy = _("补救：加一个不同的固定前缀，或在规则设置里允许相交。")
            yield Finding("bad", _("与「{name}」相撞").format(name=one.name), text, remedy, one.witness)


def _versions(report: Report) -> Iterator[Finding]:
    for verdict in report.versions:
        if not verdict.ok:
            yield Finding("bad", _("与旧版本读法不同"), verdict.say(said.language()), code=verdict.witness or "")
    if report.versions and all(verdict.ok for verdict in report.versions):
        yield Finding("ok", _("已发的编码读法不变"), _("每个旧版本写出的编码，含义都和以前一样。"))


def _examples(report: Report) -> Iterator[Finding]:
    longest = _("最长 {n} 个字符").format(n=report.longest)
    if not report.example_count:
        yield Finding("ok", longest, _("还没有例子：把预览中的编码记为例子，以后每次修改都会自动核对。"))
    elif not report.failures:
        yield Finding("ok", _("例子 {n} 个全部通过").format(n=report.example_count), longest)
    for failure in report.failures:
        title = _("例子 {n} 不符").format(n=failure.number)
        yield Finding("bad", title, failure.reason.say(said.language()), code=failure.text)


def _lints(report: Report) -> Iterator[Finding]:
    for lint in report.lints:
        tone: Tone = "bad" if lint.severity == "error" else "warn"
        remedy = _("补救：{remedy}").format(remedy=lint.remedy(said.language()))
        yield Finding(tone, str(LINTS.get(lint.rule, lint.rule)), lint.say(said.language()), remedy)
