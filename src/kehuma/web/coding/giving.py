"""Codes that do not come with a customer: chosen by hand, kept for later, or there before the register was."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kehuma.apps.codes import queries, services
from kehuma.apps.codes.data import IssuedCode
from kehuma.apps.codes.errors import UnknownSchemeError
from kehuma.engine.coding.errors import CodingError
from kehuma.engine.coding.model import Parent, Scheme
from kehuma.lib import clock
from kehuma.web.coding import names, said
from kehuma.web.pages import Request, page, show

_MOST = 10_000
_MOST_BYTES = 2_000_000
_SHOWN = 200
_HOURS = (
    (1, gettext_lazy("1 小时")),
    (24, gettext_lazy("1 天")),
    (24 * 7, gettext_lazy("7 天")),
    (24 * 30, gettext_lazy("30 天")),
)


class _RuleForm(forms.Form):
    """``token`` makes a form that is sent twice one request."""

    scheme = forms.ChoiceField(label=gettext_lazy("规则"))
    token = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"token": uuid4().hex, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.fields["scheme"].choices = names.published()  # type: ignore[attr-defined]


class ManualForm(_RuleForm):
    """A code that somebody chose."""

    text = forms.CharField(
        label=gettext_lazy("编码"), max_length=200, widget=forms.TextInput({"class": "mono", "autocomplete": "off"}),
        help_text=gettext_lazy("要按规则写得出来，并且还没有发出；流水号轮到它时会跳过"),
    )  # fmt: skip


class ReserveForm(_RuleForm):
    """What the code is to be made of, and how long it is kept."""

    hours = forms.TypedChoiceField(label=gettext_lazy("保留多久"), choices=_HOURS, coerce=int, initial=24)
    field_order = ("scheme", "hours", "token")

    def __init__(self, scheme: Scheme | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.facts: list[str] = []
        for segment in scheme.segments if scheme else ():
            attribute = "parent" if isinstance(segment, Parent) else getattr(segment, "attribute", None)
            if attribute and attribute not in self.facts:
                self.facts.append(attribute)
                title = names.of_part(segment.name)
                self.fields[f"fact-{attribute}"] = forms.CharField(label=title, max_length=500, required=False)

    def told(self) -> tuple[dict[str, object], str | None]:
        """The facts, and the superior's code."""
        facts: dict[str, object] = {name: self.cleaned_data[f"fact-{name}"] for name in self.facts}
        return facts, str(facts.pop("parent", "")) or None


class AdoptForm(_RuleForm):
    """Codes that are in use already, one a line."""

    source = forms.CharField(
        label=gettext_lazy("来源"), max_length=100, help_text=gettext_lazy("它们从哪里来，如 旧系统；记在台账里")
    )
    texts = forms.CharField(
        label=gettext_lazy("编码，一行一个"), required=False, strip=False,
        widget=forms.Textarea({"rows": 8, "class": "mono", "spellcheck": "false"}),
    )  # fmt: skip
    file = forms.FileField(
        label=gettext_lazy("或一个文本文件"), required=False, widget=forms.ClearableFileInput({"accept": ".txt,.csv"})
    )
    field_order = ("scheme", "source", "texts", "file", "token")

    def clean(self) -> dict[str, Any]:
        """The lines, from the box and the file."""
        cleaned = super().clean() or {}
        found = str(cleaned.get("texts", "")).splitlines()
        file = cleaned.get("file")
        if isinstance(file, UploadedFile):
            found += _lines(file.read(_MOST_BYTES))
        self.lines = [line.strip() for line in found if line.strip()]
        if not self.lines:
            self.add_error("texts", _("请填上编码，或选一个文件。"))
        elif len(self.lines) > _MOST:
            self.add_error("texts", _("一次最多 {n} 个；更多的请用命令 kehuma codes adopt。").format(n=f"{_MOST:,}"))
        return cleaned


class Refused(NamedTuple):
    """A line that did not come in, and why."""

    text: str
    why: str


