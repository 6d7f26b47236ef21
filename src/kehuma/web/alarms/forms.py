"""The forms of the alarms."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kehuma.apps.alarms.canaries import MOST
from kehuma.apps.alarms.limits import RANGES, Limits
from kehuma.web.alarms import words


def _number(name: str, label: Any, hint: Any) -> forms.IntegerField:  # noqa: ANN401 - a text of now or later
    least, most = RANGES[name]
    return forms.IntegerField(label=label, help_text=hint, min_value=least, max_value=most)


class LimitsForm(forms.Form):
    """The thresholds; ``keys`` are the keys of programs to choose from, with their names."""

    neighbours = _number("neighbours", _("相邻编码"), _("任意 50 个相邻编码中看到几个不属于自己的就提醒。"))
    misses = _number("misses", _("查不到的次数"), _("序贯检验认定在猜，且查不到的满几次才提醒。"))
    volume = _number(
        "volume", _("一天至少多少户"), _("看得再比平时多，不到这个数也不提醒；新用户没有平时可比，用它的三倍。")
    )
    deviations = _number("deviations", _("超出平时几倍离差"), _("离差是本人近 60 天与中位数之差的中位数，再乘 1.48。"))
    opens = _number("opens", _("几点上班"), _("按北京时间，0 到 23。"))
    closes = _number("closes", _("几点下班"), _("1 到 24。比上班早，就是跨过半夜的夜班。"))
    night = _number("night", _("工作时间以外看几次"), _("看满几次就提醒；程序不算。"))
    on = forms.MultipleChoiceField(label=_("启用的规则"), widget=forms.CheckboxSelectMultiple, required=False)
    trusted = forms.MultipleChoiceField(
        label=_("不监看的密钥"),
        help_text=_("成批读取本来就是它的工作，例如夜里同步的 ERP。碰到诱饵码仍会提醒。"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, keys: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["on"]
        chosen.choices = words.choices()
        trusted: Any = self.fields["trusted"]
        trusted.choices = keys
        if not keys:
            del self.fields["trusted"]

    @classmethod
    def initial_of(cls, limits: Limits) -> dict[str, Any]:
        """The thresholds as the form shows them."""
        return {**limits.as_json(), "on": [rule for rule, _title in words.choices() if rule not in limits.off]}

    def limits(self, before: Limits) -> Limits:
        """What was filled in; keys that were not offered stay as they were."""
        told = dict(self.cleaned_data)
        on = told.pop("on")
        trusted = told.pop("trusted", None)
        off = tuple(rule for rule, _title in words.choices() if rule not in on)
        return Limits(**told, off=off, trusted=before.trusted if trusted is None else tuple(trusted))


class CanaryForm(forms.Form):
    """How many canary codes, of which rule."""

    scheme = forms.ChoiceField(label=_("编码规则"))
    count = forms.IntegerField(
        label=_("个数"),
        min_value=1,
        max_value=MOST,
        help_text=_("建议约为已发编码的百分之一。每个占用一个号，不会收回。"),
    )

    def __init__(self, *args: Any, schemes: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scheme: Any = self.fields["scheme"]
        scheme.choices = schemes


class NoteForm(forms.Form):
    """What came of looking into an alarm."""

    note = forms.CharField(
        label=_("核对结果"),
        max_length=2000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("例如：已与本人核对，是季度盘点。只有能看提醒的人看得到，不进操作日志。"),
    )
