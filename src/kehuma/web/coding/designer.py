"""The rule designer: a draft with its parts, a preview, a verdict, all of it up to date after every change."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from kehuma.apps.access import queries as people
from kehuma.apps.codes import drafts, queries
from kehuma.apps.codes.draft_errors import UnknownDraftError
from kehuma.apps.codes.drafts import Draft
from kehuma.apps.codes.ranges import ranges_of
from kehuma.engine.coding.errors import CodingError, ReadError
from kehuma.engine.coding.scheme_text import outline_of
from kehuma.lib import clock
from kehuma.web.badges import badge
from kehuma.web.coding import edits, kinds, said, verdicts
from kehuma.web.coding.capacity_bars import bars
from kehuma.web.coding.design import Design
from kehuma.web.coding.edits import Edit
from kehuma.web.coding.uploads import text_of_upload
from kehuma.web.pages import Request, page, show

_BARS = 4


@page("schemes/drafts/<uuid:draft>/", name="draft", needs="schemes.view")
def draft(request: Request, draft: UUID) -> HttpResponse:
    """The designer."""
    design = _design(request, draft)
    part, joint = request.GET.get("part", ""), request.GET.get("joint", "")
    if request.htmx and not request.htmx.boosted:
        return _design_only(request, design, Edit("", part, _place(joint)))
    return show(request, "coding/draft.html", shown(request, design, Edit("", part, _place(joint))))


@page("schemes/drafts/<uuid:draft>/change/", name="draft-change", needs="schemes.edit", methods="POST")
def draft_change(request: Request, draft: UUID) -> HttpResponse:
    """One act of the designer; the draft is saved at once."""
    design = _design(request, draft)
    edit = edits.edited(design, request.POST)
    if edit.form is not None:
        return _refused(request, design, edit)
    saved = drafts.change(request.viewer, draft, edit.source, revision=_revision(request), at=clock.now())
    after = Design(request.viewer, saved, clock.now(), design.skip)
    if not request.htmx:
        return HttpResponseRedirect(_address(draft, edit))
    is_live = request.POST.get("act") in ("part", "rule", "joint") and edit.part == request.POST.get("part", "")
    if is_live:
        return _telling(show(request, "coding/draft/live.html", shown(request, after, edit) | {"oob": True}))
    return _design_only(request, after, edit)


@page("schemes/drafts/<uuid:draft>/source/", name="draft-source", needs="schemes.view")
def draft_source(request: Request, draft: UUID) -> HttpResponse:
    """The file, to be saved."""
    found = _design(request, draft).draft
    return toml(found.source, f"{found.name or 'scheme'}.toml")


@page("schemes/drafts/<uuid:draft>/replace/", name="draft-replace", needs="schemes.edit", methods="POST")
def draft_replace(request: Request, draft: UUID) -> HttpResponse:
    """Take another file in the place of the draft's, uploaded or pasted."""
    _design(request, draft)
    text = text_of_upload(request)
    try:
        outline_of(text)
    except CodingError as error:
        messages.error(request, _("没有采用上传的文件：{reason}").format(reason=error.say(said.language())))
        return HttpResponseRedirect(reverse("draft", args=[draft]))
    drafts.change(request.viewer, draft, text, revision=_revision(request), at=clock.now())
    messages.success(request, _("已换成上传的文件。"))
    return HttpResponseRedirect(reverse("draft", args=[draft]))


@page("schemes/drafts/<uuid:draft>/read/", name="draft-read", needs="schemes.view")
def draft_read(request: Request, draft: UUID) -> HttpResponse:
    """What the draft reads in a text."""
    design = _design(request, draft)
    return show(request, "coding/draft/read_answer.html", reading(request, design, request.GET.get("text", "")))


