"""The settings of a part as a form, one per kind; each reads a part of the file and writes it back.

Options that a form does not show stay as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kehuma.engine.coding.dictionaries import BUILTIN_NAMES
from kehuma.engine.coding.scheme_text import Slot
from kehuma.web.coding import said
from kehuma.web.coding.entry_lines import entries_of, lines_of
from kehuma.web.coding.kinds import kind_of

_NAME = RegexValidator(r"^[a-z][a-z0-9_]{0,39}\Z", gettext_lazy("用小写字母开头，只含小写字母、数字和下划线。"))
_ALPHABETS = (
    ("digits", gettext_lazy("数字 0–9")),
    ("base32", gettext_lazy("base32（去易混字母）")),
    ("base36", gettext_lazy("数字和字母")),
    ("letters", gettext_lazy("字母 A–Z")),
)
ALGORITHMS = (
    ("", gettext_lazy("自动选择")),
    ("iso7064-mod37-2", gettext_lazy("ISO 7064 MOD 37,2（含字母）")),
    ("iso7064-mod37-36", gettext_lazy("ISO 7064 MOD 37,36（含字母，不跳号）")),
    ("iso7064-mod11-2", gettext_lazy("ISO 7064 MOD 11,2（只有数字）")),
    ("iso7064-mod11-10", gettext_lazy("ISO 7064 MOD 11,10（只有数字）")),
    ("mod31", gettext_lazy("MOD 31（GB 32100）")),
    ("luhn", "Luhn"),
    ("damm", "Damm"),
    ("verhoeff", "Verhoeff"),
)


@dataclass(frozen=True, slots=True)
class Around:
    """What a part's form must know: parts that a key may name, schemes that parents may have, fields of a record."""

    keys: Sequence[tuple[str, str]] = ()
    default_keys: Sequence[str] = ()
    schemes: Sequence[tuple[str, str]] = ()
    attributes: Sequence[str] = ()


