"""What several pages of coding say in the same words."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kehuma.engine.coding.errors import Language
from kehuma.engine.coding.model import Scheme
from kehuma.web import wording

Text = str | Promise

SUBJECTS: dict[str, Text] = {
    "customer": gettext_lazy("客户"),
    "order": gettext_lazy("订单"),
    "ticket": gettext_lazy("工单"),
    "device": gettext_lazy("设备"),
    "account": gettext_lazy("账户"),
    "unit": gettext_lazy("部门"),
}
STATES: dict[str, tuple[str, Text]] = {
    "reserved": ("info", gettext_lazy("预留")),
    "issued": ("ok", gettext_lazy("在用")),
    "superseded": ("", gettext_lazy("已换码")),
    "merged": ("", gettext_lazy("已归并")),
    "retired": ("warn", gettext_lazy("已停用")),
    "void": ("bad", gettext_lazy("已作废")),
}
DICTIONARIES: dict[str, Text] = {
    "cn-province": gettext_lazy("省级行政区（GB/T 2260）"),
    "cn-province-plate": gettext_lazy("省级行政区（车牌字母）"),
    "cn-division": gettext_lazy("县以上行政区划（GB/T 2260）"),
    "cn-city": gettext_lazy("城市（三位字母）"),
    "cn-industry": gettext_lazy("行业门类（GB/T 4754）"),
    "iso-3166": gettext_lazy("国家和地区（ISO 3166）"),
    "customer-kind": gettext_lazy("客户类型（企业、个人）"),
}
# What was changed in a text before it could be read.
NORMALISED: dict[str, Text] = {
    "letters": gettext_lazy("大小写已归一"),
    "separators": gettext_lazy("已补上分隔符"),
    "look-alikes": gettext_lazy("看错的字母已纠正"),
    "alias": gettext_lazy("由别名找到"),
}
REASONS: dict[str, Text] = {
    "check-character": gettext_lazy("差一个字符，校验位对得上"),
    "live-part": gettext_lazy("可变段不在码表内"),
    "loose": gettext_lazy("去掉分隔符后相同"),
    "readings": gettext_lazy("有多种读法"),
    "similar": gettext_lazy("差一处，没有校验位可对"),
    "alias": gettext_lazy("别名相同"),
}


def language() -> Language:
    """The language of the page."""
    return "en" if wording.is_english() else "zh"


def title(scheme: Scheme) -> str:
    """The name of a scheme for people."""
    ours, other = (scheme.title.en, scheme.title.zh) if wording.is_english() else (scheme.title.zh, scheme.title.en)
    return ours or other or scheme.name


def quoted(name: str) -> str:
    """A name in the quotation marks of the page's language."""
    return f"“{name}”" if wording.is_english() else f"「{name}」"


def subject(name: str) -> str:
    """What a scheme numbers, in words."""
    return str(SUBJECTS.get(name, name))


def dictionary(name: str) -> str:
    """What a dictionary holds, in words; "" for one of a scheme's own."""
    return str(DICTIONARIES.get(name, ""))


def state(name: str) -> tuple[str, str]:
    """The tone and the word of a code's state."""
    tone, word = STATES.get(name, ("", name))
    return tone, str(word)


def normalised(notes: tuple[str, ...] | list[str]) -> str:
    """What had to be mended, in words."""
    return _("、").join(str(NORMALISED.get(note, note)) for note in notes)


def reason(name: str) -> str:
    """Why a code is suggested."""
    return str(REASONS.get(name, name))
