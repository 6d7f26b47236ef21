"""What became of every number of a counter, as a page."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kehuma.apps.access import queries as people
from kehuma.apps.codes import queries
from kehuma.apps.codes.data import Span
from kehuma.apps.codes.errors import UnknownCounterError
from kehuma.web.coding import names, said
from kehuma.web.coding.states import WHY
from kehuma.web.pages import Request, page, show

_SIZE = 100
_COUNTERS = 200
# More digits than a number of a code has.
_DIGITS = 19
KINDS: dict[str, tuple[str, str | Promise]] = {
    "issued": ("ok", gettext_lazy("已发出")),
    "reserved": ("info", gettext_lazy("预留")),
    "void": ("bad", gettext_lazy("已作废")),
    "skipped": ("warn", gettext_lazy("跳过")),
    "unused": ("", gettext_lazy("未用")),
    "unexplained": ("bad", gettext_lazy("原因不明")),
}
SKIPPED: dict[str, str | Promise] = {
    "check-character": gettext_lazy("校验位印不出来"),
    "taken": gettext_lazy("写法已被占用"),
    "begun": gettext_lazy("从更大的号开始，避开别的计数键"),
    "adopted": gettext_lazy("接收已有编码时越过"),
    "restored": gettext_lazy("恢复备份后越过"),
}


@page("codes/gaps/", name="codes-gaps", needs="codes.view")
def gaps(request: Request) -> HttpResponse:
    """The numbers of one counter in order, as ranges of one fate."""
    known = names.published()
    name = request.GET.get("scheme") or (known[0][0] if known else "")
    if name and name not in dict(known):
        raise Http404
    counters = queries.counters(name)[: _COUNTERS + 1] if name else []
    key = request.GET.get("key", counters[0].key if counters else "")
    start = _number(request.GET.get("from", ""))
    rows, more = _rows(name, key, start) if counters else ([], 0)
    facts = {
        "names": known,
        "name": name,
        "counters": [(_here(name, one.key), _short(one.key), one.key == key) for one in counters],
        "rows": rows,
        "beginning": _here(name, key) if start else "",
        "next": _here(name, key, more) if more else "",
        "crumbs": [(reverse("codes"), _("编码台账")), ("", _("号段明细"))],
    }
    return show(request, "coding/gaps.html", facts)


def _rows(name: str, key: str, start: int) -> tuple[Sequence[Mapping[str, Any]], int]:
    """Ranges from ``start`` on, and where those after them begin, 0 where there are none."""
    try:
        found = list(islice(queries.gaps(name, key, start=start), _SIZE + 1))
    except UnknownCounterError:
        raise Http404 from None
    who = people.names_by_actor({span.who for span in found if span.who})
    return [_row(span, who) for span in found[:_SIZE]], found[_SIZE].first if len(found) > _SIZE else 0


def _row(span: Span, who: Mapping[str, str]) -> Mapping[str, Any]:
    tone, word = KINDS[span.kind]
    state = said.state(span.state) if span.kind == "issued" and span.state != "issued" else None
    reason = SKIPPED.get(span.reason) or WHY.get(span.reason) or span.reason
    return {
        "span": span,
        "tone": tone,
        "kind": word,
        "state": state,
        "reason": reason,
        "who": who.get(span.who, span.who),
    }


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < _DIGITS else 0


def _short(key: str) -> str:
    """A counter key by its symbols alone."""
    return " · ".join(part.partition("=")[2] for part in key.split()) or _("全部统一编号")


def _here(name: str, key: str, start: int = 0) -> str:
    asked = {"scheme": name, "key": key, **({"from": start} if start else {})}
    return f"?{urlencode(asked)}"
