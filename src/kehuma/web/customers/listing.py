"""The list of customers, said once: for the screen, for files and for "all in this view"."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _

from kehuma.apps.access import queries as access
from kehuma.apps.access.data import ViewRow
from kehuma.apps.customers import queries
from kehuma.apps.customers.data import Row
from kehuma.apps.customers.fields import KINDS, Field
from kehuma.apps.customers.fields import table as field_table
from kehuma.engine.coding.dictionaries import builtin
from kehuma.engine.coding.errors import Language
from kehuma.lib.lists import Column, Filter, Listing, Rows, SavedView
from kehuma.lib.viewer import PERSON_NAMES, Viewer
from kehuma.web.customers.addresses import url_of
from kehuma.web.customers.coding import Coder
from kehuma.web.templatetags.kehuma import Other

# How a condition narrows the rows.
Narrow = Callable[[Viewer, Rows, Any], Rows]

_QUIET_DAYS = (30, 60, 90, 180, 365)
_NEVER_A_COLUMN = frozenset({"code", "name", "kind", "tags", "owner", "parent", "created_at", "updated_at",
                             "last_activity_at", "region", "industry", "notes", "resident_id", "passport"})  # fmt: skip
_LACKED = ("region", "industry")
_SUMMED = frozenset({"number", "money"})


@dataclass(frozen=True, slots=True)
class _Making:
    """What the parts of the list share while it is made."""

    language: Language
    at: datetime
    table: Mapping[str, Field]
    coder: Coder


def listing(viewer: Viewer, at: datetime, coder: Coder, *, is_bin: bool = False) -> Listing:
    """The list as this viewer may read it, with the fields that people defined. ``is_bin``: of the recycle bin."""
    making = _Making(viewer.language, at, field_table(), coder)
    return Listing(
        columns=[*_columns(making, is_bin=is_bin), *_more_columns(making)],
        order="deleted" if is_bin else "-last",
        filters=[] if is_bin else _filters(making),
        rows=queries.rows,
        title=lambda row: str(row.name),
    )


def views(viewer: Viewer, kept: Sequence[ViewRow]) -> list[SavedView]:
    """The views that everybody has, and those that this person keeps."""
    counts = queries.counts(viewer)
    ours = [
        SavedView(_("全部客户")),
        SavedView(_("我的客户"), "owner=me", counts.get("mine")),
        SavedView(_("公海"), "owner=none", counts.get("sea")),
        SavedView(_("90 天未联系"), "quiet=90"),
        SavedView(_("资料待补"), "lacks=region&lacks=industry"),
    ]
    chosen = {one.query for one in kept if one.is_default}
    return [
        *(replace(one, is_default=one.query in chosen) for one in ours),
        *(SavedView(one.name, one.query, is_default=one.is_default) for one in kept if one.name),
    ]


def _columns(making: _Making, *, is_bin: bool) -> list[Column]:
    say = making.language
    last = Column("last", _("最近联系"), lambda row: row.last_activity_at, kind="day", sort="last_activity_at",
                  is_numeric=True, room=2, is_shown=not is_bin, place="m-end")  # fmt: skip
    deleted = Column("deleted", _("移入时间"), lambda row: row.deleted_at, kind="moment", sort="deleted_at",
                     is_numeric=True, is_nullable=True, place="m-end")  # fmt: skip
    return [
        Column("code", _("客户编码"), _badge(making.coder), kind="code", sort="code_id", place="m-code",
               text=lambda row: row.code),
        Column("name", _("名称"), lambda row: (url_of(row.identity), row.name), kind="name", sort="normal_name",
               field_class=PERSON_NAMES, place="m-name", text=lambda row: row.name),
        Column("kind", _("类型"), lambda row: row.text("kind", say), room=2),
        Column("place", _("区域 · 行业"), lambda row: _place(row, say), place="m-sub"),
        Column("mobile", _("电话"), _phone, field_class="personal", room=2),
        Column("tags", _("标签"), lambda row: [tag.name for tag in row.tags], kind="tags", room=3,
               text=lambda row: "、".join(tag.name for tag in row.tags)),
        Column("owner", _("负责人"), _owner, kind="person", place="m-sub2",
               text=lambda row: row.owner.name if row.owner else ""),
        *([deleted] if is_bin else []),
        last,
        Column("created", _("建档日"), lambda row: row.created_at, kind="day", sort="id", is_numeric=True, room=3,
               is_shown=False),
        Column("updated", _("更新"), lambda row: row.updated_at, kind="day", is_numeric=True, room=3, is_shown=False),
        Column("parent", _("上级"), lambda row: row.parent.name if row.parent else "", is_shown=False, room=3),
    ]  # fmt: skip


def _more_columns(making: _Making) -> list[Column]:
    """A column for every other field of the record, those of one's own among them; shown when chosen."""
    return [
        Column(
            field.key,
            field.title(making.language),
            _value_of(field, making.language),
            field_class=field.field_class,
            is_shown=False,
            is_numeric=field.type in _SUMMED,
            room=3,
        )
        for field in [*_split(making.table), *making.table.values()]
        if field.key not in _NEVER_A_COLUMN and field.key != "mobile"
    ]


def _split(table: Mapping[str, Field]) -> list[Field]:
    return [Field("region_only", table["region"].zh, table["region"].en, "division", "public"),
            Field("industry_only", table["industry"].zh, table["industry"].en, "industry", "public")]  # fmt: skip


