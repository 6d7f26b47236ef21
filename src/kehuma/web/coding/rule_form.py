"""What holds for a whole rule, as a form: its name, what it numbers, from when on, for how long."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from kehuma.engine.coding.scheme_text import Outline
from kehuma.web.coding import said

_NAME = RegexValidator(r"^[a-z][a-z0-9_-]{0,39}\Z", _("用小写字母开头，只含小写字母、数字、短横和下划线。"))


class RuleForm(forms.Form):
    """The settings of a scheme file that belong to no part."""

    zh = forms.CharField(label=_("名称"), max_length=60)
    en = forms.CharField(label=_("英文名称"), required=False, max_length=60)
    name = forms.CharField(
        label=_("标识"), max_length=40, validators=[_NAME], widget=forms.TextInput({"class": "mono"}),
        help_text=_("各版本共用；改了就是另一条规则"),
    )  # fmt: skip
    subject = forms.ChoiceField(label=_("给什么编码"))
    effective = forms.DateField(
        label=_("生效日期"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("留空则发布后立即生效"),
    )  # fmt: skip
    max_length = forms.IntegerField(label=_("最长几个字符"), min_value=1, max_value=200, required=False)
    codes_per_key = forms.IntegerField(
        label=_("最忙的计数键一年发多少"),
        min_value=0,
        max_value=10**12,
        required=False,
        help_text=_("用来判断号段够不够"),
    )
    years = forms.IntegerField(label=_("要用多少年"), min_value=1, max_value=100, required=False)
    separators = forms.BooleanField(
        label=_("必须带分隔符才能读"), required=False, widget=forms.CheckboxInput({"role": "switch"})
    )
    overlaps = forms.MultipleChoiceField(
        label=_("允许与这些规则有相同写法"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("已被占用的写法会跳过"),
    )  # fmt: skip

    def __init__(self, schemes: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        subjects = dict(said.SUBJECTS)
        stated = str(self.initial.get("subject", ""))
        if stated:
            subjects.setdefault(stated, stated)
        self.fields["subject"].choices = list(subjects.items())  # type: ignore[attr-defined]
        chosen = [(name, name) for name in self.initial.get("overlaps", ()) if name not in dict(schemes)]
        self.fields["overlaps"].choices = [*schemes, *chosen]  # type: ignore[attr-defined]
        if not self.fields["overlaps"].choices:  # type: ignore[attr-defined]
            del self.fields["overlaps"]

    def changed(self, outline: Outline) -> Outline:
        """The outline with what the form says; defaults are not written down."""
        told = self.cleaned_data
        forecast = dict(_table(outline.settings, "forecast"))
        for key in ("codes_per_key", "years"):
            forecast = {**forecast, key: told[key]} if told[key] else {k: v for k, v in forecast.items() if k != key}
        overlaps = told["overlaps"] if "overlaps" in self.fields else list(self.initial.get("overlaps", ()))
        return outline.with_settings(
            name=told["name"],
            title={key: told[key] for key in ("zh", "en") if told[key]},
            subject=told["subject"],
            effective=told["effective"],
            max_length=told["max_length"],
            separators="required" if told["separators"] else None,
            overlaps=overlaps or None,
            forecast=forecast or None,
        )


def initial_of(outline: Outline) -> dict[str, Any]:
    """The values of the form for an outline."""
    settings = outline.settings
    title, forecast = settings.get("title", {}), _table(settings, "forecast")
    names = title if isinstance(title, dict) else {"zh": title}
    effective, overlaps = settings.get("effective"), settings.get("overlaps", [])
    return {
        "zh": names.get("zh") or names.get("en") or settings.get("name", ""),
        "en": names.get("en", ""),
        "name": settings.get("name", ""),
        "subject": settings.get("subject", "customer"),
        "effective": effective if isinstance(effective, date) else None,
        "max_length": settings.get("max_length"),
        "codes_per_key": forecast.get("codes_per_key"),
        "years": forecast.get("years"),
        "separators": settings.get("separators") == "required",
        "overlaps": [overlaps] if isinstance(overlaps, str) else overlaps,
    }


def _table(settings: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = settings.get(key, {})
    return value if isinstance(value, dict) else {}
