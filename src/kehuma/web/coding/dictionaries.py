"""The dictionaries: what they hold, who uses them, and how more names are added."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import RegexValidator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kehuma.apps.codes import dictionary_reads, queries, services
from kehuma.engine.coding.dictionaries import (
    BUILTIN_NAMES,
    AmbiguousValue,
    Dictionary,
    Entry,
    TableError,
    UnknownValue,
    entries_from_table,
)
from kehuma.engine.coding.errors import CodingError
from kehuma.lib import clock
from kehuma.lib.tabular import TabularError
from kehuma.web.coding import names, said
from kehuma.web.coding.uploads import table_of
from kehuma.web.pages import Request, page, show

_SIZE = 50
_NAMES_SHOWN = 6
_MOST_ROWS = 100_000
_TINTS = {"cn-industry": "industry", "iso-3166": "region"}
_SYMBOL = RegexValidator(r"^[A-Za-z0-9]+\Z", gettext_lazy("符号只用字母和数字。"))


class EntryForm(forms.Form):
    """A symbol with its names, new or more names for one that is there."""

    symbol = forms.CharField(
        label=gettext_lazy("符号"), max_length=20, validators=[_SYMBOL], widget=forms.TextInput({"class": "mono"})
    )
    zh = forms.CharField(label=gettext_lazy("中文名称"), max_length=60, required=False)
    en = forms.CharField(label=gettext_lazy("英文名称"), max_length=80, required=False)
    also = forms.CharField(
        label=gettext_lazy("同义词"), required=False, max_length=500, widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("别人也这样写它：用顿号、逗号或换行分开"),
    )  # fmt: skip
    valid_from = forms.IntegerField(label=gettext_lazy("启用年份"), min_value=1900, max_value=2200, required=False)
    valid_to = forms.IntegerField(label=gettext_lazy("停用年份"), min_value=1900, max_value=2200, required=False)

    def __init__(self, dictionary: Dictionary, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dictionary = dictionary

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        symbol = str(cleaned.get("symbol", "")).upper()
        is_new = symbol and self.dictionary.entry(symbol) is None
        if is_new and not (cleaned.get("zh") or cleaned.get("en")):
            self.add_error("zh", _("新的符号要有名称。"))
        for name in (*filter(None, (cleaned.get("zh"), cleaned.get("en"))), *self.synonyms):
            other = _other(self.dictionary, name, symbol)
            if other:
                self.add_error("also", _("“{name}”已经是 {symbol} 的名称。").format(name=name, symbol=other))
        return cleaned

    @property
    def synonyms(self) -> list[str]:
        """The synonyms, one by one."""
        text = str(self.cleaned_data.get("also", ""))
        for sign in ("，", ",", "\n", "；", ";"):
            text = text.replace(sign, "、")
        return list(dict.fromkeys(one.strip() for one in text.split("、") if one.strip()))

    @property
    def entry(self) -> Entry:
        """The entry that the form says."""
        told = self.cleaned_data
        return Entry(
            told["symbol"].upper(), told["zh"], told["en"], tuple(self.synonyms),
            valid_from=told["valid_from"], valid_to=told["valid_to"],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry as a row."""

    entry: Entry
    also: Sequence[str]
    more: int
    used: int | None


@page("dictionaries/", name="dictionaries", needs="dictionaries.view")
def dictionaries(request: Request) -> HttpResponse:
    """All dictionaries."""
    titles = names.titles()
    rows = [
        (row, said.dictionary(row.name) or row.name, [(name, titles.get(name, name)) for name in row.schemes])
        for row in dictionary_reads.dictionaries(request.viewer)
    ]
    own = [one for one in rows if one[0].is_own]
    return show(request, "coding/dictionaries.html", {"rows": [one for one in rows if not one[0].is_own], "own": own})


@page("dictionaries/<slug:name>/", name="dictionary", needs="dictionaries.view")
def dictionary(request: Request, name: str) -> HttpResponse:
    """The entries of one dictionary."""
    found = _named(name)
    return show(request, "coding/dictionary.html", _shown(request, found, EntryForm(found)))


@page("dictionaries/<slug:name>/add/", name="dictionary-add", needs="dictionaries.edit", methods="POST")
def dictionary_add(request: Request, name: str) -> HttpResponse:
    """Add a symbol, or names to one."""
    found = _named(name)
    form = EntryForm(found, request.POST)
    if not form.is_valid():
        return show(request, "coding/dictionary.html", _shown(request, found, form), status=422)
    symbol = form.entry.symbol
    is_new = found.entry(symbol) is None
    services.extend_dictionary(name, [form.entry], actor=request.viewer.actor, at=clock.now())
    told = _("已加入符号 {symbol}。") if is_new else _("已给 {symbol} 加上名称。")
    messages.success(request, told.format(symbol=symbol))
    return HttpResponseRedirect(reverse("dictionary", args=[name]) + f"?q={symbol}")


