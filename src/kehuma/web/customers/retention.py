"""How long what is kept of customers is kept: the rules, what each would reach, and switching it on."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kehuma.apps.customers import queries, services
from kehuma.apps.customers.data import RetentionFacts, RetentionRow
from kehuma.apps.customers.errors import TakenError, UnknownError
from kehuma.apps.interactions import queries as interactions
from kehuma.engine.coding.errors import CodingError
from kehuma.lib import clock
from kehuma.web.customers.addresses import url_of
from kehuma.web.customers.coding import Coder
from kehuma.web.pages import Request, page, show
from kehuma.web.settings.tabs import tabs

_ACTIONS = {"bin": gettext_lazy("移入回收站"), "erase": gettext_lazy("删除个人信息")}
_KINDS = {"": gettext_lazy("全部客户"), "person": gettext_lazy("个人"), "enterprise": gettext_lazy("企业")}


class RuleForm(forms.Form):
    """Which customers, and what becomes of them."""

    name = forms.CharField(label=gettext_lazy("规则名称"), max_length=60)
    kind = forms.ChoiceField(label=gettext_lazy("哪些客户"), choices=list(_KINDS.items()), required=False)
    months = forms.IntegerField(
        label=gettext_lazy("多少个月没有往来"),
        min_value=1,
        max_value=600,
        help_text=gettext_lazy("从最近一次联系、建档或交接算起。"),
    )
    action = forms.ChoiceField(label=gettext_lazy("到期怎么办"), choices=list(_ACTIONS.items()))
    spares_agreed = forms.BooleanField(
        label=gettext_lazy("还有有效用途的不动"),
        required=False,
        initial=True,
        help_text=gettext_lazy("档案里登记着没有撤回的用途或同意。"),
        widget=forms.CheckboxInput({"role": "switch"}),
    )

    @property
    def facts(self) -> RetentionFacts:
        """What was filled in."""
        told = self.cleaned_data
        return RetentionFacts(
            told["name"], told["kind"], told["months"], told["action"], spares_agreed=told["spares_agreed"]
        )


@page("settings/retention/", name="retention", needs="customers.erase", methods="GET POST")
def retention(request: Request) -> HttpResponse:
    """The rules there are; a new one, which opens with its preview."""
    form = RuleForm(request.POST or None, initial={"months": 36})
    if form.is_valid():
        try:
            number = services.set_rule(request.viewer, form.facts, at=clock.now())
        except CodingError as error:
            _blame(request, form, error)
        else:
            return HttpResponseRedirect(reverse("retention-rule", args=[number]))
    rows = [_told(one) for one in queries.retention_rules(request.viewer)]
    facts = {"form": form, "rows": rows, "tabs": tabs(request, "retention")}
    return show(request, "customers/retention.html", facts, 422 if form.errors else 200)


@page("settings/retention/<int:rule>/", name="retention-rule", needs="customers.erase", methods="GET POST")
def rule(request: Request, rule: int) -> HttpResponse:
    """One rule, and whom it would reach now; a changed one is off until it is switched on again."""
    row = _found(request, rule)
    known = row.facts
    initial = {"name": known.name, "kind": known.kind, "months": known.months, "action": known.action}
    form = RuleForm(request.POST or None, initial={**initial, "spares_agreed": known.spares_agreed})
    if form.is_valid():
        try:
            services.set_rule(request.viewer, form.facts, number=rule, at=clock.now())
        except CodingError as error:
            _blame(request, form, error)
        else:
            messages.success(request, _("已保存。请看过名单再启用。"))
            return HttpResponseRedirect(reverse("retention-rule", args=[rule]))
    found = queries.preview_rule(request.viewer, known, busy=interactions.busy, at=clock.now())
    coder = Coder()
    facts = {
        **_told(row),
        "form": form,
        "count": found.count,
        "is_more": found.count > len(found.first),
        "first": [(coder.badge(code, url=url_of(code)), name, at) for code, name, at in found.first],
        "crumbs": [(reverse("retention"), _("保留期限"))],
    }
    return show(request, "customers/retention_rule.html", facts, 422 if form.errors else 200)


@page("settings/retention/<int:rule>/switch/", name="retention-switch", needs="customers.erase", methods="POST")
def switch(request: Request, rule: int) -> HttpResponse:
    """Have the rule done, or no longer."""
    is_on = request.POST.get("on") == "yes"
    _found(request, rule)
    try:
        services.switch_rule(request.viewer, rule, is_on=is_on, at=clock.now())
    except CodingError as error:
        messages.error(request, _("{sentence}。").format(sentence=error.say(request.viewer.language)))
    else:
        messages.success(request, _("已启用，后台服务每天执行一次") if is_on else _("已停用"))
    return HttpResponseRedirect(reverse("retention-rule", args=[rule]))


@page("settings/retention/<int:rule>/remove/", name="retention-remove", needs="customers.erase", methods="POST")
def remove(request: Request, rule: int) -> HttpResponse:
    """Take a rule away."""
    _found(request, rule)
    try:
        services.remove_rule(request.viewer, rule, at=clock.now())
    except CodingError as error:
        messages.error(request, _("{sentence}。").format(sentence=error.say(request.viewer.language)))
    else:
        messages.success(request, _("已删除规则；已经处理的不会恢复"))
    return HttpResponseRedirect(reverse("retention"))


def _found(request: Request, rule: int) -> RetentionRow:
    try:
        return queries.retention_rule(request.viewer, rule)
    except UnknownError as error:
        raise Http404(rule) from error


def _told(row: RetentionRow) -> dict[str, Any]:
    facts = row.facts
    return {"row": row, "facts": facts, "kind": _KINDS[facts.kind], "action": _ACTIONS[facts.action]}


def _blame(request: Request, form: RuleForm, error: CodingError) -> None:
    sentence = error.say(request.viewer.language)
    form.add_error("name" if isinstance(error, TakenError) else None, _("{sentence}。").format(sentence=sentence))
