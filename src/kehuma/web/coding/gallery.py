"""The rules in use, those being worked on, and the shipped ones: a working rule in three clicks."""

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kehuma.apps.access import queries as people
from kehuma.apps.codes import checks, drafts, queries, services
from kehuma.apps.codes.samples import sample_codes, sample_orders
from kehuma.engine.coding.errors import CodingError, SchemeError
from kehuma.engine.coding.scheme_text import Outline, text_of
from kehuma.lib import clock
from kehuma.lib.viewer import Viewer
from kehuma.web import shell, wording
from kehuma.web.badges import Badge, badge
from kehuma.web.coding import names, said, verdicts
from kehuma.web.coding.shipped import Shipped, shipped, shipped_named
from kehuma.web.coding.uploads import text_of_upload
from kehuma.web.pages import Request, page, show

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class InUse:
    """A published rule in the list."""

    name: str
    title: str
    subject: str
    version: int
    effective: str
    is_coming: bool
    sample: Badge | None
    codes: int


@page("schemes/", name="schemes", needs="schemes.view")
def schemes(request: Request) -> HttpResponse:
    """What is in use, what is being worked on, what can be had."""
    viewer = request.viewer
    working = drafts.drafts(viewer)
    in_use = _in_use()
    taken = {one.name for one in in_use}
    facts = {
        "in_use": in_use,
        "drafts": [(one, _name_of(one.source) or one.name) for one in working],
        "names": people.names_by_actor({one.changed_by for one in working}),
        "me": viewer.actor,
        "shipped": [(one, said.title(one.scheme), _codes(one.name), one.name in taken) for one in shipped()],
        "needs_review": drafts.needs_review(),
    }
    return show(request, "coding/schemes.html", facts)


@page("schemes/shipped/<slug:name>/", name="shipped-scheme", needs="schemes.view")
def shipped_scheme(request: Request, name: str) -> HttpResponse:
    """A shipped rule laid open: what its codes look like and say, and whether it goes with those in use."""
    found = _found(name)
    first, *_rest = _codes(name)
    missing = _missing_parents(found)
    findings, is_sound = _verdict(found) if not missing else ([], True)
    facts = {
        "shipped": found,
        "title": said.title(found.scheme),
        "told": found.en if wording.is_english() else found.zh,
        "first": first,
        "codes": list(zip(_codes(name), _firms(found), strict=False)),
        "findings": findings,
        "is_sound": is_sound,
        "missing": [(one, said.title(shipped_one.scheme)) for one in missing if (shipped_one := shipped_named(one))],
        "in_use": bool(queries.versions(name)),
        "needs_review": drafts.needs_review(),
        "crumbs": [(reverse("schemes"), _("编码规则")), ("", said.title(found.scheme))],
    }
    return show(request, "coding/shipped.html", facts)


@page("schemes/shipped/<slug:name>/publish/", name="shipped-publish", needs="schemes.publish", methods="POST")
def shipped_publish(request: Request, name: str) -> HttpResponse:
    """Put a shipped rule to work as it is, and those of its superiors' codes with it."""
    found = _found(name)
    if drafts.needs_review():
        draft = drafts.begin(request.viewer, found.source, at=clock.now())
        drafts.ask_for_review(request.viewer, draft.uuid, at=clock.now())
        messages.success(request, _("已送复核，有发布权的同事会在编码规则页看到它。"))
        return HttpResponseRedirect(reverse("draft", args=[draft.uuid]))
    try:
        with transaction.atomic():
            for one in (*_missing_parents(found), name):
                services.publish(_found(one).source, actor=request.viewer.actor, at=clock.now())
    except CodingError as error:
        messages.error(request, _("没有发布：{reason}").format(reason=error.say(said.language())))
        return HttpResponseRedirect(reverse("shipped-scheme", args=[name]))
    messages.success(request, _("「{name}」已发布，可以发码了。").format(name=said.title(found.scheme)))
    return HttpResponseRedirect(reverse("scheme", args=[name]))


