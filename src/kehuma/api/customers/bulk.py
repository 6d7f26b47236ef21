"""Many customers at once: those that are known are changed, the others are made."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from ninja import Router

from kehuma.api.customers import finding
from kehuma.api.customers.bodies import OWN_NUMBER, Sheet, Upsert, Upserts, sheet_of
from kehuma.api.keys import Key, viewer
from kehuma.api.openapi import raises
from kehuma.api.problems import Problem, fault, invalid, language_of
from kehuma.apps.customers import queries, services
from kehuma.apps.customers.data import Imported
from kehuma.apps.customers.errors import OwnerError, RestrictedError
from kehuma.lib import clock
from kehuma.lib.viewer import Language, Viewer

router = Router(tags=["customers"])


@router.post("/customers/bulk", auth=Key("customers.import"), response=dict[str, Any], openapi_extra=raises(409))
def upsert(request: HttpRequest, body: Upserts) -> dict[str, Any]:
    """Up to 1,000 customers by `code`, or by their `number` in `system`: sent again they are changed, never doubled."""
    asker, at, language = viewer(request), clock.now(), language_of(request)
    _require_named(body)
    sheets = [_sheet(one) for one in body.items]
    known = _known(asker, body.items)
    scheme = body.scheme or finding.rule(at, has_parent=False)
    system = body.system or "api"
    batch = services.begin_batch(asker, "import", f"API {system}", at=at)
    importing = services.Import(asker, scheme=scheme, source=system, batch=batch.uuid, at=at)
    results: dict[int, Imported] = {}
    fresh = [place for place, one in enumerate(body.items) if one.number is not None]
    created = importing.create([(body.items[place].number or "", sheets[place].values) for place in fresh])
    for place, one in zip(fresh, created, strict=True):
        if one.kind == "known":
            known[place] = one.identity
        else:
            results[place] = one
    changing = [place for place in sorted(known) if place not in results]
    changed = importing.update([(known[place], sheets[place].values) for place in changing])
    results |= dict(zip(changing, changed, strict=True))
    items = [_told(results.get(place), sheets[place], language) for place in range(len(body.items))]
    return {"batch": batch.uuid, "items": items}


def _require_named(body: Upserts) -> None:
    for place, one in enumerate(body.items):
        if (one.code is None) == (one.number is None):
            raise invalid(fault(f"items.{place}", "either", names=["code", "number"]))
        if one.number is not None and body.system is None:
            raise invalid(fault("system", "missing"))


def _sheet(one: Upsert) -> Sheet:
    sheet = sheet_of(one, names=_sent(one))
    if one.number is not None:
        sheet.put(OWN_NUMBER, "number", one.number)
    return sheet


def _sent(one: Upsert) -> frozenset[str]:
    return frozenset(one.model_fields_set)


def _known(asker: Viewer, items: Sequence[Upsert]) -> dict[int, str]:
    """The identities of those that are named by a code; out of reach they are not there."""
    found: dict[int, str] = {}
    for place, one in enumerate(items):
        if one.code is not None:
            identity = queries.identity_of(asker, one.code) or queries.find(asker, one.code)
            if identity is not None:
                found[place] = identity
    return found


def _told(result: Imported | None, sheet: Sheet, language: Language) -> dict[str, Any]:
    if result is None or any(isinstance(one, OwnerError) for one in result.faults.values()):
        problem = Problem("not-found")
        return {"status": problem.status, "result": "rejected", "code": None, "problem": problem.as_json(language)}
    if restricted := next((one for one in result.faults.values() if isinstance(one, RestrictedError)), None):
        problem = Problem("conflict", detail=restricted)
        return {"status": problem.status, "result": "rejected", "code": None, "problem": problem.as_json(language)}
    if result.kind == "rejected":
        problem = invalid(*sheet.faults(result.faults))
        return {"status": problem.status, "result": "rejected", "code": None, "problem": problem.as_json(language)}
    status = 201 if result.kind == "created" else 200
    return {"status": status, "result": result.kind, "code": result.identity, "problem": None}
