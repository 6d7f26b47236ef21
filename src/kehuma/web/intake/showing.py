"""What the pages of one import show."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kehuma.apps.codes import queries as codes
from kehuma.apps.codes.errors import UnknownSchemeError
from kehuma.apps.customers import fields as record
from kehuma.apps.customers import queries as customers
from kehuma.apps.customers.fields import Field
from kehuma.apps.intake import queries
from kehuma.apps.intake.data import DuplicateRow, FaultRow, Import, Slice
from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.scheme_file import load_scheme
from kehuma.lib import clock
from kehuma.web import badges, wording
from kehuma.web.badges import Badge

STEPS = (
    gettext_noop("上传"),
    gettext_noop("识别"),
    gettext_noop("列映射"),
    gettext_noop("试运行"),
    gettext_noop("提交"),
    gettext_noop("报告"),
)
STATES = {
    "received": ("info", gettext_noop("待映射")),
    "checking": ("info", gettext_noop("试运行中")),
    "checked": ("warn", gettext_noop("待提交")),
    "committing": ("info", gettext_noop("提交中")),
    "stopped": ("warn", gettext_noop("已停下")),
    "done": ("ok", gettext_noop("已完成")),
    "undone": ("", gettext_noop("已撤销")),
    "failed": ("bad", gettext_noop("未完成")),
}
_TIDIED = {
    "text": gettext_noop("全角、空格与标点"),
    "phone": gettext_noop("电话写法"),
    "date": gettext_noop("日期写法"),
    "identifier": gettext_noop("证件号写法"),
    "email": gettext_noop("邮箱写法"),
}
_GROUPS = (
    (gettext_noop("基本"), ("name", "kind", "short_name", "former_names", "region", "address", "industry", "country")),
    (gettext_noop("联系人"), ("contact_name", "contact_role", "mobile", "phone", "email", "wechat")),
    (gettext_noop("编号与证件"), ("own_number", "code", "uscc", "tax_number", "resident_id", "passport")),
    (gettext_noop("其他"), ("parent", "source", "tags", "owner", "notes")),
)
_NEW = (
    ("new:text", gettext_noop("新字段：文字")),
    ("new:number", gettext_noop("新字段：数字")),
    ("new:money", gettext_noop("新字段：金额")),
    ("new:date", gettext_noop("新字段：日期")),
)
_SHOWN_CHIPS = 6
_SHOWN_BARS = 8
_NEARLY_FULL = 0.9

Groups = list[tuple[str, list[tuple[str, str]]]]


def language() -> str:
    """The language of the page."""
    return "en" if wording.is_english() else "zh"


def head(one: Import) -> dict[str, Any]:
    """What stands at the head of every page of an import."""
    return {
        "one": one,
        "name": name_of(one),
        "crumbs": [(reverse("imports"), _("导入与清洗")), ("", name_of(one))],
        "fact": fact_of(one),
        "steps": [_(step) for step in STEPS],
    }


def name_of(one: Import) -> str:
    """What the file was called; what is left to say where that is sealed or gone."""
    return one.name or (_("已封存") if one.is_sealed else one.source or _("已删除的名单"))


def fact_of(one: Import) -> str:
    """Rows, encoding or sheet, as the head of the page says it."""
    told = [_("{n} 行").format(n=wording.number(one.expected or one.done))]
    if one.cleared_at:
        return told[0]
    if one.kind == "csv":
        told.append(one.encoding.upper().replace("-SIG", " BOM"))
    if one.sheet:
        told.append(_("工作表“{sheet}”").format(sheet=one.sheet))
    return _("，").join([*told, _("表头在第 1 行")])


def mapping(one: Import, *, can_define: bool, chosen: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The page on which columns are given their fields."""
    columns = queries.columns(one)
    rows = [
        {
            "place": index,
            "name": column.name,
            "examples": column.examples,
            "target": chosen.get(column.name, "") if chosen is not None else column.target,
        }
        for index, column in enumerate(columns)
    ]
    return {
        "rows": rows,
        "groups": target_groups(can_define=can_define),
        "mapped": sum(bool(row["target"]) for row in rows),
        "sources": queries.sources(),
        "sample": one.sample[:5],
    }


def target_groups(*, can_define: bool) -> Groups:
    """The fields to choose from, in groups."""
    table, spoken = queries.targets(), language()
    groups: Groups = [
        (_(title), [(key, titled(table[key], spoken)) for key in keys if key in table]) for title, keys in _GROUPS
    ]
    own = [(key, field.title(_as_language(spoken))) for key, field in table.items() if field.store == "custom"]
    if own:
        groups.append((_("自定义字段"), own))
    if can_define:
        groups.append((_("新建自定义字段"), [(key, _(title)) for key, title in _NEW]))
    return groups