@page("codes/manual/", name="codes-manual", needs="codes.manual", methods="GET POST")
def manual(request: Request) -> HttpResponse:
    """Give out a code that somebody chose."""
    form = ManualForm(request.POST or None, initial={"scheme": request.GET.get("scheme", "")})
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            issued = services.issue_manual(
                request.viewer, told["scheme"], told["text"], request_key=_key("manual", told), at=clock.now()
            )
        except CodingError as error:
            form.add_error("text", error.say(said.language()))
        else:
            return _shown(request, issued, _("已发出 {code}").format(code=issued.code))
    return _page(request, "coding/manual.html", _("手工发码"), form)


@page("codes/reserve/", name="codes-reserve", needs="codes.manual", methods="GET POST")
def reserve(request: Request) -> HttpResponse:
    """Keep a code that nobody else gets, for a time."""
    given = request.POST if request.method == "POST" else request.GET
    known = names.published()
    name = given.get("scheme") or (known[0][0] if known else "")
    form = ReserveForm(_scheme(name), request.POST if request.method == "POST" else None, initial={"scheme": name})
    if request.method == "POST" and "again" not in request.POST and form.is_valid():
        facts, parent = form.told()
        at, me = clock.now(), request.viewer.actor
        until = at + timedelta(hours=form.cleaned_data["hours"])
        try:
            kept = services.reserve(
                name, facts, request_key=_key("reserve", form.cleaned_data), owner=me, until=until, actor=me, at=at,
                parent=parent,
            )  # fmt: skip
        except CodingError as error:
            form.add_error(None, error.say(said.language()))
        else:
            return _shown(request, kept, _("已预留 {code}").format(code=kept.code))
    return _page(request, "coding/reserve.html", _("预留编码"), form)


@page("codes/adopt/", name="codes-adopt", needs="codes.manual", methods="GET POST")
def adopt(request: Request) -> HttpResponse:
    """Take in codes that were there before; the counters move past them."""
    form = AdoptForm(request.POST or None, request.FILES or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, "coding/adopt.html", _("接收已有编码"), form)
    told = form.cleaned_data
    try:
        outcomes = services.adopt(
            told["scheme"], form.lines, source=told["source"], actor=request.viewer.actor, at=clock.now()
        )
    except CodingError as error:
        form.add_error(None, error.say(said.language()))
        return _page(request, "coding/adopt.html", _("接收已有编码"), form)
    counts = {kind: sum(one.kind == kind for one in outcomes) for kind in ("coded", "known", "rejected")}
    refused = [
        Refused(text, one.error.say(said.language()))
        for text, one in zip(form.lines, outcomes, strict=True)
        if one.error is not None
    ]
    more: dict[str, Any] = {"counts": counts, "refused": refused[:_SHOWN], "more": max(0, len(refused) - _SHOWN)}
    return _page(request, "coding/adopt.html", _("接收已有编码"), AdoptForm(), **more)


def _page(request: Request, template: str, title: str, form: forms.Form, **more: object) -> HttpResponse:
    facts = {"form": form, "title": title, **_rules(),
             "crumbs": [(reverse("codes"), _("编码台账")), ("", title)], **more}  # fmt: skip
    return show(request, template, facts, status=422 if form.errors else 200)


def _rules() -> dict[str, bool]:
    number = len(names.published())
    return {"has_rules": number > 0, "has_several": number > 1}


def _shown(request: Request, code: IssuedCode, told: str) -> HttpResponse:
    messages.success(request, told)
    return HttpResponseRedirect(reverse("code", args=[code.identity]))


def _key(what: str, told: dict[str, Any]) -> str:
    return f"web {what} {told['token']}"


def _scheme(name: str) -> Scheme | None:
    try:
        return queries.grammar(name, clock.now()).scheme
    except UnknownSchemeError:
        return None


def _lines(content: bytes) -> Sequence[str]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding).splitlines()
        except UnicodeDecodeError:
            continue
    return []