@page("dictionaries/<slug:name>/import/", name="dictionary-import", needs="dictionaries.edit", methods="POST")
def dictionary_import(request: Request, name: str) -> HttpResponse:
    """Add what a table holds; all of it or nothing."""
    found = _named(name)
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        messages.error(request, _("请先选择文件。"))
        return HttpResponseRedirect(reverse("dictionary", args=[name]))
    try:
        entries = _entries(found, file)
        services.extend_dictionary(name, entries, actor=request.viewer.actor, at=clock.now())
    except (CodingError, TabularError) as error:
        messages.error(request, _("没有导入：{reason}").format(reason=error.say(said.language())))
        return HttpResponseRedirect(reverse("dictionary", args=[name]))
    new = sum(found.entry(one.symbol) is None for one in entries)
    more = sum(len(one.also) + len(one.codes) for one in entries)
    text = ngettext(
        "已导入 {n} 个符号的名称，其中新符号 {new} 个、同义词和代码 {names} 个。",
        "已导入 {n} 个符号的名称，其中新符号 {new} 个、同义词和代码 {names} 个。",
        len(entries),
    )
    messages.success(request, text.format(n=len(entries), new=new, names=more))
    return HttpResponseRedirect(reverse("dictionary", args=[name]))


def _named(name: str) -> Dictionary:
    if name not in BUILTIN_NAMES:
        raise Http404
    return queries.dictionary(name)


def _shown(request: Request, found: Dictionary, form: EntryForm) -> dict[str, Any]:
    usage = dictionary_reads.usage(request.viewer, found.name)
    text = request.GET.get("q", "").strip()
    first = int(given) if (given := request.GET.get("first", "")).isdigit() and len(given) < 7 else 0
    entries, near = _matching(found, text)
    rows = [
        Shown(
            one,
            one.also[:_NAMES_SHOWN],
            max(0, len(one.also) - _NAMES_SHOWN),
            usage.get(one.symbol, 0) if usage else None,
        )
        for one in entries[first : first + _SIZE]
    ]
    row = next(one for one in dictionary_reads.dictionaries(request.viewer) if one.name == found.name)
    titles = names.titles()
    return {
        "dictionary": found,
        "title": said.dictionary(found.name) or found.name,
        "row": row,
        "schemes": [(name, titles.get(name, name)) for name in row.schemes],
        "rows": rows,
        "text": text,
        "near": near,
        "total": len(entries),
        "first": first + 1,
        "last": first + len(rows),
        "previous": f"?q={text}&first={max(0, first - _SIZE)}" if first else "",
        "next": f"?q={text}&first={first + _SIZE}" if first + _SIZE < len(entries) else "",
        "extensions": dictionary_reads.extensions(request.viewer, found.name)[:5],
        "form": form,
        "tint": _TINTS.get(found.name, "region" if found.name.startswith("cn-") else "lookup"),
        "has_validity": any(one.entry.valid_from or one.entry.valid_to for one in rows),
        "crumbs": [(reverse("dictionaries"), _("码表")), ("", said.dictionary(found.name) or found.name)],
    }


def _matching(found: Dictionary, text: str) -> tuple[Sequence[Entry], Sequence[str]]:
    """The entries that a text names or stands in; where there are none, names that are near."""
    if not text:
        return found.entries, ()
    try:
        hit = [found.find(text)]
    except (UnknownValue, AmbiguousValue):
        hit = []
    wanted = text.casefold()
    held = [one for one in found.entries if any(wanted in name.casefold() for name in one.names)]
    entries = list({one.symbol: one for one in (*hit, *held)}.values())
    return entries, () if entries else found.nearest(text)


def _entries(found: Dictionary, file: "UploadedFile[bytes]") -> Sequence[Entry]:
    with table_of(file) as table:
        rows: list[tuple[str, ...]] = []
        for batch in table.batches():
            if batch.faults:
                raise batch.faults[0].error
            rows += batch.rows
            if len(rows) > _MOST_ROWS:
                raise TableError("dictionary-too-long", most=_MOST_ROWS)
        return entries_from_table(found, table.header, rows)


def _other(found: Dictionary, name: str, symbol: str) -> str:
    """The other symbol that a name belongs to already."""
    try:
        entry = found.find(name)
    except (UnknownValue, AmbiguousValue):
        return ""
    is_exact = name.casefold() in {one.casefold() for one in entry.names}
    return entry.symbol if entry.symbol != symbol and is_exact else ""
