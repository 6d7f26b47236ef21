"""What an event says of itself, fact by fact, in plain words. Marks of rows and digests are left out: they say nothing."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kehuma.apps.audit.data import Testimony
from kehuma.apps.customers.fields import table as field_table
from kehuma.web import rights, wording
from kehuma.web.alarms import words as alarm_words
from kehuma.web.alarms.forms import LimitsForm
from kehuma.web.coding import said
from kehuma.web.coding.states import WHY
from kehuma.web.log.words import Thing, Words, is_uuid
from kehuma.web.sharing import words as sharing

Value = list[Thing]
_SHOWN = 12
_SCOPES = {"own": gettext_lazy("本人"), "team": gettext_lazy("本组"), "all": gettext_lazy("全部")}
_CLASSES = {
    "public": gettext_lazy("公开"),
    "internal": gettext_lazy("内部"),
    "personal": gettext_lazy("个人信息"),
    "sensitive": gettext_lazy("敏感"),
}
_REASONS = {
    "contact": gettext_lazy("联系客户"),
    "check": gettext_lazy("核对资料"),
    "contract": gettext_lazy("开票或合同"),
    "own-words": gettext_lazy("自己写的原因，封存在客户档案里"),
}
_PURPOSES = {"invite": gettext_lazy("邀请"), "join": gettext_lazy("邀请"), "password": gettext_lazy("重设密码")}
_ENTRIES = {
    "call": gettext_lazy("电话"),
    "visit": gettext_lazy("拜访"),
    "mail": gettext_lazy("邮件"),
    "message": gettext_lazy("消息"),
    "note": gettext_lazy("批注"),
}
_PERSON_FIELDS = {
    "name": gettext_lazy("姓名"),
    "username": gettext_lazy("账号"),
    "email": gettext_lazy("邮箱"),
    "language": gettext_lazy("语言"),
    "role": gettext_lazy("角色"),
    "team": gettext_lazy("小组"),
    "contacts": gettext_lazy("联系人"),
    "identifiers": gettext_lazy("证件与编号"),
    "parent": gettext_lazy("上级单位"),
    "owner": gettext_lazy("负责人"),
    "tags": gettext_lazy("标签"),
}
_FILES = {"csv": "CSV", "xlsx": "Excel", "table": "CSV", "files": "log.jsonl"}


def facts(words: Words, event: Testimony) -> list[tuple[str, Value, int]]:
    """Each fact with its label, the first of its values, and how many more there are."""
    if event.kind == "access.role-changed":
        return _role_change(event)
    told = []
    area = event.kind.partition(".")[0]
    for key, value in event.detail.items():
        said_so = _SAID.get(f"{area}.{key}") or _SAID.get(key)
        if said_so is None or value in (None, "", [], {}):
            continue
        label, say = said_so
        if values := [one for one in say(words, value) if one.text]:
            told.append((str(label), values[:_SHOWN], max(len(values) - _SHOWN, 0)))
    return told


def _role_change(event: Testimony) -> list[tuple[str, Value, int]]:
    before, after = (event.detail.get(key) or {} for key in ("before", "after"))
    had, has = (set(one.get("permissions", ())) for one in (before, after))
    changes: Sequence[tuple[str, list[str]]] = (
        (_("名称"), [after["name"]] if after.get("name") != before.get("name") else []),
        (_("增加的权限"), [rights.title(one) for one in sorted(has - had)]),
        (_("去掉的权限"), [rights.title(one) for one in sorted(had - has)]),
        (
            _("范围"),
            [str(_SCOPES.get(str(after.get("scope")), ""))] if after.get("scope") != before.get("scope") else [],
        ),
        (
            _("可见信息"),
            [str(_CLASSES.get(one, "")) for one in after.get("sees", ())]
            if after.get("sees") != before.get("sees")
            else [],
        ),
        (_("要求两步验证"), _yes(after) if after.get("asks_second_factor") != before.get("asks_second_factor") else []),
    )
    return [(label, [Thing(one) for one in values if one], 0) for label, values in changes if any(values)]


def _yes(role: Mapping[str, Any]) -> list[str]:
    return [_("是") if role.get("asks_second_factor") else _("否")]


def _text(_words: Words, value: object) -> Value:
    """A text, or texts, as they are; marks of rows say nothing."""
    if isinstance(value, list):
        return [one for each in value for one in _text(_words, each)]
    if isinstance(value, bool):
        return [Thing(_("是") if value else _("否"))]
    if isinstance(value, (int, float)):
        return [Thing(wording.number(value))]
    return [Thing(value)] if isinstance(value, str) and not is_uuid(value) else []


def _codes(words: Words, value: object) -> Value:
    return (
        [words.code(one) for one in value if isinstance(one, str)] if isinstance(value, list) else _text(words, value)
    )


def _code(words: Words, value: object) -> Value:
    return [words.code(value)] if isinstance(value, str) else []


def _person(words: Words, value: object) -> Value:
    return [Thing(words.who(value))] if isinstance(value, str) else []


def _alarm_rule(_words: Words, value: object) -> Value:
    return [Thing(alarm_words.title(value))] if isinstance(value, str) and value in alarm_words.WHY else []


def _changed(_words: Words, value: object) -> Value:
    """Thresholds by their labels, with what they were and are; lists say only that they changed."""
    told = value.items() if isinstance(value, Mapping) else ()
    labels = {key: str(field.label) for key, field in LimitsForm.base_fields.items()}
    labels["off"] = labels.pop("on")
    return [
        Thing(labels[key] if isinstance(pair[0], list) else f"{labels[key]} {pair[0]} → {pair[1]}")
        for key, pair in told
        if key in labels
    ]


def _members(_words: Words, value: object) -> Value:
    return [Thing(wording.number(value.get("count")))] if isinstance(value, Mapping) else []


def _among(*known: Mapping[str, Any]) -> Callable[[Words, object], Value]:
    """One of these words; a text that is none of them is somebody's own."""

    def say(words: Words, value: object) -> Value:
        each = value if isinstance(value, list) else [value]
        return [one for text in each for one in _known(known, text) or _text(words, text)]

    return say


