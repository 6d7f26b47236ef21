"""From a draft to a version: compare, hand in, review, publish, discard."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from kehuma.apps.codes import checks, drafts, queries
from kehuma.apps.codes.data import PublishedScheme
from kehuma.apps.codes.draft_errors import UnknownDraftError
from kehuma.apps.codes.drafts import Draft
from kehuma.engine.coding.diff import diff
from kehuma.engine.coding.errors import CodingError
from kehuma.engine.coding.grammar import Grammar
from kehuma.lib import clock
from kehuma.web.coding import names, said
from kehuma.web.coding.changes import Changes, changes
from kehuma.web.pages import Request, page, show


@page("schemes/drafts/<uuid:draft>/compare/", name="draft-compare", needs="schemes.view")
def draft_compare(request: Request, draft: UUID) -> HttpResponse:
    """What the draft changes, for codes given out and for those to come."""
    found = _draft(request, draft)
    before = _newest(found)
    told: Changes | None = None
    fault = ""
    try:
        grammar = checks.check(found.source).grammar
        title = said.title(grammar.scheme)
        if before is not None:
            told = changes(diff(_grammar(before), grammar))
    except CodingError as error:
        fault, title = error.say(said.language()), found.name
    facts = {
        "draft": found,
        "before": before,
        "changes": told,
        "fault": fault,
        "title": title,
        "crumbs": [(reverse("schemes"), _("编码规则")), (reverse("draft", args=[draft]), title), ("", _("比较"))],
    }
    return show(request, "coding/compare.html", facts)


@page("schemes/drafts/<uuid:draft>/publish/", name="draft-publish", needs="schemes.publish", methods="POST")
def draft_publish(request: Request, draft: UUID) -> HttpResponse:
    """Make the draft the next version."""
    found = _draft(request, draft)
    revision = request.POST.get("revision", "")
    seen = int(revision) if revision.isdigit() else 0
    try:
        published = drafts.publish(request.viewer, draft, revision=seen, at=clock.now())
    except CodingError as error:
        messages.error(request, _("没有发布：{reason}").format(reason=error.say(said.language())))
        return HttpResponseRedirect(reverse("draft", args=[draft]))
    messages.success(
        request,
        _("「{name}」v{n} 已发布。").format(name=names.titles().get(published.name, found.name), n=published.number),
    )
    return HttpResponseRedirect(reverse("scheme", args=[published.name]))


@page("schemes/drafts/<uuid:draft>/review/", name="draft-review", needs="schemes.edit", methods="POST")
def draft_review(request: Request, draft: UUID) -> HttpResponse:
    """Hand the draft to a second person."""
    _draft(request, draft)
    drafts.ask_for_review(request.viewer, draft, at=clock.now())
    messages.success(request, _("已送复核，有发布权的同事会在编码规则页看到它。"))
    return HttpResponseRedirect(reverse("draft", args=[draft]))


@page("schemes/drafts/<uuid:draft>/return/", name="draft-return", needs="schemes.publish", methods="POST")
def draft_return(request: Request, draft: UUID) -> HttpResponse:
    """Give a draft back with a word on why."""
    _draft(request, draft)
    drafts.give_back(request.viewer, draft, note=request.POST.get("note", ""), at=clock.now())
    messages.success(request, _("已退回。"))
    return HttpResponseRedirect(reverse("draft", args=[draft]))


@page("schemes/drafts/<uuid:draft>/discard/", name="draft-discard", needs="schemes.edit", methods="POST")
def draft_discard(request: Request, draft: UUID) -> HttpResponse:
    """Throw a draft away."""
    _draft(request, draft)
    drafts.discard(request.viewer, draft, at=clock.now())
    messages.success(request, _("草案已丢弃。"))
    return HttpResponseRedirect(reverse("schemes"))


@page("schemes/review-rule/", name="review-rule", needs="settings.manage", methods="POST")
def review_rule(request: Request) -> HttpResponse:
    """Say whether a second person has to look at rules before they are published."""
    is_needed = request.POST.get("needed") == "1"
    drafts.require_review(request.viewer, is_needed=is_needed, at=clock.now())
    said_ = _("以后发布规则须由另一人复核。") if is_needed else _("以后发布规则不必另一人复核。")
    messages.success(request, said_)
    return HttpResponseRedirect(reverse("schemes"))


def _draft(request: Request, uuid: UUID) -> Draft:
    try:
        return drafts.draft(request.viewer, uuid)
    except UnknownDraftError:
        raise Http404 from None


def _newest(found: Draft) -> PublishedScheme | None:
    versions = queries.versions(found.name)
    return versions[-1] if versions else None


def _grammar(version: PublishedScheme) -> Grammar:
    return queries.grammar_of_file(version.source)
