"""One rule in use: what it gives next, how full it is, and how it came to be what it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kehuma.apps.codes import checks, drafts, previews, queries
from kehuma.apps.codes.data import PublishedScheme
from kehuma.apps.codes.ranges import number_of_ranges, ranges_of
from kehuma.engine.coding.diff import diff
from kehuma.engine.coding.grammar import Grammar
from kehuma.lib import clock
from kehuma.web.badges import badge
from kehuma.web.coding import names, records, said, verdicts
from kehuma.web.coding.capacity_bars import bars
from kehuma.web.coding.changes import Changes, changes
from kehuma.web.coding.designer import toml
from kehuma.web.pages import Request, page, show

_BARS = 6


@dataclass(frozen=True, slots=True)
class Version:
    """A version in the history: what it changed, and whether it counts today."""

    number: int
    published: PublishedScheme
    effective: str
    is_current: bool
    is_coming: bool
    changes: Changes | None


@page("schemes/<slug:name>/", name="scheme", needs="schemes.view")
def scheme(request: Request, name: str) -> HttpResponse:
    """The rule as it counts today, or as it will count first."""
    versions = queries.versions(name)
    if not versions:
        raise Http404
    now = clock.now()
    current = _current(versions, timezone.localtime(now).date())
    grammar = queries.grammar_of_file(current.source)
    subjects = records.subjects(request.viewer, grammar, now)
    found = previews.preview(grammar, [one.order for one in subjects.each], now)
    lines = [
        (one.name, badge(grammar, row.code) if row.code else None, row.error.say(said.language()) if row.error else "")
        for one, row in zip(subjects.each, found, strict=True)
    ]
    checked = checks.check(current.source)
    facts = {
        "name": name,
        "current": current,
        "title": said.title(grammar.scheme),
        "subject": said.subject(current.subject),
        "first": next((drawn for _name, drawn, _error in lines if drawn), None),
        "lines": lines,
        "is_real": subjects.is_real,
        "number": names.numbers().get(name, 0),
        "keys": number_of_ranges(name),
        "capacity": verdicts.capacity(checked.report),
        "longest": checked.report.longest,
        "findings": verdicts.findings(checked, is_first=len(versions) == 1),
        "bars": bars(grammar, ranges_of(grammar, now, limit=_BARS), now),
        "versions": _history(versions, current),
        "drafts": [one for one in drafts.drafts(request.viewer) if one.name == name],
        "crumbs": [(reverse("schemes"), _("编码规则")), ("", said.title(grammar.scheme))],
    }
    return show(request, "coding/scheme.html", facts)


@page("schemes/<slug:name>/<int:number>.toml", name="scheme-source", needs="schemes.view")
def scheme_source(_request: Request, name: str, number: int) -> HttpResponse:
    """The file of a version, word for word."""
    found = next((one for one in queries.versions(name) if one.number == number), None)
    if found is None:
        raise Http404
    return toml(found.source, f"{name}-v{number}.toml")


def _current(versions: Sequence[PublishedScheme], today: date) -> PublishedScheme:
    in_effect = [one for one in versions if one.effective <= today]
    return max(in_effect, key=lambda one: (one.effective, one.number)) if in_effect else versions[0]


def _history(versions: Sequence[PublishedScheme], current: PublishedScheme) -> list[Version]:
    grammars = {one.number: queries.grammar_of_file(one.source) for one in versions}
    rows = []
    for before, one in zip((None, *versions), versions, strict=False):
        rows.append(
            Version(
                one.number,
                one,
                one.effective.isoformat() if one.effective.year > 1 else "",
                one.number == current.number,
                one.number > current.number,
                _changes(grammars, before, one),
            )
        )
    return rows[::-1]


def _changes(grammars: dict[int, Grammar], before: PublishedScheme | None, one: PublishedScheme) -> Changes | None:
    return changes(diff(grammars[before.number], grammars[one.number])) if before else None