def titled(field: Field, spoken: str) -> str:
    """The title of a field as a choice."""
    if field.key == "code":
        return _("客户编码（更新已有客户）")
    return field.title(_as_language(spoken))


def schemes() -> tuple[tuple[str, str], ...]:
    """The published rules, newest versions, by name and title."""
    found: dict[str, str] = {}
    for version in codes.versions():
        title = load_scheme(version.source, dictionaries=codes.dictionary).title
        spoken = (title.en or title.zh) if language() == "en" else (title.zh or title.en)
        found[version.name] = spoken or version.name
    return tuple(found.items())


def checked(one: Import, *, field: str = "", start: int = 0, tab: str = "faults") -> dict[str, Any]:
    """The page of the dry run's result."""
    tally = queries.tally(one)
    counts = queries.fault_counts(one)
    grammar = grammar_of(one.scheme)
    faults = queries.faults(one, field, start)
    duplicates = queries.duplicates(one, start if tab == "duplicates" else 0)
    tab = tab if tab in ("faults", "duplicates", "preview") else "faults"
    if tab == "faults" and not faults.total and not field:
        tab = "duplicates" if duplicates.total else "preview"
    return {
        **head(one),
        "tally": tally,
        "is_faults": tab == "faults",
        "is_duplicates": tab == "duplicates",
        "is_preview": tab == "preview",
        "field": field,
        "fault_total": sum(count for _name, count, _n in counts),
        "suggested": sum(n for name, _count, n in counts if not field or name == field),
        "chips": _chips(one, counts, field),
        "faults": [_fault(fault) for fault in faults.rows],
        "fault_slice": _paged(one, faults, "faults", field),
        "damaged": queries.damaged(one),
        "duplicates": [_duplicate(row, grammar) for row in duplicates.rows],
        "duplicate_slice": _paged(one, duplicates, "duplicates", ""),
        "preview": _previewed(one, grammar),
        "keys": _keys(one, grammar),
        "tidied": [(_(_TIDIED[kind]), n) for kind, n in sorted(one.counts.get("tidied", {}).items()) if n],
        "tidied_total": sum(one.counts.get("tidied", {}).values()),
        "in_file": one.counts.get("in_file", 0),
        "modes": _modes(tally),
        "is_empty_allowed": bool(field) and not record.table()[field].required if field in record.table() else False,
        "field_title": field_title(field) if field else "",
    }


def report(one: Import) -> dict[str, Any]:
    """The page of what came of it."""
    committed, spoken = one.counts.get("committed", {}), language()
    return {
        **head(one),
        "committed": {
            name: committed.get(name, 0)
            for name in ("created", "updated", "unchanged", "skipped", "rejected", "unplaced")
        },
        "regions": _bars(committed.get("regions", {}), lambda key: customers.name_of_division(f"{key}0000", spoken)),
        "industries": _bars(committed.get("industries", {}), lambda key: customers.name_of_industry(key, spoken)),
        "rejected": queries.number_rejected(one),
    }


def grammar_of(scheme: str) -> Grammar | None:
    """The grammar of the rule, None where it is not published any more."""
    try:
        return codes.grammar(scheme, clock.now())
    except UnknownSchemeError:
        return None


def field_title(key: str) -> str:
    """The title of a field in the language of the page."""
    return queries.title_of(record.table(), key)[language()]


def _as_language(spoken: str) -> Any:  # noqa: ANN401 - a literal of the engine
    return spoken


def _chips(one: Import, counts: Sequence[tuple[str, int, int]], field: str) -> list[tuple[str, str, int, bool]]:
    total = sum(count for _name, count, _n in counts)
    url = reverse("import", args=[one.uuid])
    chips = [(url, _("全部"), total, not field)]
    shown = list(counts[:_SHOWN_CHIPS])
    shown += [row for row in counts[_SHOWN_CHIPS:] if row[0] == field]
    return chips + [(f"{url}?field={name}", field_title(name), count, name == field) for name, count, _n in shown]


def _fault(fault: FaultRow) -> dict[str, Any]:
    return {
        "number": fault.number,
        "title": fault.title or _("（空）"),
        "field": fault.field,
        "field_title": field_title(fault.field),
        "value": fault.value,
        "said": fault.en if wording.is_english() else fault.zh,
        "suggestion": fault.suggestion,
        "alike": fault.alike,
    }


