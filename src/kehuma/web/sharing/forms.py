"""The forms of sharing."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kehuma.apps.connectors.sharing import columns
from kehuma.engine.coding.errors import Language

_LONGEST = 40_000


class RecipientForm(forms.Form):
    """With whom, and what for."""

    name = forms.CharField(
        label=gettext_lazy("接收方"), max_length=100, help_text=gettext_lazy("单位或项目的名称，例如：明达数据公司。")
    )
    purpose = forms.CharField(
        label=gettext_lazy("用途"),
        max_length=200,
        help_text=gettext_lazy("例如：2027 年客户流失分析。另一个用途请另外登记，两边的假名对不上。"),
    )


class PseudonymsForm(forms.Form):
    """Pseudonyms that came back."""

    pseudonyms = forms.CharField(
        label=gettext_lazy("假名"),
        help_text=gettext_lazy("每行一个，也可以用空格隔开；大小写不要紧。"),
        max_length=_LONGEST,
        widget=forms.Textarea({"rows": 4, "autocomplete": "off", "spellcheck": "false", "translate": "no"}),
    )


class ReleaseForm(forms.Form):
    """How exact each column is given, and into which file; a column without a choice is not given."""

    kind = forms.ChoiceField(
        label=gettext_lazy("文件"),
        choices=(("xlsx", "Excel"), ("csv", "CSV")),
        initial="xlsx",
        widget=forms.RadioSelect,
    )
    rare = forms.ChoiceField(
        label=gettext_lazy("不到 5 位客户才有的组合"),
        choices=(("ask", gettext_lazy("先告诉我有多少行")), ("leave-out", gettext_lazy("去掉这些行"))),
        initial="ask",
        widget=forms.RadioSelect,
    )

    def __init__(self, given: Mapping[str, Any] | None, *, language: Language, chosen: Sequence[str] = ()) -> None:
        super().__init__(given)
        self._columns = columns.offered()
        for column in self._columns:
            precisions = [(f"{column.field.key}:{one.key}", one.title(language)) for one in column.precisions]
            if len(precisions) == 1:
                precisions = [(precisions[0][0], _("给"))]
            name = _name(column.field.key)
            self.fields[name] = forms.ChoiceField(
                label=column.field.title(language),
                choices=[("", _("不给")), *precisions],
                required=False,
                initial=next((value for value, _title in precisions if value in chosen), ""),
            )

    @property
    def columns(self) -> list[forms.BoundField]:
        """The fields of the columns."""
        return [self[_name(column.field.key)] for column in self._columns]

    @property
    def chosen(self) -> list[str]:
        """The columns that were chosen."""
        told = [self.cleaned_data[_name(column.field.key)] for column in self._columns]
        return [one for one in told if one]


def _name(key: str) -> str:
    return f"column-{key}"
