"""Schemes: which there are, what a file would do, and publishing one."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from kehuma.api import shapes
from kehuma.api.keys import Key, viewer
from kehuma.api.openapi import raises
from kehuma.api.problems import Problem, fault, invalid, language_of
from kehuma.api.words import Facts, Moment, Name, Source, Strict, Text
from kehuma.api.words import moment as moment_of
from kehuma.apps.codes import checks, draft_errors, drafts, previews, queries, services
from kehuma.apps.codes.data import PublishedScheme
from kehuma.apps.codes.errors import UnknownSchemeError
from kehuma.engine.coding.capacity import capacity_of
from kehuma.lib import clock

router = Router(tags=["schemes"])
_MOST_PREVIEWS = 20


class File(Strict):
    """A scheme file, word for word."""

    source: Source


class Previewed(Strict):
    """Facts for which codes are to be shown, by a published scheme or by a file."""

    scheme: Name | None = None
    source: Source | None = None
    facts: list[Facts] = Field(min_length=1, max_length=_MOST_PREVIEWS)
    parent: Text | None = None
    at: Moment | None = None


@router.get("/schemes", auth=Key("schemes.view"), response=dict[str, Any])
def schemes(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - ninja knows it by this name
    """The schemes that are published, each in the version of now, or the first where none is in effect yet."""
    at = clock.now()
    found: dict[str, PublishedScheme] = {}
    for one in queries.versions():
        found.setdefault(one.name, one)
    for name in found:
        try:
            found[name] = queries.scheme(name, at)
        except UnknownSchemeError:
            continue
    return {"items": [shapes.published(found[name]) for name in sorted(found)], "next": None}


@router.post("/schemes", auth=Key("schemes.publish"), response={201: dict[str, Any], 200: dict[str, Any]},
             openapi_extra=raises(409))  # fmt: skip
def publish(request: HttpRequest, body: File) -> Status[dict[str, Any]]:
    """Publish a file as the next version of its scheme; 200 where it is the present one already."""
    asker, at = viewer(request), clock.now()
    if drafts.needs_review():
        # A second person looks at rules here: a program is none.
        raise draft_errors.ReviewNeededError
    published = services.publish(body.source, actor=asker.actor, at=at)
    is_new = published.published_at == at
    return Status(201 if is_new else 200, dict(shapes.published(published)))


@router.post("/schemes/check", auth=Key("schemes.view"), response=dict[str, Any])
def check(request: HttpRequest, body: File) -> dict[str, Any]:
    """The report on a file against all that is published, as `kehuma scheme check --json` gives it."""
    return dict(checks.check(body.source).report.as_json(language_of(request)))


@router.post("/schemes/preview", auth=Key("schemes.view"), response=dict[str, Any])
def preview(request: HttpRequest, body: Previewed) -> dict[str, Any]:
    """The codes that would come out, one after another; nothing is given out."""
    if (body.scheme is None) == (body.source is None):
        raise invalid(fault("scheme", "either", names=["scheme", "source"]))
    at = moment_of(body.at) or clock.now()
    grammar = queries.grammar(body.scheme, at) if body.scheme else queries.grammar_of_file(body.source or "")
    orders = [previews.Order(facts, body.parent) for facts in body.facts]
    language = language_of(request)
    return {
        "items": [
            {
                "code": one.code or None,
                "serial": one.number,
                "error": one.error.say(language) if one.error else None,
            }
            for one in previews.preview(grammar, orders, at)
        ]
    }


@router.get("/schemes/{name}", auth=Key("schemes.view"), response=dict[str, Any], openapi_extra=raises(404))
def scheme(request: HttpRequest, name: str) -> dict[str, Any]:  # noqa: ARG001 - ninja knows it by this name
    """One scheme with its file, its versions and its capacity."""
    versions = queries.versions(name)
    if not versions:
        raise Problem("not-found")
    try:
        present = queries.scheme(name, clock.now())
    except UnknownSchemeError:
        present = versions[0]
    capacity = capacity_of(queries.grammar_of_file(present.source)).as_json()
    told = [shapes.published(one) for one in versions]
    return dict(shapes.published(present, source=present.source, capacity=capacity, versions=told))
