"""Forms made of the table of fields: what the record knows, people can fill in, their own fields among it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kehuma.apps.customers import values
from kehuma.apps.customers.data import Row, Value
from kehuma.apps.customers.fields import CONSENTS, CUSTOM_TYPES, Field
from kehuma.engine.coding.errors import CodingError, Language

# What is asked first of a new customer; the rest stands folded away below.
FIRST: Mapping[str, Sequence[str]] = {
    "enterprise": (
        "name",
        "region",
        "industry",
        "uscc",
        "contact_name",
        "contact_role",
        "mobile",
        "phone",
        "source",
        "tags",
    ),
    "person": ("name", "region", "mobile", "email", "wechat", "industry", "source", "tags"),
}
LATER: Mapping[str, Sequence[str]] = {
    "enterprise": ("short_name", "former_names", "email", "wechat", "address", "country", "tax_number", "notes"),
    "person": ("resident_id", "passport", "phone", "address", "country", "notes"),
}
CONTACT = ("contact_name", "contact_role", "mobile", "phone", "email", "wechat")
# Edited in the words in which they are shown.
_SAID = frozenset({"division", "industry", "country"})


class RecordForm(forms.Form):
    """Some fields of the record. Whether a value can stand is for the package of customers to say, in its words."""

    use_required_attribute = False

    def __init__(
        self,
        fields: Iterable[Field],
        given: QueryDict | None = None,
        *,
        language: Language,
        initial: Mapping[str, Value] | None = None,
        covered: Mapping[str, str] | None = None,
    ) -> None:
        self.table = {field.key: field for field in fields}
        self.language, self.covered = language, dict(covered or {})
        super().__init__(given, initial={key: _shown(self.table[key], value) for key, value in (initial or {}).items()
                                         if key in self.table and key not in self.covered})  # fmt: skip
        for key, field in self.table.items():
            self.fields[key] = _control(field, language, covered=self.covered.get(key, ""))

    def full_clean(self) -> None:
        """Leave the checks to ``values``; the faults of a bound form are hung on their fields."""
        self._errors = ErrorDict()
        self.cleaned_data: dict[str, Any] = {}
        if self.is_bound:
            self.show(values.clean(self.told(), whole=False, table=self.table).faults)

    def told(self) -> dict[str, Value]:
        """What was filled in. A covered field that was left empty keeps what it has."""
        told = {key: self._told(key) for key in self.table if key in self.data or self._is_boxes(key)}
        return {key: value for key, value in told.items() if value or key not in self.covered}

    def show(self, faults: Mapping[str, CodingError]) -> None:
        """Hang faults on the fields they are about, those of other fields on the form."""
        for key, fault in faults.items():
            self.add_error(key if key in self.fields else None, fault.say(self.language))

    def _is_boxes(self, key: str) -> bool:
        return isinstance(self.fields[key].widget, forms.CheckboxSelectMultiple)

    def _told(self, key: str) -> Value:
        data: Any = self.data
        if self.table[key].type == "multi-choice":
            return [str(one) for one in data.getlist(key)]
        return str(data.get(key, ""))


def at_first(table: Mapping[str, Field], kind: str) -> list[Field]:
    """What a form for a new customer of this kind asks first, what must be there among it."""
    own = [field for field in table.values() if _is_own(field) and field.required]
    return [*(table[key] for key in FIRST[kind]), *own]


def at_last(table: Mapping[str, Field], kind: str) -> list[Field]:
    """What may be added in a form for a new customer."""
    own = [field for field in table.values() if _is_own(field) and not field.required]
    return [*(table[key] for key in LATER[kind]), *own]


def of_profile(table: Mapping[str, Field], kind: str) -> list[Field]:
    """What the profile of a record shows and lets change; contacts and tags have their own places."""
    keys = [key for key in (*FIRST[kind], *LATER[kind]) if key not in CONTACT and key != "tags"]
    return [*(table[key] for key in keys), *(field for field in table.values() if _is_own(field))]


def _is_own(field: Field) -> bool:
    """Whether people defined the field; purposes are agreed to in a card of their own."""
    return field.store == "custom" and field.key != CONSENTS


def covered_of(row: Row) -> dict[str, str]:
    """The values that this viewer sees covered only, as they are shown."""
    return {key: str(row.values.get(key, "")) for key in row.masked}


def _shown(field: Field, value: Value) -> object:
    if field.type in _SAID and isinstance(value, str):
        return values.said(field, value)[0]
    if isinstance(value, list) and field.type != "multi-choice":
        return "、".join(value)
    return value


def _control(field: Field, language: Language, *, covered: str) -> forms.Field:
    title, widget = field.title(language), _widget(field)
    help_text = _("现为 {covered}；留空则不改").format(covered=covered) if covered else _hint(field)
    choices = [(one.key, one.title(language)) for one in field.choices]
    made: forms.Field
    match field.type:
        case "choice":
            made = forms.ChoiceField(choices=[("", "—"), *choices] if field.key != "kind" else choices)
        case "multi-choice":
            made = forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple())
        case _:
            made = forms.CharField(widget=widget, max_length=field.most)
    made.label, made.help_text = title, help_text
    # Drawn with a star only: the sentence about it comes from the package, in its language.
    made.required = field.required
    return made


def _widget(field: Field) -> forms.Widget:
    match field.type:
        case "long-text":
            return forms.Textarea({"rows": 3})
        case "date":
            return forms.DateInput({"type": "date"}, format="%Y-%m-%d")
        case "number" | "money":
            return forms.TextInput({"inputmode": "decimal"})
        case "phone":
            return forms.TextInput({"inputmode": "tel", "autocomplete": "off"})
        case "email":
            return forms.TextInput({"inputmode": "email", "autocomplete": "off"})
        case "division" | "industry":
            return forms.TextInput({
                "list": f"known-{field.key}", "autocomplete": "off", "hx-get": reverse("customers-known"),
                "hx-vals": f'{{"field": "{field.key}"}}', "hx-trigger": "input changed delay:200ms",
                "hx-target": f"#known-{field.key}", "hx-swap": "innerHTML", "hx-params": f"field,{field.key}",
            })  # fmt: skip
        case "tags":
            return forms.TextInput({"list": "known-tags", "autocomplete": "off"})
        case _:
            return forms.TextInput({"autocomplete": "off"})


def _hint(field: Field) -> str:
    match field.type:
        case "division":
            return _("写到省、市、区县都可以，如“深圳南山”")
        case "industry":
            return _("门类或代码，如“信息技术”“I6513”")
        case "names" | "tags":
            return _("多个用顿号分开")
        case _:
            return ""


class DefinitionForm(forms.Form):
    """A field of one's own."""

    zh = forms.CharField(label=gettext_lazy("中文名"), max_length=60)
    en = forms.CharField(label=gettext_lazy("英文名"), max_length=60, required=False)
    key = forms.CharField(
        label=gettext_lazy("键"),
        max_length=40,
        help_text=gettext_lazy("给文件和程序用：小写字母、数字、下划线；定了不改"),
    )
    type = forms.ChoiceField(label=gettext_lazy("类型"))
    choices = forms.CharField(
        label=gettext_lazy("选项"),
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("一行一个：键 = 中文 = 英文；只写中文也可以"),
    )
    field_class = forms.ChoiceField(label=gettext_lazy("字段级别"), initial="internal")
    required = forms.BooleanField(
        label=gettext_lazy("必填"), required=False, widget=forms.CheckboxInput({"role": "switch"})
    )
    filterable = forms.BooleanField(
        label=gettext_lazy("可筛选"), required=False, initial=True, widget=forms.CheckboxInput({"role": "switch"})
    )

    def __init__(self, *args: Any, is_known: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["type"].choices = [(one, TYPES[one]) for one in CUSTOM_TYPES]  # type: ignore[attr-defined]
        self.fields["field_class"].choices = list(CLASSES.items())  # type: ignore[attr-defined]
        if is_known:
            del self.fields["key"], self.fields["type"]


# What people define, and what was there before.
TYPES = {
    "text": gettext_lazy("文本"),
    "number": gettext_lazy("数字"),
    "date": gettext_lazy("日期"),
    "choice": gettext_lazy("单选"),
    "multi-choice": gettext_lazy("多选"),
    "money": gettext_lazy("金额"),
    "long-text": gettext_lazy("长文本"),
    "name": gettext_lazy("文本"),
    "names": gettext_lazy("多个名称"),
    "phone": gettext_lazy("电话"),
    "email": gettext_lazy("邮箱"),
    "identifier": gettext_lazy("证件号"),
    "division": gettext_lazy("行政区划"),
    "industry": gettext_lazy("行业"),
    "country": gettext_lazy("国家"),
    "tags": gettext_lazy("标签"),
}
CLASSES = {
    "public": gettext_lazy("公开"),
    "internal": gettext_lazy("内部"),
    "personal": gettext_lazy("个人信息"),
    "sensitive": gettext_lazy("敏感"),
}