def _value_of(field: Field, language: Language) -> Callable[[Row], object]:
    key = field.key.removesuffix("_only")
    return lambda row: row.text(key, language)


def _badge(coder: Coder) -> Callable[[Row], object]:
    return lambda row: coder.badge(row.code, scheme=row.scheme, url=url_of(row.identity))


def _place(row: Row, language: Language) -> str:
    """The province and the section of industry, in few words; the record has them whole."""
    return " · ".join(filter(None, (_province(row, language), _section(row, language))))


def _province(row: Row, language: Language) -> str:
    region = str(row.values.get("region", ""))
    entry = next((one for one in builtin("cn-province").entries if region[:2] in one.codes), None) if region else None
    return (entry.zh if language == "zh" else entry.en) if entry else row.text("region", language)


def _section(row: Row, language: Language) -> str:
    industry = str(row.values.get("industry", ""))
    entry = (
        next((one for one in builtin("cn-industry").entries if industry[:1] in one.codes), None) if industry else None
    )
    if entry is None:
        return ""
    return (
        (entry.also[0] if entry.also and len(entry.zh) > len(entry.also[0]) else entry.zh)
        if language == "zh"
        else entry.en
    )


def _phone(row: Row) -> str:
    return str(row.values.get("mobile") or row.values.get("phone") or "")


def _owner(row: Row) -> object:
    return row.owner.name if row.owner else Other("badge", ("line", _("公海")))


def _filters(making: _Making) -> list[Filter]:
    say = making.language
    provinces = [(entry.codes[0], entry.zh if say == "zh" else entry.en) for entry in builtin("cn-province").entries]
    sections = [
        (next(code for code in entry.codes if code.isalpha()), entry.zh if say == "zh" else entry.en)
        for entry in builtin("cn-industry").entries
        if any(code.isalpha() for code in entry.codes)
    ]
    quiet = [(str(days), _("{n} 天").format(n=days)) for days in _QUIET_DAYS]
    return [
        Filter("region", _several(_("区域"), provinces), _asking("region")),
        Filter("industry", _several(_("行业"), sections), _asking("industry")),
        Filter("tags", _several(_("标签"), [(tag.name, tag.name) for tag in queries.tags()]), _asking("tags")),
        Filter("lacks", _several(_("缺少"), [(key, making.table[key].title(say)) for key in _LACKED]), _lacking),
        Filter("kind", _one(_("类型"), [(one.key, one.title(say)) for one in KINDS]), _asking("kind")),
        Filter("owner", _one(_("负责人"), owners()), _asking("owner")),
        Filter("from", _date(_("建档不早于")), _since("created_at", 0)),
        Filter("to", _date(_("建档不晚于")), _since("created_at", 1)),
        Filter("restricted", _one(_("限制处理"), [("yes", _("只看已限制的")), ("no", _("不看已限制的"))]), _restricted),
        Filter("quiet", _one(_("多久未联系"), quiet), _quiet(making.at)),
        *_own_filters(making),
    ]  # fmt: skip


def _own_filters(making: _Making) -> list[Filter]:
    known = [field for field in making.table.values() if field.filterable and field.store == "custom"]
    return [
        Filter(field.key, _own(field, making.language), _asking(field.key), field_class=field.field_class)
        for field in known
    ]


def _own(field: Field, language: Language) -> forms.Field:
    if field.choices:
        return _several(field.title(language), [(one.key, one.title(language)) for one in field.choices])
    if field.type == "date":
        return _date(field.title(language))
    return forms.CharField(label=field.title(language), required=False, max_length=200)


def owners() -> list[tuple[str, str]]:
    """Who may be asked for as the owner of customers: oneself, nobody, each colleague."""
    people = [(str(one.id), one.name) for one in access.colleagues()]
    return [("me", _("我")), ("none", _("公海（没有负责人）")), *people]


def _asking(key: str) -> Narrow:
    def narrow(viewer: Viewer, rows: Rows, value: object) -> Rows:
        asked = value if isinstance(value, (str, list)) else str(value)
        return queries.filtered(viewer, {key: asked}, rows)

    return narrow


def _since(key: str, side: int) -> Narrow:
    def narrow(viewer: Viewer, rows: Rows, value: date) -> Rows:
        ends = ("", value.isoformat()) if side else (value.isoformat(), "")
        return queries.filtered(viewer, {key: ends}, rows)

    return narrow


def _quiet(at: datetime) -> Narrow:
    def narrow(viewer: Viewer, rows: Rows, value: str) -> Rows:
        day = (at - timedelta(days=int(value))).date().isoformat()
        return queries.filtered(viewer, {"last_activity_at": ("", day)}, rows)

    return narrow


def _restricted(_viewer: Viewer, rows: Rows, value: str) -> Rows:
    return rows.filter(restricted_at__isnull=value != "yes")


def _lacking(_viewer: Viewer, rows: Rows, value: Sequence[str]) -> Rows:
    lacks = Q()
    for key in value:
        lacks |= Q(**{key: ""})
    return rows.filter(lacks)


def _several(label: str, choices: Sequence[tuple[str, str]]) -> forms.Field:
    widget = forms.CheckboxSelectMultiple()
    return forms.MultipleChoiceField(label=label, choices=choices, required=False, widget=widget)


def _one(label: str, choices: Sequence[tuple[str, str]]) -> forms.Field:
    return forms.ChoiceField(label=label, choices=[("", "—"), *choices], required=False)


def _date(label: str) -> forms.Field:
    return forms.DateField(label=label, required=False, widget=forms.DateInput({"type": "date"}))
