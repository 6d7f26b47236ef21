"""The forms of webhooks."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kehuma.web.connectors import words

_CHOICES = [(kind, title) for _group, kinds in words.KINDS for kind, title in kinds]


class EndpointForm(forms.Form):
    """Where messages go, and about which events."""

    name = forms.CharField(label=_("名称"), max_length=100, help_text=_("例如：ERP。日志和提醒里这样称呼它。"))
    url = forms.CharField(
        label=_("地址"),
        max_length=500,
        help_text=_("对方接收消息的网址，以 https:// 开头。"),
        widget=forms.URLInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    kinds = forms.MultipleChoiceField(label=_("事件"), choices=_CHOICES, widget=forms.CheckboxSelectMultiple)

    @property
    def facts(self) -> dict[str, Any]:
        """What was filled in."""
        told = self.cleaned_data
        return {"name": told["name"], "url": told["url"], "kinds": told["kinds"]}


class PeriodForm(forms.Form):
    """From when to when, in local time."""

    since = forms.DateTimeField(label=_("开始时间"), widget=forms.DateTimeInput({"type": "datetime-local"}))
    until = forms.DateTimeField(label=_("结束时间"), widget=forms.DateTimeInput({"type": "datetime-local"}))
