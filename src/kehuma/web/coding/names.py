"""What rules, parts and options are called."""

from collections.abc import Mapping, Sequence

from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from kehuma.apps.codes import listing, queries
from kehuma.engine.coding.errors import SchemeError
from kehuma.web.badges import Part
from kehuma.web.coding import said
from kehuma.web.coding.said import Text

_KEY, _SECONDS = "coding-numbers", 60

OPTIONS: dict[str, Text] = {
    "width": _("位数"),
    "widest": _("最多位数"),
    "start": _("起始"),
    "step": _("步长"),
    "alphabet": _("字符"),
    "overflow": _("满了以后"),
    "allocation": _("跳号"),
    "order": _("次序"),
    "attribute": _("取自字段"),
    "default": _("字段为空时写"),
    "unknown": _("码表里没有的值"),
    "live": _("可变"),
    "format": _("格式"),
    "drop": _("略去"),
    "algorithm": _("算法"),
    "fill": _("填充字符"),
    "depth": _("同类最多几级"),
    "schemes": _("上级的规则"),
    "effective": _("生效日期"),
    "max_length": _("最长几个字符"),
    "subject": _("给什么编码"),
    "overlaps": _("允许相交的规则"),
    "separators": _("分隔符"),
    "case": _("大小写"),
    "time_zone": _("时区"),
    "pad": _("不足时前补"),
    "take": _("只取"),
    "name": _("标识"),
}
VALUES: dict[str, Text] = {
    "stop": _("停发"),
    "lengthen": _("加一位"),
    "letters": _("转字母"),
    "fast": _("可以跳号"),
    "gapless": _("不许跳号"),
    "reject": _("拒绝"),
    "required": _("必须"),
    "optional": _("可省"),
    "true": _("是"),
    "false": _("否"),
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


def published() -> Sequence[tuple[str, str]]:
    """The rules of the register, each with its name for people."""
    newest = {one.name: one for one in queries.versions()}
    return [(name, _title(name, one.source)) for name, one in sorted(newest.items())]


def titles() -> Mapping[str, str]:
    """The names for people by the names of rules."""
    return dict(published())


def numbers() -> Mapping[str, int]:
    """How many codes each rule has given out: a walk over all of them, kept for a minute."""
    kept: Mapping[str, int] | None = cache.get(_KEY)
    if kept is None:
        kept = dict(listing.number_by_scheme())
        cache.set(_KEY, kept, _SECONDS)
    return kept


def of_part(name: str) -> str:
    """What a part of this name is called."""
    return Part("", "", name).title


def of_option(name: object) -> str:
    """What an option is called."""
    return str(OPTIONS.get(str(name), name))


def of_value(value: object) -> object:
    """A value of an option in words, where it is a word of the file."""
    return str(VALUES[value]) if isinstance(value, str) and value in VALUES else value


def _title(name: str, source: str) -> str:
    try:
        return said.title(queries.grammar_of_file(source).scheme)
    except SchemeError:
        return name