def _duplicate(row: DuplicateRow, grammar: Grammar | None) -> dict[str, Any]:
    others = _merged(row.others)
    return {
        "number": row.number,
        "title": row.title or _("（空）"),
        "others": [_other(one, same, grammar) for one, same in others[:3]],
        "more": max(0, len(others) - 3),
        "decision": row.decision,
        "is_updatable": row.is_updatable,
    }


def _merged(others: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], list[str]]]:
    """Each row or customer once, with all that is the same."""
    found: dict[str, tuple[Mapping[str, Any], list[str]]] = {}
    for one in others:
        name = f"#{one['row']}" if "row" in one else str(one["identity"])
        found.setdefault(name, (one, []))[1].append(str(one["field"]))
    return list(found.values())


def _other(one: Mapping[str, Any], same: Sequence[str], grammar: Grammar | None) -> dict[str, Any]:
    said = _("、").join(_("整行") if name == "row" else field_title(name) for name in same)
    if "row" in one:
        return {"row": one["row"], "same": said}
    shown = badge_of(grammar, str(one["identity"]))
    return {"badge": shown, "name": one["name"], "owner": one["owner_name"], "same": said}


def badge_of(grammar: Grammar | None, code: str) -> Badge:
    """The badge of a code that leads to its record."""
    shown = badges.badge(grammar, code) if grammar else badges.plain(code)
    return shown.to(reverse("customer", args=[code])) if _has_records() else shown


def _has_records() -> bool:
    from kehuma.web import pages  # noqa: PLC0415 - pages imports us

    return pages.is_page("customer")


def _previewed(one: Import, grammar: Grammar | None) -> list[dict[str, Any]]:
    return [
        {**row, "badge": badges.badge(grammar, row["code"]) if grammar and row["code"] else None}
        for row in one.estimate.get("rows", [])
    ]


def _keys(one: Import, grammar: Grammar | None) -> list[dict[str, Any]]:
    return [_key(row, grammar) for row in one.estimate.get("keys", [])] if grammar else []


def _key(row: Mapping[str, Any], grammar: Grammar | None) -> dict[str, Any]:
    assert grammar is not None  # noqa: S101 - asked before
    pairs = [pair.partition("=")[::2] for pair in row["key"].split(" ") if pair]
    shown = badges.key_badge(grammar, pairs)
    used, new, room = row["used"], row["new"], row["room"]
    share = (used + new) / room if room else 0
    tone = "full" if share > 1 else "warn" if share >= _NEARLY_FULL else ""
    left = max(0, room - used - new)
    end = _("提交后剩 {n}").format(n=wording.number(left)) if share <= 1 else _("号码不够，超出的行会退回")
    if row.get("grows"):
        tone, end = "", _("用满后自动加一位")
    return {
        "badge": shown,
        "name": " · ".join(part.meaning for part in shown.parts if part.kind != "sep" and part.meaning),
        "used": used,
        "held": min(new, max(0, room - used)),
        "total": room,
        "tone": tone,
        "foot": _("本批 +{n}").format(n=wording.number(new)),
        "end": end,
    }


def _modes(tally: Mapping[str, int]) -> list[tuple[str, str, int]]:
    create, update = tally["create"], tally["update"]
    both = _("新建 {create}，更新 {update}").format(create=wording.number(create), update=wording.number(update))
    return [("both", both, create + update), ("create", _("只新建"), create), ("update", _("只更新"), update)]


def _bars(counts: Mapping[str, int], name: Callable[[str], str]) -> dict[str, Any]:
    most = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    rows = [(None, (name(key) if key else "") or _("未填"), count, "") for key, count in most[:_SHOWN_BARS]]
    rest = sum(count for _key, count in most[_SHOWN_BARS:])
    return {"rows": rows, "most": most[0][1] if most else 0, "rest": rest}


def _paged(one: Import, part: Slice, tab: str, field: str) -> dict[str, Any]:
    url = f"{reverse('import', args=[one.uuid])}?tab={tab}" + (f"&field={field}" if field else "")
    size = max(1, len(part.rows))
    return {
        "first": part.start + 1 if part.rows else 0,
        "last": part.end,
        "total": part.total,
        "previous": f"{url}&start={max(0, part.start - 20)}" if part.start else "",
        "next": f"{url}&start={part.end}" if part.end < part.total and size else "",
    }
