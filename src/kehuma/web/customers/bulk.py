"""What is done to several customers at once: chosen rows, or all of a view."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kehuma.apps.customers import queries, services
from kehuma.apps.customers.data import BulkPreview, Value
from kehuma.apps.customers.fields import CONSENTS, Field
from kehuma.apps.customers.fields import table as field_table
from kehuma.engine.coding.errors import CodingError
from kehuma.lib import clock
from kehuma.web.customers import listing
from kehuma.web.customers.coding import Coder
from kehuma.web.customers.forms import RecordForm
from kehuma.web.customers.suggesting import known
from kehuma.web.customers.undoing import told, told_undoable
from kehuma.web.pages import Request, page, show

# More would hold the writer for longer than others should wait.
MOST = 10_000
_CHANGED_AT_ONCE = ("region", "industry", "country", "source")


@dataclass(frozen=True, slots=True)
class Picked:
    """The customers that were chosen, and where the list stood."""

    ids: Sequence[int]
    back: str
    is_cut: bool = False

    def require(self, request: Request) -> HttpResponse | None:
        """The way back with a word about it, where nothing or too much was chosen."""
        if self.is_cut:
            messages.error(request, _("一次最多处理 {n} 户，请先缩小范围。").format(n=f"{MOST:,}"))
        elif not self.ids:
            messages.error(request, _("没有选中客户。"))
        else:
            return None
        return HttpResponseRedirect(self.back)


def picked(request: Request, *, is_bin: bool = False, is_changing: bool = True) -> Picked:
    """The customers that the form of the list names: ``pick`` repeated, or ``all`` with the conditions in ``query``.

    Of several to be changed those whose use is restricted are left out, and the person is told.
    """
    chosen = _named(request, is_bin=is_bin)
    if not is_changing or len(chosen.ids) == 1:
        return chosen
    kept_out = queries.restricted(chosen.ids)
    if kept_out:
        text = ngettext("{n} 户已限制处理，没有动。", "{n} 户已限制处理，没有动。", len(kept_out))
        messages.warning(request, text.format(n=f"{len(kept_out):,}"))
    return replace(chosen, ids=[one for one in chosen.ids if one not in kept_out])


def _named(request: Request, *, is_bin: bool) -> Picked:
    viewer, query = request.viewer, request.POST.get("query", "")
    back = _back(request) or reverse("customers-bin" if is_bin else "customers") + (f"?{query}" if query else "")
    if not request.POST.get("all"):
        return Picked([int(one) for one in request.POST.getlist("pick") if one.isdecimal()][:MOST], back)
    rows = queries.visible(viewer, deleted=is_bin)
    found = listing.listing(viewer, clock.now(), Coder(), is_bin=is_bin).narrowed(viewer, rows, QueryDict(query))
    ids = list(found.order_by().values_list("id", flat=True)[: MOST + 1])
    return Picked(ids[:MOST], back, is_cut=len(ids) > MOST)


def _back(request: Request) -> str:
    """The record from which one customer was sent here, "" from the list."""
    asked = request.POST.get("back", "")
    return asked if url_has_allowed_host_and_scheme(asked, allowed_hosts=None) else ""


@page("customers/claim/", name="customers-claim", needs="customers.edit", methods="POST")
def claim(request: Request) -> HttpResponse:
    """Take customers out of the public pool."""
    return _done(request, lambda ids: services.claim(request.viewer, ids, at=clock.now()), _("已领取"))


@page("customers/release/", name="customers-release", needs="customers.edit", methods="POST")
def release(request: Request) -> HttpResponse:
    """Give customers back to the public pool."""
    return _done(request, lambda ids: services.release(request.viewer, ids, at=clock.now()), _("已退回公海"))


@page("customers/hand-over/", name="customers-hand-over", needs="customers.assign", methods="POST")
def hand_over(request: Request) -> HttpResponse:
    """Give customers to a colleague."""
    to = request.POST.get("to", "")
    if not to.isdecimal():
        messages.error(request, _("请选择转给谁。"))
        return HttpResponseRedirect(picked(request).back)
    return _done(request, lambda ids: services.hand_over(request.viewer, ids, int(to), at=clock.now()), _("已转交"))


@page("customers/tag/", name="customers-tag", needs="tags.edit", methods="POST")
def tag(request: Request) -> HttpResponse:
    """Put tags on customers."""
    return _tagged(request, services.tag, _("已打标签"))


@page("customers/untag/", name="customers-untag", needs="tags.edit", methods="POST")
def untag(request: Request) -> HttpResponse:
    """Take tags off customers."""
    return _tagged(request, services.untag, _("已去掉标签"))


@page("customers/delete/", name="customers-delete", needs="customers.delete", methods="POST")
def delete(request: Request) -> HttpResponse:
    """Put customers into the recycle bin."""
    chosen = picked(request)
    refused = chosen.require(request)
    if refused:
        return refused
    services.delete(request.viewer, list(chosen.ids), at=clock.now())
    text = _counted(_("已移入回收站"), len(chosen.ids))
    told_undoable(request, text, reverse("customers-restore"), {"pick": chosen.ids[:500]})
    return HttpResponseRedirect(chosen.back)


@page("customers/restore/", name="customers-restore", needs="customers.delete", methods="POST")
def restore(request: Request) -> HttpResponse:
    """Take customers out of the recycle bin."""
    chosen = picked(request, is_bin=True)
    refused = chosen.require(request)
    if refused:
        return refused
    services.restore(request.viewer, list(chosen.ids), at=clock.now())
    told(request, _counted(_("已还原"), len(chosen.ids)))
    return HttpResponseRedirect(chosen.back)


@page("customers/labels/", name="customers-labels", needs="codes.label", methods="POST")
def labels(request: Request) -> HttpResponse:
    """Take the codes of the chosen customers to the page of labels."""
    chosen = picked(request, is_changing=False)
    refused = chosen.require(request)
    if refused:
        return refused
    codes = (
        queries.visible(request.viewer).filter(pk__in=chosen.ids).order_by("code_id").values_list("code_id", flat=True)
    )
    asked = QueryDict(mutable=True)
    asked.setlist("code", [str(code) for code in codes[:200]])
    return HttpResponseRedirect(f"{reverse('labels')}?{asked.urlencode()}")


@page("customers/edit/", name="customers-edit", needs="customers.edit", methods="POST")
def edit(request: Request) -> HttpResponse:
    """Change fields of several customers: choose, look at what would change, then apply."""
    chosen = picked(request)
    refused = chosen.require(request)
    if refused:
        return refused
    viewer, asked = request.viewer, _Asked.of(request)
    step = request.POST.get("step", "")
    if step and asked.is_empty:
        asked.form.add_error(None, _("还没有填要改成什么。"))
    preview = _preview(request, chosen, asked) if step and not asked.is_empty else None
    if preview is not None and preview.faults:
        asked.form.show(preview.faults)
    if step == "apply" and preview is not None and not preview.faults and request.POST.get("seen") == asked.mark:
        batch = services.bulk_edit(
            viewer, list(chosen.ids), asked.values, add_tags=asked.add, remove_tags=asked.remove, at=clock.now()
        )
        told_undoable(request, _counted(_("已修改"), preview.changed), reverse("batch-undo", args=[batch.uuid]))
        return HttpResponseRedirect(chosen.back)
    coder = Coder()
    titles = {field.key: field.title(viewer.language) for field in field_table().values()}
    facts = {
        **known(viewer.language),
        "form": asked.form,
        "asked": asked,
        "count": len(chosen.ids),
        "picks": chosen.ids if not request.POST.get("all") else [],
        "is_all": bool(request.POST.get("all")),
        "query": request.POST.get("query", ""),
        "back": chosen.back,
        "preview": preview if preview is not None and not preview.faults else None,
        "changes": [(coder.badge(one.identity), titles.get(one.field, one.field), one) for one in preview.changes]
        if preview
        else [],
        "crumbs": [(reverse("customers"), _("客户"))],
    }
    return show(request, "customers/bulk_edit.html", facts, status=422 if asked.form.errors else 200)


@page("customers/batches/<uuid:batch>/undo/", name="batch-undo", needs="customers.edit", methods="POST")
def undo(request: Request, batch: UUID) -> HttpResponse:
    """Take back what was done together, as far as nobody has changed it since."""
    undone = services.undo(request.viewer, batch, at=clock.now())
    text = _("已撤销，恢复了 {n} 处。").format(n=undone.reverted)
    if undone.kept:
        text += _("{n} 处后来又改过，保持现状。").format(n=len(undone.kept))
    told(request, text)
    return HttpResponseRedirect(request.META.get("HTTP_REFERER") or reverse("customers"))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a bulk edit is to change."""

    form: RecordForm
    values: Mapping[str, Value]
    add: Sequence[str]
    remove: Sequence[str]
    clear: Sequence[str]

    @classmethod
    def of(cls, request: Request) -> "_Asked":
        """From the form, whose fields stand under their keys; empty ones are left as they are, ``clear`` empties."""
        fields = _changeable()
        data = request.POST if request.POST.get("step") else None
        form = RecordForm(fields, data, language=request.viewer.language)
        given = {key: value for key, value in (form.told() if data else {}).items() if value}
        clear = [key for key in request.POST.getlist("clear") if key in form.table] if data else []
        emptied: dict[str, Value] = {key: [] if form.table[key].is_list else "" for key in clear}
        return cls(
            form,
            {**given, **emptied},
            names_in(request.POST.get("add_tags", "")),
            names_in(request.POST.get("remove_tags", "")),
            clear,
        )

    @property
    def is_empty(self) -> bool:
        return not (self.values or self.add or self.remove)

    @property
    def mark(self) -> str:
        """What was asked, as one text: applied is only what the preview has shown."""
        return json.dumps([sorted(self.values.items()), self.add, self.remove], ensure_ascii=False)


