"""What people do with a code of the register: retire it, make it void, name it otherwise. Each leaves a trace."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kehuma.apps.codes import queries, services
from kehuma.apps.codes.naming import ENDED_FOR
from kehuma.apps.codes.states import REINSTATED_FOR, RETIRED_FOR, VOID_FOR
from kehuma.engine.coding.errors import CodingError
from kehuma.lib import clock
from kehuma.web.coding import said
from kehuma.web.pages import Request, page

Reasons = Sequence[tuple[str, str]]

WHY: dict[str, str | Promise] = {
    "closed": gettext_lazy("已注销"),
    "left": gettext_lazy("已流失"),
    "test": gettext_lazy("试用"),
    "mistake": gettext_lazy("误操作"),
    "duplicate": gettext_lazy("重复"),
    "renumbered": gettext_lazy("重新编号"),
    "cancelled": gettext_lazy("取消预留"),
    "expired": gettext_lazy("预留到期"),
    "confirmed": gettext_lazy("确认预留"),
    "returned": gettext_lazy("客户回来了"),
    "other": gettext_lazy("其他原因"),
}
ENDED: dict[str, str | Promise] = {
    "replaced": gettext_lazy("已换号"),
    "ended": gettext_lazy("已结束"),
    "mistake": gettext_lazy("误操作"),
}
# What can be done in which state: the page, what it is called, and the reasons to choose from.
_ACTS = {
    "issued": ("code-retire", "code-void"),
    "reserved": ("code-confirm", "code-void"),
    "retired": ("code-reinstate",),
    "superseded": ("code-reinstate",),
    "merged": ("code-reinstate",),
}


def acts(state: str) -> Sequence[str]:
    """The pages that change a code in this state."""
    return _ACTS.get(state, ())


def reasons() -> dict[str, Reasons]:
    """The reasons to choose from, by what is done."""
    return {
        "retire": _said(RETIRED_FOR, WHY),
        "void": _said(VOID_FOR, WHY),
        "reinstate": _said(REINSTATED_FOR, WHY),
        "alias": _said(ENDED_FOR, ENDED),
    }


@page("codes/change/retire/", name="code-retire", needs="codes.manual", methods="POST")
def retire(request: Request) -> HttpResponse:
    """Its customer is gone: the code stays known and is never given again."""
    reason, note = _why(request)
    return _do(
        request,
        lambda code, more: services.retire(code, reason, note=note, **more),
        _("已停用"),
    )


@page("codes/change/void/", name="code-void", needs="codes.manual", methods="POST")
def void(request: Request) -> HttpResponse:
    """It never stood for anything; there is no way back."""
    reason, note = _why(request)
    return _do(request, lambda code, more: services.void(code, reason, note=note, **more), _("已作废"))


@page("codes/change/reinstate/", name="code-reinstate", needs="codes.manual", methods="POST")
def reinstate(request: Request) -> HttpResponse:
    """It stands for its own customer again."""
    reason, note = _why(request)
    return _do(request, lambda code, more: services.reinstate(code, reason, note=note, **more), _("已恢复"))


@page("codes/change/confirm/", name="code-confirm", needs="codes.manual", methods="POST")
def confirm(request: Request) -> HttpResponse:
    """Give out a code that was kept."""
    return _do(
        request,
        lambda code, more: services.confirm_kept(request.viewer, code, at=more["at"]),
        _("预留已确认，编码发出"),
    )


@page("codes/change/name/", name="code-alias", needs="codes.manual", methods="POST")
def name(request: Request) -> HttpResponse:
    """Let another text lead to the code."""
    text, system = request.POST.get("text", "").strip(), request.POST.get("system", "").strip()
    return _do(request, lambda code, more: services.add_alias(code, text, system=system, **more), _("已添加别名"))


@page("codes/change/unname/", name="code-alias-end", needs="codes.manual", methods="POST")
def unname(request: Request) -> HttpResponse:
    """A text no longer names the code."""
    text, system = request.POST.get("text", ""), request.POST.get("system", "")
    reason = request.POST.get("reason", "")
    return _do(
        request, lambda code, more: services.end_alias(code, text, reason, system=system, **more), _("别名已停用")
    )


def _do(request: Request, act: Callable[[str, dict[str, Any]], object], told: str) -> HttpResponse:
    code = request.POST.get("code", "")
    if queries.issued(code) is None:
        raise Http404
    try:
        act(code, {"actor": request.viewer.actor, "at": clock.now()})
    except CodingError as error:
        messages.error(request, error.say(said.language()))
    else:
        messages.success(request, told)
    return HttpResponseRedirect(reverse("code", args=[code]))


def _why(request: Request) -> tuple[str, str]:
    return request.POST.get("reason", ""), request.POST.get("note", "").strip()


def _said(words: Sequence[str], texts: dict[str, str | Promise]) -> Reasons:
    return [(str(word), str(texts.get(str(word), word))) for word in words]
