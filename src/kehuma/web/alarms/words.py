"""Alarms as the pages say them: who, what, why it is strange, and what to do first."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kehuma.apps.alarms import telling
from kehuma.apps.alarms.data import AlarmRow
from kehuma.apps.alarms.limits import RULES, Limits
from kehuma.engine.coding.errors import Language
from kehuma.lib import clock
from kehuma.web import wording

# Why it is strange. The numbers are those of ``Limits``.
WHY: Mapping[str, Promise] = {
    "canary": gettext_lazy("诱饵码没有给过任何客户，日常工作碰不到它：要么在逐个试编码，要么在照着编码顺序翻。"),
    "neighbours": gettext_lazy(
        "同一计数器任意 50 个相邻编码中，一天看到 {neighbours} 个不属于自己（本组）的，就提醒：成片抄录客户就是这个样子。先后顺序不影响。"
    ),
    "misses": gettext_lazy(
        "日常输错约占 2%；猜编码的人至少四分之一查不到。序贯检验认定更像在猜，且查不到的满 {misses} 次，就提醒。"
    ),
    "volume": gettext_lazy(
        "与本人近 60 天相比：超过中位数加 {deviations} 倍离差、两倍中位数和 {volume} 户这三条线，就提醒。导出的行数计入。"
    ),
    "hours": gettext_lazy("{opens} 点到 {closes} 点之外看满 {night} 次，就提醒。程序不算。"),
}
_TONES: Mapping[str, str] = {"canary": "bad", "neighbours": "bad"}


@dataclass(frozen=True, slots=True)
class Line:
    """An alarm in a list, in the bell and on the workbench."""

    row: AlarmRow
    who: str
    said: str

    @property
    def text(self) -> str:
        """Who did what."""
        is_apart = wording.is_english() or self.said[:1].isdigit()
        return f"{self.who} {self.said}" if is_apart else f"{self.who}{self.said}"

    @property
    def rule(self) -> tuple[str, str]:
        """The rule as a badge."""
        return _TONES.get(self.row.rule, "warn"), title(self.row.rule)

    @property
    def state(self) -> tuple[str, str]:
        """Whether somebody has looked into it, as a badge."""
        return ("warn", _("待确认")) if self.row.is_open else ("ok", _("已确认"))


def line(row: AlarmRow) -> Line:
    """The alarm in words."""
    today = timezone.localtime(clock.now()).date()
    said = telling.sentence(row.rule, row.facts, row.day, today=today, language=language())
    return Line(row, row.name or _("不再存在的用户"), said)


def title(rule: str) -> str:
    """The rule by its name."""
    return telling.title(rule, language())


def choices() -> list[tuple[str, str]]:
    """The rules with their names."""
    return [(rule, title(rule)) for rule in RULES]


def why(rule: str, limits: Limits) -> str:
    """Why it is strange, with the thresholds in force."""
    return str(WHY[rule]).format_map(limits.as_json())


def language() -> Language:
    """The language of the page."""
    return "en" if wording.is_english() else "zh"
