"""The one table of the record's fields: form, list, filter, import, export, masking and history all read it.

Fields that people define themselves join it under their own key.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, cast

from kehuma.apps.customers.models import CustomField
from kehuma.engine.coding.errors import Language
from kehuma.lib.db.pipelines import asked

Type = Literal[
    "text", "long-text", "choice", "multi-choice", "number", "money", "date", "moment", "phone", "email", "name",
    "names", "division", "industry", "country", "identifier", "user", "tags", "customer", "code",
]  # fmt: skip
Store = Literal["column", "contact", "identifier", "custom", "relation"]
# Which class the names of persons belong to, ``person-names``, each organisation says for itself.
FieldClass = Literal["public", "internal", "personal", "sensitive", "person-names"]

# Fields that people define are sealed where they belong to one of these.
# The columns of a definition, and some definitions by them as the store gives them.
_DEFINED = ("id", "key", "zh", "en", "type", "choices", "field_class", "is_required", "is_filterable")
Defined = tuple[tuple[Any, ...], ...]
SEALED_CLASSES = frozenset({"personal", "sensitive"})
CUSTOM_TYPES: tuple[Type, ...] = ("text", "number", "date", "choice", "multi-choice", "money")
IDENTIFIER_CLASSES: Mapping[str, FieldClass] = MappingProxyType(
    {
        "uscc": "public",
        "tax_number": "internal",
        "resident_id": "sensitive",
        "passport": "sensitive",
        "own_number": "internal",
    }
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values that a field can take."""

    key: str
    zh: str
    en: str = ""

    def title(self, language: Language) -> str:
        """Its name for people."""
        return self.zh if language == "zh" else self.en or self.zh


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the record. ``also`` are heads of columns under which files bring it.

    ``person_class`` counts instead of ``field_class`` where the customer is a person, "" where it is the same.
    ``sealed`` says of whom the store keeps the value under a key only.
    """

    key: str
    zh: str
    en: str
    type: Type = "text"
    field_class: FieldClass = "internal"
    person_class: FieldClass | Literal[""] = ""
    store: Store = "column"
    most: int = 100
    filterable: bool = False
    importable: bool = True
    editable: bool = True
    required: bool = False
    choices: tuple[Choice, ...] = ()
    also: tuple[str, ...] = ()
    custom_id: int = 0
    sealed: Literal["", "person", "always"] = ""

    def title(self, language: Language) -> str:
        """Its name for people."""
        return self.zh if language == "zh" else self.en or self.zh

    def class_of(self, kind: str) -> FieldClass:
        """Its class for a customer of this kind."""
        return self.person_class or self.field_class if kind == "person" else self.field_class

    def is_sealed(self, kind: str) -> bool:
        """Whether the store keeps the value of a customer of this kind under a key only."""
        return self.sealed == "always" or (self.sealed == "person" and kind == "person")

    @property
    def is_list(self) -> bool:
        """Whether its value is a list of texts."""
        return self.type in {"names", "multi-choice", "tags"}

    @property
    def facts(self) -> Mapping[str, str]:
        """Its title in both languages, as an error takes it."""
        return {"zh": self.zh, "en": self.en or self.zh}


KINDS = (Choice("enterprise", "企业", "Enterprise"), Choice("person", "个人", "Person"))

_FIXED: Sequence[Field] = (
    Field("code", "客户编码", "Customer code", "code", "public", importable=False, editable=False),
    Field("kind", "类型", "Kind", "choice", "public", filterable=True, required=True, choices=KINDS,
          also=("客户类型", "客户性质", "type", "customer type")),
    Field("name", "名称", "Name", "name", "public", "person-names", most=200, required=True,
          sealed="person",
          also=("客户名称", "公司名称", "企业名称", "姓名", "客户", "account name", "company", "company name", "title")),
    Field("short_name", "简称", "Short name", "name", "public", "person-names", sealed="person", also=("客户简称", "公司简称")),
    Field("former_names", "曾用名", "Former names", "names", "public", "person-names",
          sealed="person", also=("原名", "former name")),
    Field("uscc", "统一社会信用代码", "Social credit code", "identifier", "public", store="identifier", filterable=True,
          sealed="person", also=("信用代码", "社会信用代码", "组织机构代码", "营业执照号", "纳税人识别号")),
    Field("resident_id", "身份证号", "Resident identity number", "identifier", "sensitive", store="identifier",
          sealed="always", also=("身份证", "身份证号码", "证件号", "证件号码")),
    Field("passport", "护照号", "Passport", "identifier", "sensitive", store="identifier", sealed="always", also=("护照",)),
    Field("tax_number", "税号", "Tax number", "identifier", store="identifier",
          sealed="person", also=("纳税号", "tax id", "vat")),
    Field("own_number", "原编号", "Number in another system", "identifier", store="identifier",
          also=("原客户编码", "客户编号", "编号", "外部编号", "account number", "record id", "id", "account id")),
    Field("contact_name", "联系人", "Contact", "name", "person-names", store="contact",
          sealed="always", also=("联系人姓名", "主要联系人", "contact", "contact name")),
    Field("contact_role", "联系人职务", "Role of the contact", store="contact",
          sealed="always", also=("职务", "职位", "岗位", "job title")),
    Field("mobile", "手机", "Mobile", "phone", "personal", store="contact",
          sealed="always", also=("手机号", "手机号码", "移动电话", "联系手机", "mobile phone")),
    Field("phone", "电话", "Phone", "phone", "personal", store="contact",
          sealed="always", also=("固定电话", "座机", "联系电话", "办公电话", "telephone", "phone number")),
    Field("email", "邮箱", "E-mail", "email", "personal", store="contact", most=254,
          sealed="always", also=("电子邮箱", "邮件", "电子邮件", "e-mail", "mail", "email address")),
    Field("wechat", "微信", "WeChat", "text", "personal", store="contact", sealed="always", also=("微信号",)),
    Field("country", "国家", "Country", "country", "public", filterable=True, also=("国别", "country/region")),
    Field("region", "地区", "Region", "division", "public", filterable=True,
          also=("区域", "省份", "省", "所在地区", "城市", "区县", "所在地", "行政区划", "province", "state", "city")),
    Field("address", "地址", "Address", "text", "internal", "personal", most=300,
          sealed="person", also=("详细地址", "联系地址", "通讯地址", "street", "billing street")),
    Field("industry", "行业", "Industry", "industry", "public", filterable=True, also=("所属行业", "行业分类", "sector")),
    Field("source", "来源", "Source", filterable=True, also=("客户来源", "来源渠道", "lead source", "account source")),
    Field("notes", "备注", "Notes", "long-text", most=5000,
          sealed="always", also=("说明", "描述", "remark", "remarks", "description")),
    Field("tags", "标签", "Tags", "tags", "public", store="relation", filterable=True, also=("客户标签", "tag")),
    Field("owner", "负责人", "Owner", "user", "public", store="relation", filterable=True, editable=False,
          also=("客户经理", "销售", "业务员", "所有人", "跟进人", "account owner")),
    Field("parent", "上级", "Superior", "customer", "public", store="relation", filterable=True, editable=False,
          also=("上级客户", "上级编码", "母公司", "总公司", "parent account", "parent")),
    Field("created_at", "建档时间", "Created", "moment", "public", filterable=True, importable=False, editable=False),
    Field("updated_at", "更新时间", "Changed", "moment", "public", importable=False, editable=False),
    Field("last_activity_at", "最近联系", "Last activity", "moment", "public", filterable=True, importable=False,
          editable=False),
)  # fmt: skip
BUILTIN: Mapping[str, Field] = MappingProxyType({field.key: field for field in _FIXED})

# The field whose choices are the purposes that data may be used for; ``consents`` writes it, and nobody else.
CONSENTS = "consents"
# On what basis a purpose holds, and how it was agreed to.
BASES = (
    Choice("consent", "本人同意", "Consent"),
    Choice("contract", "订立或履行合同所必需", "Necessary for a contract"),
    Choice("duty", "履行法定义务所必需", "Required by law"),
    Choice("public", "已合法公开的信息", "Lawfully public information"),
)
WAYS = (
    Choice("written", "书面", "In writing"),
    Choice("web", "网页或小程序", "Web page or app"),
    Choice("message", "短信、微信或邮件", "Message or e-mail"),
    Choice("phone", "电话", "By telephone"),
    Choice("spoken", "当面", "In person"),
    Choice("import", "随名单导入", "With an import"),
)
# Why nothing is done with what is kept of somebody.
RESTRICTIONS = (
    Choice("contested", "本人认为内容不准确，核实期间", "The person contests its accuracy; until checked"),
    Choice("unlawful", "处理不合规，本人要求限制而不是删除", "Processing was unlawful; restricted instead of erased"),
    Choice("claims", "已不需要，但本人维权还要用", "No longer needed, but the person needs it for a claim"),
    Choice("objected", "本人反对处理，评估期间", "The person objects; until weighed"),
)
# Why somebody is kept, whatever the rules of retention say.
HOLDS = (
    Choice("dispute", "争议或诉讼未了", "A dispute or lawsuit is open"),
    Choice("law", "法律规定的保存期未满", "A statutory period has not ended"),
    Choice("audit", "审计或检查还要用", "An audit or inspection needs it"),
)
# What else leaves a row of history.
TRACES: Mapping[str, Field] = MappingProxyType(
    {
        one.key: one
        for one in (
            Field("deleted_at", "回收站", "Recycle bin", "moment", "public", importable=False, editable=False),
            Field("restricted_for", "限制处理", "Restriction", "choice", "public", importable=False, editable=False,
                  choices=RESTRICTIONS),
            Field("held_for", "保留不删", "Hold", "choice", "public", importable=False, editable=False, choices=HOLDS),
        )
    }
)  # fmt: skip


def table() -> Mapping[str, Field]:
    """All fields in their order: the built-in ones and those that people defined and have not retired."""
    return table_of(asked_defined()())


def asked_defined() -> Callable[[], Defined]:
    """The definitions of people as they are now: while they are the same, so is the table. Told when called."""
    rows = asked(
        f"SELECT {', '.join(_DEFINED)} FROM customers_customfield WHERE retired_at IS NULL ORDER BY position, id"  # noqa: S608
    )
    return lambda: tuple(rows())


def table_of(defined: Defined) -> Mapping[str, Field]:
    """The table with these definitions."""
    own = [CustomField(**dict(zip(_DEFINED, row, strict=True))) for row in defined]
    for row in own:
        row.choices = json.loads(row.choices)
    return {**BUILTIN, **{row.key: as_field(row) for row in own}}


def as_field(row: CustomField) -> Field:
    """A definition as a field of the table."""
    is_sealed = row.field_class in SEALED_CLASSES
    return Field(
        key=row.key,
        zh=row.zh,
        en=row.en,
        type=cast("Type", row.type),
        field_class=cast("FieldClass", row.field_class),
        store="custom",
        most=200,
        # Values of a sealed field are found whole, by a token; of few values or of numbers tokens could be counted.
        filterable=bool(row.is_filterable) and (not is_sealed or row.type == "text"),
        required=bool(row.is_required),
        choices=tuple(Choice(**choice) for choice in row.choices),
        custom_id=row.pk,
        sealed="always" if is_sealed else "",
    )
