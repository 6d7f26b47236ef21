"""The answers to a request that could not be served.

Each carries a reference number. It is written into the log beside the address and the reason, so that a person can
read it out over the telephone and the administrator finds the line.
"""

import logging
import secrets
from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django_htmx.http import reswap, retarget

from kehuma.engine.coding.errors import CodingError
from kehuma.lib.viewer import ANONYMOUS
from kehuma.web import rights

_log = logging.getLogger("kehuma.web")
# No I, O, 0, 1: it is read out.
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the address or what was sent makes no sense."""
    return _failure(request, 400, _("这个请求看不懂"), _("地址或提交的内容不完整。请返回上一页重试。"), exception)


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: the viewer lacks the right, named in words."""
    lacking = rights.title(str(exception))
    reason = (
        _("需要的权限：{right}。请找管理员开通。").format(right=lacking) if lacking else _("你没有打开这一页的权限。")
    )
    return _failure(request, 403, _("没有权限"), reason, exception)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form did not come from our page, or the page was open too long."""
    text = _("页面打开太久，或浏览器不接受 Cookie，提交没有执行。请刷新后再提交一次。")
    return _failure(request, 403, _("提交未通过安全校验"), text, reason)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: there is nothing at this address, or nothing that this viewer may know of."""
    text = _("地址可能写错了，记录可能已移入回收站，或不在你能看到的范围内。")
    # What Django says of an unknown address is the whole map of addresses.
    told = "no such address" if isinstance(exception, Resolver404) else exception
    return _failure(request, 404, _("没有找到"), text, told)


def not_possible(request: HttpRequest, error: CodingError) -> HttpResponse:
    """409: a package below refused, and says why."""
    sentence = error.say("en" if get_language() == "en" else "zh")
    # Its id alone: the sentence may repeat what somebody typed about a customer.
    return _failure(request, 409, _("没有完成"), sentence, error.message)


def broken(request: HttpRequest) -> HttpResponse:
    """500: our fault. Django has logged the traceback; the reference stands in the line after it."""
    text = _("程序出错了，什么都没有改动。请把参考号告诉管理员。")
    try:
        return _failure(request, 500, _("出错了"), text, "see the traceback above")
    except Exception:  # noqa: BLE001 - whatever broke the page may break this one too
        _log.exception("the page of failures failed")
        return HttpResponse(text, status=500, content_type="text/plain; charset=utf-8")


def new_reference() -> str:
    """Such as ``E-7K2M``: short enough to say, rare enough to be found in a day's log."""
    return "E-" + "".join(secrets.choice(_LETTERS) for _ in range(4))


def _failure(request: HttpRequest, status: int, title: str, text: str, reason: object) -> HttpResponse:
    reference = new_reference()
    level = logging.ERROR if status >= 500 else logging.INFO
    _log.log(level, "%s %s %s %r: %r", reference, status, request.method, request.path, reason)
    facts = {"status": status, "title": title, "text": text, "reference": reference}
    if request.headers.get("HX-Request"):
        answer = render(request, "pages/errors/toast.html", facts, status=status)
        return reswap(retarget(answer, "#toasts"), "beforeend")
    return _page(request, facts, status)


def _page(request: HttpRequest, facts: Mapping[str, object], status: int) -> HttpResponse:
    """With menu and search for whoever has signed in; without them where what fails is what they are made of."""
    if getattr(request, "viewer", ANONYMOUS).user_id is not None:
        try:
            return render(request, "pages/errors/inside.html", facts, status=status)
        except Exception:  # noqa: BLE001 - as in ``broken``
            _log.exception("the menu around the page of %s failed", facts["reference"])
    return render(request, "pages/errors/failure.html", facts, status=status)
