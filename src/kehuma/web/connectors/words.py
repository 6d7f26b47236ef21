"""Kinds of events, and what came of messages, in words."""

from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# By subject, in the order of the boxes: the kind, and what it says.
KINDS: Sequence[tuple[Promise, Sequence[tuple[str, Promise]]]] = (
    (
        gettext_lazy("编码"),
        (
            ("code.issued", gettext_lazy("发出编码")),
            ("code.reserved", gettext_lazy("预留编码")),
            ("code.state_changed", gettext_lazy("编码停用、作废、归并、恢复")),
            ("code.alias_changed", gettext_lazy("编码的别名与外部编号变化")),
        ),
    ),
    (
        gettext_lazy("客户"),
        (
            ("customer.created", gettext_lazy("新建客户")),
            ("customer.updated", gettext_lazy("修改客户资料")),
            ("customer.owner_changed", gettext_lazy("客户换了负责人或回到公海")),
            ("customer.deleted", gettext_lazy("客户移入回收站")),
            ("customer.restored", gettext_lazy("客户从回收站恢复")),
            ("customer.erased", gettext_lazy("个人信息按请求销毁")),
        ),
    ),
    (
        gettext_lazy("导入与规则"),
        (
            ("import.finished", gettext_lazy("导入完成")),
            ("import.undone", gettext_lazy("导入被撤销")),
            ("scheme.published", gettext_lazy("编码规则发布")),
            ("dictionary.extended", gettext_lazy("码表增加条目")),
        ),
    ),
)
_TITLES: Mapping[str, Promise] = {name: title for _group, kinds in KINDS for name, title in kinds}
_REASONS: Mapping[str, Promise] = {
    "timeout": gettext_lazy("没有在限时内回答"),
    "connection": gettext_lazy("连接不上"),
    "tls": gettext_lazy("证书不可信或不是这个域名的"),
    "answer": gettext_lazy("回答看不懂"),
    "place-unknown": gettext_lazy("域名没有解析"),
    "place-private": gettext_lazy("域名指向内部网络，没有发送"),
    "place-plain": gettext_lazy("没有加密，没有发送"),
}


def title(kind: str) -> str:
    """The kind of event in words."""
    return _("测试消息") if kind == "webhook.test" else str(_TITLES.get(kind, kind))


def result(status: int | None, reason: str) -> str:
    """What came of an attempt, in a few words."""
    if status is None:
        return str(_REASONS.get(reason, _("没有送出")))
    if 200 <= status < 300:
        return _("已送达")
    if 300 <= status < 400:
        return _("对方要求转到别处，没有跟随")
    match status:
        case 401 | 403:
            return _("对方拒绝了签名或身份")
        case 404:
            return _("对方没有这个地址")
        case 410:
            return _("对方不再接收")
        case 429:
            return _("对方嫌太快")
        case _ if status < 500:
            return _("对方不接受这条消息")
        case _:
            return _("对方出错了")