def _known(known: Sequence[Mapping[str, Any]], text: object) -> Value:
    title = next((one[text] for one in known if isinstance(text, str) and text in one), None)
    # States stand beside the tone of their badge.
    return [] if title is None else [Thing(str(title[1] if isinstance(title, tuple) else title))]


def _fields(words: Words, value: object) -> Value:
    """Fields of the record by their names; one that is gone since is told by its own."""
    table = field_table()
    told = []
    for key in value if isinstance(value, list) else [value]:
        known = table.get(str(key))
        own = _PERSON_FIELDS.get(str(key))
        told.append(Thing(known.title(words.viewer.language) if known else str(own or _("其他字段"))))
    return told


def _given(words: Words, value: object) -> Value:
    """Columns that somebody outside got."""
    names = [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
    return [Thing(one) for one in sharing.titles(names, words.viewer.language)]


def _rights(_words: Words, value: object) -> Value:
    return [Thing(rights.title(one)) for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _role(words: Words, value: object) -> Value:
    return [Thing(words.role(str(value)))]


def _moment(_words: Words, value: object) -> Value:
    at = parse_datetime(value) if isinstance(value, str) else None
    return [Thing(f"{_local(at):%Y-%m-%d %H:%M}")] if at else _text(_words, value)


def _local(at: datetime) -> datetime:
    return timezone.localtime(at) if timezone.is_aware(at) else at


def _bytes(_words: Words, value: object) -> Value:
    return [Thing(f"{wording.number(value)} B")] if isinstance(value, int) else []


Say = Callable[[Words, object], Value]
# By the name of the fact; before it, where it means something else there, by that of the area and the fact.
_SAID: Mapping[str, tuple[Promise, Say]] = {
    "version": (gettext_lazy("版本"), _text),
    "members": (gettext_lazy("编码个数"), _members),
    "codes": (gettext_lazy("编码"), _codes),
    "taken": (gettext_lazy("已有同样写法而跳过"), _text),
    "number": (gettext_lazy("号"), _text),
    "source": (gettext_lazy("来源"), _text),
    "before": (gettext_lazy("原来"), _among(said.STATES)),
    "after": (gettext_lazy("之后"), _among(said.STATES)),
    "reason": (gettext_lazy("原因"), _among(WHY, _REASONS)),
    "by": (gettext_lazy("由此编码接替"), _code),
    "system": (gettext_lazy("系统"), _text),
    "text": (gettext_lazy("写法"), _text),
    "count": (gettext_lazy("个数"), _text),
    "counters": (gettext_lazy("计数器个数"), _text),
    "entries": (gettext_lazy("条目数"), _text),
    "revision": (gettext_lazy("第几稿"), _text),
    "needs_review": (gettext_lazy("发布前要审核"), _text),
    "scheme": (gettext_lazy("所用规则"), _text),
    "fields": (gettext_lazy("字段"), _fields),
    "field": (gettext_lazy("字段"), _fields),
    "columns": (gettext_lazy("列"), _fields),
    "tags": (gettext_lazy("标签"), _text),
    "customers": (gettext_lazy("客户数"), _text),
    "reverted": (gettext_lazy("已撤销"), _text),
    "kept": (gettext_lazy("保持现状"), _text),
    "rows": (gettext_lazy("行数"), _text),
    "created": (gettext_lazy("新建数"), _text),
    "updated": (gettext_lazy("更新数"), _text),
    "known": (gettext_lazy("已有"), _text),
    "rejected": (gettext_lazy("未导入"), _text),
    "kind": (gettext_lazy("类型"), _among(_ENTRIES, _FILES)),
    "mentioned": (gettext_lazy("提到的人数"), _text),
    "due": (gettext_lazy("日期"), _moment),
    "bytes": (gettext_lazy("文件大小"), _bytes),
    "class": (gettext_lazy("信息级别"), _among(_CLASSES)),
    "role": (gettext_lazy("角色"), _role),
    "permissions": (gettext_lazy("权限"), _rights),
    "scope": (gettext_lazy("范围"), _among(_SCOPES)),
    "sees": (gettext_lazy("可见信息"), _among(_CLASSES)),
    "asks_second_factor": (gettext_lazy("要求两步验证"), _text),
    "name": (gettext_lazy("名称"), _text),
    "purpose": (gettext_lazy("用途"), _among(_PURPOSES)),
    "minutes": (gettext_lazy("分钟"), _text),
    "days": (gettext_lazy("天数"), _text),
    "witnessed": (gettext_lazy("见证过的条数"), _text),
    "here": (gettext_lazy("这里的条数"), _text),
    "moved": (gettext_lazy("跳过号码的计数器"), _text),
    "unknown": (gettext_lazy("这里没有的计数器"), _text),
    "size": (gettext_lazy("日志条数"), _text),
    "faults": (gettext_lazy("不成立之处"), _text),
    "first": (gettext_lazy("第一处"), _text),
    "since": (gettext_lazy("自"), _moment),
    "until": (gettext_lazy("至"), _moment),
    "needed": (gettext_lazy("需要几人签名"), _text),
    "subjects": (gettext_lazy("个数"), _text),
    "host": (gettext_lazy("接收方"), _text),
    "connectors.columns": (gettext_lazy("列"), _given),
    "connectors.epoch": (gettext_lazy("第几期"), _text),
    "connectors.left_out": (gettext_lazy("去掉的行"), _text),
    "connectors.rare_kept": (gettext_lazy("可能认出的行"), _text),
    "connectors.found": (gettext_lazy("读回的个数"), _text),
    "connectors.first": (gettext_lazy("自"), _moment),
    "connectors.last": (gettext_lazy("至"), _moment),
    "intake.size": (gettext_lazy("文件大小"), _bytes),
    "status": (gettext_lazy("应答"), _text),
    "alarms.reader": (gettext_lazy("关于谁"), _person),
    "alarms.rule": (gettext_lazy("规则"), _alarm_rule),
    "alarms.day": (gettext_lazy("日期"), _text),
    "alarms.first": (gettext_lazy("从编码"), _code),
    "alarms.last": (gettext_lazy("到编码"), _code),
    "alarms.code": (gettext_lazy("编码"), _code),
    "alarms.misses": (gettext_lazy("查不到"), _text),
    "alarms.all": (gettext_lazy("查看的编码"), _text),
    "alarms.usual": (gettext_lazy("平时一天"), _text),
    "alarms.limit": (gettext_lazy("阈值"), _text),
    "alarms.changed": (gettext_lazy("修改"), _changed),
}