@page("schemes/drafts/new/", name="draft-new", needs="schemes.edit", methods="POST")
def draft_new(request: Request) -> HttpResponse:
    """Begin a draft: of a shipped rule, of one in use, of a file, or empty."""
    source, based_on = _begun(request)
    if (untouched := _untouched(request.viewer, source)) is not None:
        return HttpResponseRedirect(reverse("draft", args=[untouched]))
    try:
        draft = drafts.begin(request.viewer, source, based_on=based_on, at=clock.now())
    except SchemeError as error:
        messages.error(request, _("没有采用上传的文件：{reason}").format(reason=error.say(said.language())))
        return HttpResponseRedirect(reverse("schemes"))
    return HttpResponseRedirect(reverse("draft", args=[draft.uuid]))


@shell.side_count("schemes")
def _waiting(viewer: Viewer) -> shell.Count:
    return shell.Count(drafts.number_waiting(viewer), is_hot=True)


@shell.notices_of("schemes")
def _reviews(viewer: Viewer) -> list[shell.Notice]:
    number = drafts.number_waiting(viewer)
    if not number:
        return []
    text = _("{n} 份编码规则等你复核").format(n=number)
    return [shell.Notice(text, url=reverse("schemes"), action=_("去复核"), tone="warn")]


def _untouched(viewer: Viewer, source: str) -> UUID | None:
    """The viewer's own draft that says just this: beginning twice makes one."""
    mine = (one for one in drafts.drafts(viewer) if one.begun_by == viewer.actor and one.source == source)
    return next((one.uuid for one in mine), None)


def _begun(request: Request) -> tuple[str, int | None]:
    data = request.POST
    if (name := data.get("shipped", "")) and (found := shipped_named(name)):
        return found.source, None
    if (name := data.get("scheme", "")) and (versions := queries.versions(name)):
        return versions[-1].source, versions[-1].number
    if request.FILES.get("file") or data.get("text", "").strip():
        return text_of_upload(request), None
    return _empty(), None


def _empty() -> str:
    """A rule to begin with: a number and a check character."""
    settings = {
        "kehuma": 1,
        "name": "customer",
        "title": {"zh": "客户编码", "en": "Customer code"},
        "subject": "customer",
    }
    return text_of(Outline(settings=settings)).replace('template = ""', 'template = "C{serial:4}"')


def _in_use() -> list[InUse]:
    numbers = names.numbers()
    today = timezone.localtime(clock.now()).date()
    newest = {one.name: one for one in queries.versions()}
    found = []
    for name, one in sorted(newest.items()):
        grammar = queries.grammar_of_file(one.source)
        codes = sample_codes(grammar, today, 1)
        effective = one.effective.isoformat() if one.effective.year > 1 else ""
        found.append(
            InUse(
                name,
                said.title(grammar.scheme),
                said.subject(one.subject),
                one.number,
                effective,
                one.effective > today,
                badge(grammar, codes[0]) if codes else None,
                numbers.get(name, 0),
            )
        )
    return sorted(found, key=lambda one: -one.codes)


def _name_of(source: str) -> str:
    try:
        return said.title(checks.check(source).grammar.scheme)
    except CodingError:
        return ""


@lru_cache(maxsize=64)
def _codes(name: str) -> tuple[Badge, ...]:
    """Ten codes of a shipped rule; the day is no matter, the year shows."""
    found = _found(name)
    today = timezone.localtime(clock.now()).date()
    return tuple(badge(found.grammar, code) for code in sample_codes(found.grammar, today))


def _firms(found: Shipped) -> list[str]:
    return [str(one.facts["name"]) for one in sample_orders(found.grammar, timezone.localtime(clock.now()).date())]


def _found(name: str) -> Shipped:
    found = shipped_named(name)
    if found is None:
        raise Http404
    return found


def _missing_parents(found: Shipped) -> list[str]:
    """The rules of superiors that are not published, those that others need first."""
    missing: list[str] = []
    for name in found.parents:
        above = shipped_named(name)
        if above is not None and not queries.versions(name):
            missing += [one for one in (*_missing_parents(above), name) if one not in missing]
    return missing


def _verdict(found: Shipped) -> tuple[list[verdicts.Finding], bool]:
    try:
        checked = checks.check(found.source)
    except CodingError as error:
        return [verdicts.Finding("bad", _("还不能用"), error.say(said.language()))], False
    return verdicts.findings(checked), checked.report.ok
