"""What the components page shows: invented customers, with true check characters."""

from dataclasses import dataclass, field
from types import SimpleNamespace

from django import forms
from django.utils.translation import gettext as _

from kehuma.lib.lists import Chip, Column, Head, Row, SavedView
from kehuma.web import badges
from kehuma.web.badges import Badge, Part
from kehuma.web.charts import Series


class SampleFilters(forms.Form):
    """The conditions of the sample list."""

    region = forms.CharField(label="区域", required=False)
    since = forms.DateField(label="建档不早于", required=False, widget=forms.DateInput({"type": "date"}))


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the tree."""

    name: str
    badge: Badge | None = None
    url: str = ""
    end: str = ""
    is_here: bool = False
    children: "tuple[Node, ...]" = field(default=())


class SampleForm(forms.Form):
    """Every kind of control, one of them with a fault."""

    name = forms.CharField(label="名称", help_text="与营业执照一致")
    phone = forms.CharField(label="手机")
    industry = forms.ChoiceField(label="行业", choices=[("C", "制造"), ("I", "信息技术")])
    code = forms.CharField(label="编码", disabled=True, initial="BJ-IT-0001-Y", help_text="发出后不可修改")
    remark = forms.CharField(label="备注", required=False, widget=forms.Textarea({"rows": 2}))
    kind = forms.ChoiceField(
        label="类型", choices=[("e", "企业"), ("p", "个人")], widget=forms.RadioSelect, initial="e"
    )
    is_reviewed = forms.BooleanField(
        label="需第二人复核", required=False, widget=forms.CheckboxInput({"role": "switch"})
    )

    def clean_phone(self) -> str:
        raise forms.ValidationError(_("少一位，应为 11 位"))


def badge(code: str, region: tuple[str, str], industry: tuple[str, str], number: int) -> Badge:
    """A badge of the usual form, parts told."""
    texts = code.split("-")
    parts = (
        Part("region", texts[0], "region", *region, "省级 · GB/T 2260"),
        Part("industry", texts[1], "industry", *industry, "门类 · GB/T 4754"),
        Part("serial", texts[2], "serial", f"第 {number} 户", f"no. {number}", f"{texts[0]}-{texts[1]}"),
        Part("check", texts[3], "check", "正确", "correct", "MOD 37,2"),
    )
    between = [piece for part in parts for piece in (part, Part("sep", "-"))][:-1]
    return Badge(code, tuple(between), url="#x")


SHANGHAI = badge("SH-LG-0017-V", ("上海", "Shanghai"), ("交通物流", "logistics"), 17)
GUANGDONG = badge("GD-MF-0203-R", ("广东", "Guangdong"), ("制造", "manufacturing"), 203)
ZHEJIANG = badge("ZJ-IT-0088-N", ("浙江", "Zhejiang"), ("信息技术", "IT"), 88)
BRANCH = Badge(
    "HQ-001-BJ-01",
    (
        Part("parent", "HQ-001", "parent", "上级 HQ-001", "parent HQ-001"),
        Part("sep", "-"),
        Part("region", "BJ", "region", "北京", "Beijing", "省级 · GB/T 2260"),
        Part("sep", "-"),
        Part("serial", "01", "serial", "第 1 户", "no. 1", "BJ"),
    ),
)
KINDS = Badge(
    "26-VIP-HY-7Q-A",
    (
        Part("date", "26", "year", "2026 年", "2026"),
        Part("sep", "-"),
        Part("lookup", "VIP", "grade", "重要", "key account"),
        Part("sep", "-"),
        Part("text", "HY", "name", "HY", "HY"),
        Part("sep", "-"),
        Part("random", "7Q", "random", "随机", "random"),
        Part("sep", "-"),
        Part("fixed", "A"),
    ),
)
CUSTOMERS = (
    (badges.SAMPLE.to("#x"), "北京衡岳数据技术有限公司", "loyal", "忠诚", 1286400, False),
    (SHANGHAI, "上海澄明供应链管理有限公司", "active", "活跃", 904150.5, True),
    (GUANGDONG, "广东粤盛精密制造有限公司", "active", "活跃", 672018, False),
    (ZHEJIANG, "浙江云栖谷软件有限公司", "new", "新客户", 48600, False),
)
STAGES = (
    ("potential", "潜在", 412),
    ("new", "新客户", 368),
    ("active", "活跃", 731),
    ("loyal", "忠诚", 214),
    ("dormant", "沉睡", 178),
    ("churned", "流失", 97),
)
TREE = (
    Node(
        "衡岳科技集团",
        end="¥4,120,900",
        children=(
            Node(
                "北京衡岳数据技术", badges.SAMPLE.to("#x"), is_here=True, children=(Node("上海分公司", SHANGHAI, "#x"),)
            ),
            Node("杭州衡岳云计算", ZHEJIANG, "#x"),
        ),
    ),
)
WEEKS = ("9-07", "9-14", "9-21", "9-28", "10-05", "10-12", "10-19", "10-26", "11-02", "11-09", "11-16", "11-22")
LINES = (
    Series("新增", (31, 34, 29, 38, 22, 36, 41, 44, 39, 47, 52, 49)),
    Series("归并", (6, 9, 4, 7, 3, 8, 11, 9, 12, 7, 10, 8)),
)
REGIONS = ("上海", "北京", "广东", "四川", "浙江", "江苏")
GRADES = (
    Series("A 级", (58, 31, 36, 42, 52, 40)),
    Series("B 级", (138, 132, 120, 121, 97, 122)),
    Series("C 级", (235, 249, 246, 239, 256, 216)),
)
HEAT = (
    ("北京", (92, 61, 12, 34, 58)),
    ("上海", (71, 88, 54, 29, 41)),
    ("广东", (44, 39, 103, 22, 63)),
    ("江苏", (21, 9, 84, 31, None)),
)


def sample_list() -> SimpleNamespace:
    """A list page as ``lib.lists`` makes it, of records that are in no table."""
    columns = [
        Column("code", "客户编码", str, kind="code", place="m-code"),
        Column("name", "名称", str, kind="name", sort="name", place="m-name"),
        Column("stage", "阶段", str, kind="stage", place="m-end"),
        Column("money", "累计成交（元）", str, kind="money", sort="money", is_numeric=True, place="m-sub2"),
    ]
    orders = [Head(columns[1], "#x"), Head(columns[3], "#x", "descending")]
    values = [(one[0], ("#x", one[1]), (one[2], one[3]), one[4]) for one in CUSTOMERS]
    return SimpleNamespace(
        views=[(SavedView("全部客户"), True), (SavedView("公海", "owner=none", 43), False)],
        chips=[Chip("区域", "北京、上海等 10 个", "#x")],
        form=SampleFilters(),
        columns=[(column, True) for column in columns],
        heads=[Head(columns[0]), orders[0], Head(columns[2]), orders[1]],
        orders=orders,
        order=orders[1],
        rows=[Row(n, str(one[1][1]), list(zip(columns, one, strict=True)), one) for n, one in enumerate(values)],
        listing=SimpleNamespace(count_to=1000),
        first=1,
        last=len(values),
        total=1001,
        is_capped=True,
        sizes=(15, 50, 100),
        size=15,
        next="#x",
        count_all="#x",
        clear="#x",
    )


def all_of_them() -> dict[str, object]:
    """What the template draws."""
    form = SampleForm({"name": "无锡锡山轴承厂", "phone": "1380013800", "industry": "C", "kind": "e"})
    return {
        "form": form,
        "alone": SampleForm(prefix="alone"),
        "page": sample_list(),
        "sample": badges.SAMPLE.to("#x"),
        "branch": BRANCH,
        "kinds": KINDS,
        "retired": Badge("BJ-IT-0142", badges.SAMPLE.parts[:5], is_retired=True),
        "key_badges": [Badge("", one.parts[:3]) for one in (badges.SAMPLE, SHANGHAI, GUANGDONG)],
        "customers": CUSTOMERS,
        "stages": STAGES,
        "stage_names": [name for _kind, name, _number in STAGES],
        "stage_numbers": [number for _kind, _name, number in STAGES],
        "tree": TREE,
        "weeks": WEEKS,
        "lines": LINES,
        "regions": REGIONS,
        "grades": GRADES,
        "trades": ("信息技术", "金融", "制造", "教育", "零售"),
        "heat": HEAT,
        "bars": [
            (None, name, value, change)
            for name, value, change in (("北京", 126, "+18"), ("上海", 118, "+9"), ("广东", 97, "−4"))
        ],
        "parts": [
            ("北京", 0.206, "#x"),
            ("上海", 0.194, "#x"),
            ("广东", 0.19, "#x"),
            ("浙江", 0.1, ""),
            ("其他", 0.31, ""),
        ],
        "tabs": [("#x", "全部客户", None, True), ("#x", "我的客户", 214, False)],
        "steps": ["上传", "识别", "列映射", "提交"],
        "colours": ["墨", "青黛", "朱砂", "石青", "赭石", "石绿", "胭脂", "藤紫", "墨灰"],
    }