class Suggested(forms.TextInput):
    """A text field with proposals."""

    template_name = "widgets/suggested.html"

    def __init__(self, proposals: Sequence[str] = ()) -> None:
        super().__init__({"class": "mono"})
        self.proposals = proposals

    def get_context(self, name: str, value: object, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["proposals"] = self.proposals
        if self.proposals:
            context["widget"]["attrs"]["list"] = f"{context['widget']['attrs'].get('id', name)}-list"
        return context


class PartForm(forms.Form):
    """The base: the name of the part, and the way from the file to the form and back."""

    name = forms.CharField(
        label=gettext_lazy("标识"), max_length=40, validators=[_NAME], widget=forms.TextInput({"class": "mono"}),
        help_text=gettext_lazy("规则文件里的名字，计数键和例子用它"),
    )  # fmt: skip
    # Options with a field of the same name; a default is not written down.
    plain: ClassVar[Mapping[str, object]] = {}
    pairs: ClassVar[Sequence[str]] = ()

    def __init__(self, around: Around, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.around = around
        attribute = self.fields.get("attribute")
        if attribute is not None:
            attribute.widget.proposals = around.attributes
        self.arrange()
        self.order_fields([key for key in self.fields if key != "name"])

    @property
    def paired(self) -> list[forms.BoundField]:
        """The short fields, two in a row."""
        return [self[key] for key in self.pairs]

    @property
    def single(self) -> list[forms.BoundField]:
        """The other fields, one below another."""
        return [self[key] for key in self.fields if key not in self.pairs]

    def arrange(self) -> None:
        """Fill in choices that depend on the rest of the rule."""

    @classmethod
    def initial_of(cls, slot: Slot) -> dict[str, Any]:
        """The values of the fields for a part."""
        values = {key: slot.options.get(key, default) for key, default in cls.plain.items()}
        return {"name": slot.name, **values, **cls.own_initial(slot)}

    @classmethod
    def own_initial(cls, slot: Slot) -> dict[str, Any]:
        """The values that are not options of the same name."""
        return {"width": slot.width} if "width" in cls.base_fields else {}

    def changed(self, slot: Slot) -> Slot:
        """The part with what the form says."""
        options = dict(slot.options)
        for key, default in self.plain.items():
            value = self.cleaned_data.get(key)
            if value in (None, "", default) or value == []:
                options.pop(key, None)
            else:
                options[key] = value
        width = self.cleaned_data.get("width", slot.width)
        changed = Slot(self.cleaned_data["name"], str(width or ""), _kinded(slot, options, self))
        return self.own_changed(changed, slot)

    def own_changed(self, slot: Slot, _before: Slot) -> Slot:
        """The part with what is not an option of the same name."""
        return slot


def _kinded(slot: Slot, options: dict[str, Any], form: PartForm) -> dict[str, Any]:
    """A part that loses the name of its kind must say its kind."""
    kind, name = kind_of(slot), form.cleaned_data["name"]
    guessed = kind_of(Slot(name, slot.width, {key: value for key, value in options.items() if key != "kind"}))
    return options if guessed == kind or "kind" in options else {"kind": kind, **options}


def _attribute() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("取自字段"), required=False, max_length=40, widget=Suggested(),
        help_text=gettext_lazy("留空取与标识同名的字段"),
    )  # fmt: skip


def _live() -> forms.BooleanField:
    return forms.BooleanField(
        label=gettext_lazy("可变（会随客户改变，不算在编码本身内）"), required=False,
        widget=forms.CheckboxInput({"role": "switch"}),
    )  # fmt: skip


def _number(label: Any, least: int, most: int, *, required: bool = False, hint: Any = "") -> forms.IntegerField:  # noqa: ANN401
    return forms.IntegerField(label=label, min_value=least, max_value=most, required=required, help_text=hint)


class LookupForm(PartForm):
    """A look-up in a dictionary, ours or the scheme's own."""

    dictionary = forms.ChoiceField(label=gettext_lazy("码表"))
    entries = forms.CharField(
        label=gettext_lazy("符号和名称"), required=False,
        widget=forms.Textarea({"rows": 5, "class": "mono", "spellcheck": "false"}),
        help_text=gettext_lazy("每行一个：IT = 信息技术 / Information technology = 软件、互联网"),
    )  # fmt: skip
    attribute = _attribute()
    default = forms.CharField(
        label=gettext_lazy("字段为空时写"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("一个符号；留空则拒绝发码"),
    )
    unknown = forms.ChoiceField(
        label=gettext_lazy("码表里没有的值"), required=False, widget=forms.RadioSelect,
        choices=[("reject", gettext_lazy("拒绝，给出相近的名称")), ("default", gettext_lazy("写上面的符号"))],
    )  # fmt: skip
    live = _live()
    plain: ClassVar[Mapping[str, object]] = {"attribute": "", "default": "", "unknown": "reject", "live": False}

    def arrange(self) -> None:
        own = [("", _("自己的码表（写在规则里）"))]
        self.fields["dictionary"].choices = [*((name, said.dictionary(name)) for name in BUILTIN_NAMES), *own]  # type: ignore[attr-defined]
        self.fields["dictionary"].required = False

    @classmethod
    def own_initial(cls, slot: Slot) -> dict[str, Any]:
        dictionary = slot.options.get("dictionary", "")
        is_own = isinstance(dictionary, dict)
        rows = dictionary if is_own else slot.options.get("entries", {})
        return {"dictionary": "" if is_own else dictionary, "entries": lines_of(rows if isinstance(rows, dict) else {})}

    def clean_entries(self) -> dict[str, Any]:
        """The lines as a dictionary of the file."""
        return entries_of(self.cleaned_data.get("entries", ""))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("dictionary") and "entries" in cleaned and not cleaned["entries"]:
            self.add_error("entries", _("自己的码表至少要有一个符号。"))
        return cleaned

    def own_changed(self, slot: Slot, before: Slot) -> Slot:
        options = {key: value for key, value in slot.options.items() if key not in ("dictionary", "entries")}
        name, entries = self.cleaned_data["dictionary"], self.cleaned_data["entries"]
        _keep_codes(entries, before)
        options["dictionary"] = name or entries
        if name and entries:
            options["entries"] = entries
        return Slot(slot.name, slot.width, options)


class TextForm(PartForm):
    """An attribute as it is."""

    attribute = _attribute()
    width = _number(gettext_lazy("位数"), 1, 100, hint=gettext_lazy("留空则不限"))
    take = _number(gettext_lazy("只取"), -100, 100, hint=gettext_lazy("3 取前三位，-3 取后三位"))
    pad = forms.CharField(label=gettext_lazy("不足时前补"), required=False, max_length=1)
    alphabet = forms.CharField(
        label=gettext_lazy("允许的字符"), required=False, max_length=100, widget=forms.TextInput({"class": "mono"}),
        help_text=gettext_lazy("digits、letters、base36，或直接列出；留空为数字和字母"),
    )  # fmt: skip
    live = _live()
    plain: ClassVar[Mapping[str, object]] = {"attribute": "", "take": 0, "pad": "", "alphabet": "", "live": False}
    pairs: ClassVar[Sequence[str]] = ("width", "take")


class InitialsForm(PartForm):
    """The initials of a name."""

    attribute = _attribute()
    width = _number(gettext_lazy("最多几位"), 1, 40)
    drop = forms.MultipleChoiceField(
        label=gettext_lazy("略去"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=[("place", gettext_lazy("地名")), ("trade", gettext_lazy("行业词（科技、贸易）")), ("legal-form", gettext_lazy("有限公司等"))],
    )  # fmt: skip
    default = forms.CharField(label=gettext_lazy("取不出时写"), required=False, max_length=10)
    live = _live()
    plain: ClassVar[Mapping[str, object]] = {"attribute": "", "drop": [], "default": "", "live": False}


class DateForm(PartForm):
    """A date, or the time of issue."""

    format = forms.CharField(
        label=gettext_lazy("格式"), max_length=30,
        widget=Suggested(("YYYY", "YY", "YYYYMM", "YYMM", "YYYYMMDD", "YYMMDD", "YYQ", "GGGGWW", "FYYYY")),
        help_text=gettext_lazy("YYYY 年、MM 月、DD 日、Q 季、GGGGWW 周、FYYYY 财年"),
    )  # fmt: skip
    attribute = forms.CharField(
        label=gettext_lazy("取自字段"),
        required=False,
        max_length=40,
        widget=Suggested(),
        help_text=gettext_lazy("留空取发码的时间"),
    )
    fiscal_start = _number(gettext_lazy("财年起始月"), 1, 12)
    live = _live()
    plain: ClassVar[Mapping[str, object]] = {"attribute": "", "fiscal_start": 1, "live": False}

    @classmethod
    def own_initial(cls, slot: Slot) -> dict[str, Any]:
        return {"format": slot.options.get("format") or slot.width}

    def own_changed(self, slot: Slot, _before: Slot) -> Slot:
        return Slot(slot.name, "", {**slot.options, "format": self.cleaned_data["format"].strip()})


class ParentForm(PartForm):
    """The superior's code."""

    schemes = forms.MultipleChoiceField(
        label=gettext_lazy("上级用哪些规则的编码"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("都不选则任何编码都可以作上级"),
    )  # fmt: skip
    depth = _number(gettext_lazy("同类最多几级"), 1, 10, hint=gettext_lazy("勾选了本规则时有效"))
    plain: ClassVar[Mapping[str, object]] = {"schemes": []}

    def arrange(self) -> None:
        chosen = [*self.data.getlist("schemes")] if self.is_bound else list(self.initial.get("schemes") or [])  # type: ignore[attr-defined]
        known = [("self", _("本规则（分支还可以有分支）")), *self.around.schemes]
        missing = [(name, name) for name in chosen if name not in dict(known)]
        self.fields["schemes"].choices = [*known, *missing]  # type: ignore[attr-defined]

    @classmethod
    def own_initial(cls, slot: Slot) -> dict[str, Any]:
        return {"depth": slot.options.get("depth")}

    def own_changed(self, slot: Slot, _before: Slot) -> Slot:
        options = {key: value for key, value in slot.options.items() if key != "depth"}
        if "self" in options.get("schemes", ()) and self.cleaned_data.get("depth"):
            options["depth"] = self.cleaned_data["depth"]
        return Slot(slot.name, "", options)


class SerialForm(PartForm):
    """The counter."""

    width = _number(gettext_lazy("位数（至少）"), 1, 18, required=True)
    alphabet = forms.ChoiceField(label=gettext_lazy("字符"), choices=_ALPHABETS[:3])
    start = _number(gettext_lazy("起始"), 0, 10**12)
    step = _number(gettext_lazy("步长"), 1, 10**9)
    overflow = forms.ChoiceField(
        label=gettext_lazy("满了以后"), widget=forms.RadioSelect,
        choices=[
            ("stop", gettext_lazy("停发，提前提醒")),
            ("lengthen", gettext_lazy("加一位：9999 之后 10000")),
            ("letters", gettext_lazy("转字母：9999 之后 A000")),
        ],
    )  # fmt: skip
    per = forms.MultipleChoiceField(
        label=gettext_lazy("分别计数（计数键）"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("勾选的每种组合各从起始号开始；都不选则全部统一编号"),
    )  # fmt: skip
    allocation = forms.BooleanField(
        label=gettext_lazy("不许跳号（较慢，用于票据）"), required=False, widget=forms.CheckboxInput({"role": "switch"})
    )
    plain: ClassVar[Mapping[str, object]] = {"alphabet": "digits", "start": 1, "step": 1, "overflow": "stop"}
    pairs: ClassVar[Sequence[str]] = ("width", "start", "step", "alphabet")

    def arrange(self) -> None:
        self.fields["per"].choices = list(self.around.keys)  # type: ignore[attr-defined]
        if self.initial.get("per") is None:
            self.initial["per"] = list(self.around.default_keys)
        alphabet = (self.initial or {}).get("alphabet")
        if alphabet and alphabet not in dict(_ALPHABETS):
            self.fields["alphabet"].choices = [*_ALPHABETS[:3], (alphabet, alphabet)]  # type: ignore[attr-defined]

    @classmethod
    def own_initial(cls, slot: Slot) -> dict[str, Any]:
        least = slot.width.partition("..")[0]
        return {
            "width": least or "1",
            "per": slot.options.get("per"),
            "allocation": slot.options.get("allocation") == "gapless",
        }

    def own_changed(self, slot: Slot, before: Slot) -> Slot:
        options = {key: value for key, value in slot.options.items() if key not in ("allocation", "per")}
        options["per"] = list(self.cleaned_data["per"])
        if self.cleaned_data["allocation"]:
            options["allocation"] = "gapless"
        most = before.width.partition("..")[2]
        is_ranged = most.isdigit() and int(most) > int(slot.width)
        return Slot(slot.name, f"{slot.width}..{most}" if is_ranged else slot.width, options)


class CheckForm(PartForm):
    """The check character."""

    algorithm = forms.ChoiceField(
        label=gettext_lazy("算法"), required=False,
        choices=ALGORITHMS,
        help_text=gettext_lazy("一位，自动算出；抄错一个字符或相邻颠倒都能发现"),
    )  # fmt: skip
    plain: ClassVar[Mapping[str, object]] = {"algorithm": ""}


class RandomForm(PartForm):
    """Characters drawn at issue."""

    width = _number(gettext_lazy("位数"), 1, 40, required=True)
    alphabet = forms.ChoiceField(label=gettext_lazy("字符"), choices=_ALPHABETS)
    plain: ClassVar[Mapping[str, object]] = {"alphabet": "digits"}
    pairs: ClassVar[Sequence[str]] = ("width", "alphabet")


class ReservedForm(PartForm):
    """A filler."""

    width = _number(gettext_lazy("位数"), 1, 40, required=True)
    fill = forms.CharField(label=gettext_lazy("填充字符"), required=False, max_length=40)
    plain: ClassVar[Mapping[str, object]] = {"fill": ""}
    pairs: ClassVar[Sequence[str]] = ("width", "fill")


FORMS: dict[str, type[PartForm]] = {
    "lookup": LookupForm,
    "text": TextForm,
    "initials": InitialsForm,
    "date": DateForm,
    "parent": ParentForm,
    "serial": SerialForm,
    "check": CheckForm,
    "random": RandomForm,
    "reserved": ReservedForm,
}


def _keep_codes(entries: dict[str, Any], before: Slot) -> None:
    """Official codes have no place in the lines, and stay with their symbols."""
    for key in ("dictionary", "entries"):
        table = before.options.get(key)
        for symbol, names in table.items() if isinstance(table, dict) else ():
            if symbol in entries and isinstance(names, dict) and names.get("codes"):
                entries[symbol] = {**entries[symbol], "codes": names["codes"]}