def _preview(request: Request, chosen: Picked, asked: _Asked) -> BulkPreview:
    """What the edit would change, nothing written."""
    return services.preview_bulk(
        request.viewer, list(chosen.ids), asked.values, add_tags=asked.add, remove_tags=asked.remove
    )


def _changeable() -> list[Field]:
    table = field_table()
    own = [field for field in table.values() if field.store == "custom" and field.key != CONSENTS]
    return [*(table[key] for key in _CHANGED_AT_ONCE), *own]


def names_in(text: str) -> list[str]:
    """Names written one after another, each once."""
    for sign in "，,;；\n":
        text = text.replace(sign, "、")
    return list(dict.fromkeys(filter(None, (one.strip() for one in text.split("、")))))


def _tagged(request: Request, act: Callable[..., object], text: str) -> HttpResponse:
    chosen, names = picked(request), names_in(request.POST.get("tags", ""))
    refused = chosen.require(request)
    if refused:
        return refused
    if not names:
        messages.error(request, _("请填标签。"))
        return HttpResponseRedirect(chosen.back)
    act(request.viewer, list(chosen.ids), names, at=clock.now())
    url = reverse("customers-untag" if act is services.tag else "customers-tag")
    fields = {"pick": chosen.ids[:500], "tags": "、".join(names), "query": request.POST.get("query", "")}
    told_undoable(request, _counted(text, len(chosen.ids)), url, fields)
    return HttpResponseRedirect(chosen.back)


def _done(request: Request, act: Callable[[list[int]], Any], text: str) -> HttpResponse:
    chosen = picked(request)
    refused = chosen.require(request)
    if refused:
        return refused
    try:
        batch = act(list(chosen.ids))
    except CodingError as error:
        messages.error(request, error.say(request.viewer.language))
        return HttpResponseRedirect(chosen.back)
    said = _counted(text, len(chosen.ids))
    if batch is not None and getattr(batch, "uuid", None):
        told_undoable(request, said, reverse("batch-undo", args=[batch.uuid]))
    else:
        told(request, said)
    return HttpResponseRedirect(chosen.back)


def _counted(text: str, number: int) -> str:
    return ngettext("{text} {n} 户", "{text} {n} 户", number).format(text=text, n=f"{number:,}")
