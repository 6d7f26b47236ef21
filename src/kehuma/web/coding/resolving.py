"""Which code a text means: for one text, or for a thousand that are pasted or come in a file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kehuma.apps.alarms import counting
from kehuma.apps.codes import listing, queries
from kehuma.apps.codes.data import Resolution
from kehuma.apps.codes.listing import CodeRow
from kehuma.lib import clock
from kehuma.lib.tabular import TabularError
from kehuma.lib.viewer import Viewer
from kehuma.web.badges import Badge, badge, plain
from kehuma.web.coding import said
from kehuma.web.coding.customers_of import Owner, owners
from kehuma.web.coding.register import code_badge, csv_lines
from kehuma.web.coding.uploads import table_of
from kehuma.web.pages import Request, page, show

MOST = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """What one text means: a code of the register with its badge, or suggestions with reasons."""

    text: str
    resolution: Resolution
    badge: Badge | None = None
    owner: Owner | None = None
    state: tuple[str, str] = ("", "")
    normalised: str = ""
    suggestions: Sequence[tuple[Badge, str]] = ()

    @property
    def meaning(self) -> str:
        """What its parts say."""
        parts = self.badge.parts if self.badge and self.resolution.found else ()
        return " · ".join(part.meaning for part in parts if part.meaning and part.kind not in ("sep", "check"))


@page("resolve/", name="resolve", needs="codes.resolve", methods="GET POST")
def resolve(request: Request) -> HttpResponse:
    """One text by its address, many by a form; the answer as a table or as a file."""
    texts, is_cut = _texts(request)
    answers = _answers(request.viewer, texts)
    if request.POST.get("as") == "csv":
        file = StreamingHttpResponse(csv_lines(_table(answers)), content_type="text/csv; charset=utf-8")
        file.headers["Content-Disposition"] = 'attachment; filename="resolved.csv"'
        return cast("HttpResponse", file)
    if is_cut:
        messages.warning(request, _("一次最多查 {n} 个，后面的没有查。").format(n=MOST))
    found = sum(one.resolution.found for one in answers)
    suggested = sum(bool(one.suggestions) for one in answers)
    facts = {
        "answers": answers,
        "one": answers[0] if len(answers) == 1 else None,
        "text": "\n".join(texts),
        "found": found,
        "suggested": suggested,
        "nothing": len(answers) - found - suggested,
        "said": ngettext("{n} 个", "{n} 个", len(answers)).format(n=f"{len(answers):,}"),
        "most": MOST,
    }
    return show(request, "coding/resolve.html", facts)


def _texts(request: Request) -> tuple[list[str], bool]:
    if request.method == "GET":
        one = request.GET.get("q", "").strip()
        return ([one] if one else []), False
    file = request.FILES.get("file")
    try:
        lines = _first_column(file) if isinstance(file, UploadedFile) else request.POST.get("texts", "").splitlines()
    except TabularError as error:
        messages.error(request, error.say(said.language()))
        return [], False
    found = [line.strip() for line in lines if line.strip()]
    return found[:MOST], len(found) > MOST


def _first_column(file: "UploadedFile[bytes]") -> list[str]:
    """The first column of a table; its head counts as a text as well, since many lists have none."""
    with table_of(file) as table:
        texts = [table.header[0]] if table.header else []
        for batch in table.batches():
            texts += [row[0] for row in batch.rows if row]
            if len(texts) > MOST + 1:
                break
    is_head = bool(texts) and not any(character.isascii() and character.isalnum() for character in texts[0])
    return texts[1:] if is_head else texts


def _answers(viewer: Viewer, texts: Sequence[str]) -> list[Answer]:
    found = [(text, queries.resolve(text)) for text in texts]
    wanted = [one.identity for _text, one in found if one.identity]
    at = clock.now()
    counting.found(viewer, wanted, at)
    counting.missed(viewer, [text for text, one in found if not one.found], at)
    may_view = viewer.may("codes.view")
    rows = {row.identity: row for row in (listing.named(viewer, wanted) if may_view else [])}
    behind = owners(viewer, wanted)
    return [_answer(text, one, rows.get(one.identity or ""), behind.get(one.identity or "")) for text, one in found]


def _answer(text: str, one: Resolution, row: CodeRow | None, owner: Owner | None) -> Answer:
    if not one.found:
        suggestions = [(_suggested(each.code), said.reason(each.reason)) for each in one.suggestions]
        return Answer(text, one, suggestions=suggestions)
    drawn = code_badge(row) if row else _suggested(one.code or "")
    return Answer(text, one, drawn, owner, said.state(one.state or ""), said.normalised(list(one.normalised)))


def _suggested(code: str) -> Badge:
    found = queries.resolve(code)
    url = reverse("resolve") + f"?q={code}"
    if found.scheme is None or found.version is None:
        return plain(code, url=url)
    version = next(one for one in queries.versions(found.scheme) if one.number == found.version)
    return badge(queries.grammar_of_file(version.source), code, url=url)


def _table(answers: Sequence[Answer]) -> Iterator[list[str]]:
    yield [_("文本"), _("编码"), _("状态"), _("含义"), _("客户"), _("归一"), _("建议")]
    for one in answers:
        suggestions = _("、").join(drawn.code for drawn, _reason in one.suggestions)
        owner = one.owner.name if one.owner else ""
        yield [one.text, one.resolution.code or "", one.state[1], one.meaning, owner, one.normalised, suggestions]