def shown(request: Request, design: Design, edit: Edit) -> dict[str, Any]:
    """What the designer's templates are filled with."""
    outline = design.outline
    slot = outline.slot(edit.part) or (outline.slots[0] if outline.slots and edit.joint is None else None)
    card = next((one for one in design.cards if slot and one.slot.name == slot.name), None)
    viewer = request.viewer
    names = people.names_by_actor({design.draft.changed_by, design.draft.asked_by} - {""})
    grammar = design.checked.grammar if design.checked else None
    is_reviewer = viewer.may("schemes.publish") and design.draft.may_be_reviewed_by(viewer)
    return {
        "design": design,
        "draft": design.draft,
        "card": card,
        "joint": _joint(design, edit),
        "part_form": edits.part_form(design, slot) if slot else None,
        "rule_form": edits.rule_form_of(design),
        "kind_title": kinds.TITLES[card.kind] if card else "",
        "presets": design.offered,
        "may_edit": viewer.may("schemes.edit"),
        "must_hand_in": not viewer.may("schemes.publish") or (drafts.needs_review() and not is_reviewer),
        "is_reviewer": is_reviewer,
        "changed_by": names.get(design.draft.changed_by, ""),
        "asked_by": names.get(design.draft.asked_by, ""),
        "capacity": verdicts.capacity(design.checked.report) if design.checked else "",
        "bars": bars(grammar, ranges_of(grammar, design.at, limit=_BARS), design.at) if grammar else [],
        "next_skip": design.skip + 10,
        "crumbs": [(reverse("schemes"), _("编码规则")), ("", design.title)],
        "given": len(queries.versions(design.draft.name)),
        **reading(request, design, ""),
    }


def reading(request: Request, design: Design, text: str) -> dict[str, Any]:
    """What a text says under the draft, and whether it was given out; without one, the first code of the preview."""
    facts: dict[str, Any] = {"read": None, "problem": "", "found": None}
    text = text.strip() or str(design.first.code if design.first else "")
    if not text or design.checked is None:
        return facts
    try:
        read = design.checked.grammar.read(text)
    except ReadError as error:
        return facts | {"problem": error.say(said.language())}
    facts |= {"read": badge(design.checked.grammar, read.code), "normalised": said.normalised(read.normalised)}
    if request.viewer.may("codes.view"):
        facts["issued"] = queries.issued(read.identity)
    return facts


def toml(source: str, name: str) -> HttpResponse:
    """A scheme file to be saved."""
    answer = HttpResponse(source, content_type="application/toml; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _design(request: Request, uuid: UUID) -> Design:
    try:
        found: Draft = drafts.draft(request.viewer, uuid)
    except UnknownDraftError:
        raise Http404 from None
    skip = request.GET.get("skip") or request.POST.get("skip") or ""
    return Design(request.viewer, found, clock.now(), int(skip) if skip.isdigit() and len(skip) < 6 else 0)


def _design_only(request: Request, design: Design, edit: Edit) -> HttpResponse:
    """The designer without the shell, in the place of the one that is there."""
    answer = show(request, "coding/draft/design.html", shown(request, design, edit))
    answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#design", "outerHTML"
    answer.headers["HX-Replace-Url"] = _address(design.draft.uuid, edit)
    return _telling(answer)


def _telling(answer: HttpResponse) -> HttpResponse:
    """Lets the page ask anew what depends on what stands in it: the text to be read."""
    answer.headers["HX-Trigger-After-Swap"] = "design-changed"
    return answer


def _refused(request: Request, design: Design, edit: Edit) -> HttpResponse:
    """A form that cannot be taken over, with what is wrong in it; nothing was saved."""
    which = "rule_form" if request.POST.get("act") == "rule" else "part_form"
    facts = shown(request, design, edit) | {which: edit.form}
    if not request.htmx:
        return show(request, "coding/draft.html", facts, status=422)
    # htmx reports every other status as an error in the browser's console, and this is none.
    answer = show(request, "coding/draft/design.html", facts)
    answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#design", "outerHTML"
    return _telling(answer)


def _joint(design: Design, edit: Edit) -> dict[str, Any] | None:
    joints = design.outline.joints
    if edit.joint is None or not 0 <= edit.joint < len(joints):
        return None
    text = joints[edit.joint]
    literals = design.outline.settings.get("literals", {})
    meaning = literals.get(edits.bare(text), {}) if isinstance(literals, dict) else {}
    names = meaning if isinstance(meaning, dict) else {"zh": meaning}
    place = _("最前面") if edit.joint == 0 else _("最后面") if edit.joint == len(joints) - 1 else _("两段之间")
    return {"place": edit.joint, "text": text, "zh": names.get("zh", ""), "en": names.get("en", ""), "where": place}


def _address(uuid: UUID, edit: Edit) -> str:
    chosen = f"?part={edit.part}" if edit.part else f"?joint={edit.joint}" if edit.joint is not None else ""
    return reverse("draft", args=[uuid]) + chosen


def _place(text: str) -> int | None:
    return int(text) if text.isdigit() and len(text) < 4 else None


def _revision(request: Request) -> int:
    # The page carries the number twice: in the form, and in the badge that is renewed with every change.
    return max(
        (
            int(one)
            for one in (*request.POST.getlist("revision"), *request.POST.getlist("seen"))
            if one.isdigit() and len(one) < 10
        ),
        default=0,
    )
