"""Contacts and numbers of one customer."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Router, Status

from kehuma.api.customers import finding, shapes
from kehuma.api.customers.bodies import Contact, Identifier, contact_place, contact_values, kind_and_issuer
from kehuma.api.customers.records import add_identifiers
from kehuma.api.keys import Key, viewer
from kehuma.api.openapi import raises
from kehuma.api.problems import Problem, invalid
from kehuma.api.refusals import faults_of
from kehuma.apps.customers import queries, services
from kehuma.apps.customers.errors import ValuesError
from kehuma.lib import clock
from kehuma.lib.viewer import Viewer

router = Router(tags=["customers"])
_LARGEST = 2**63


@router.post("/customers/{path:code}/contacts", auth=Key("customers.edit"), response={201: dict[str, Any]},
             openapi_extra=raises(404, 409))  # fmt: skip
def add_contact(request: HttpRequest, code: str, body: Contact) -> Status[dict[str, Any]]:
    """One more person to talk to."""
    asker = viewer(request)
    identity = finding.identity(asker, code)
    try:
        number = services.add_contact(asker, identity, contact_values(body), at=clock.now())
    except ValuesError as error:
        raise _renamed(error) from None
    return Status(201, _contact(asker, identity, number))


@router.patch("/customers/{path:code}/contacts/{number}", auth=Key("customers.edit"), response=dict[str, Any],
              openapi_extra=raises(404, 409))  # fmt: skip
def change_contact(request: HttpRequest, code: str, number: int, body: Contact) -> dict[str, Any]:
    """Other values for a person; members that are not there stay as they are."""
    asker = viewer(request)
    identity = finding.identity(asker, code)
    _contact(asker, identity, number)
    try:
        services.change_contact(asker, number, contact_values(body, names=body.model_fields_set), at=clock.now())
    except ValuesError as error:
        raise _renamed(error) from None
    return _contact(asker, identity, number)


@router.delete("/customers/{path:code}/contacts/{number}", auth=Key("customers.edit"), response={204: None},
               openapi_extra=raises(404, 409))  # fmt: skip
def remove_contact(request: HttpRequest, code: str, number: int) -> Status[None]:
    """Take a person away."""
    asker = viewer(request)
    _contact(asker, finding.identity(asker, code), number)
    services.remove_contact(asker, number, at=clock.now())
    return Status(204, None)


@router.post("/customers/{path:code}/identifiers", auth=Key("customers.edit"), response={201: dict[str, Any]},
             openapi_extra=raises(404, 409))  # fmt: skip
def add_identifier(request: HttpRequest, code: str, body: Identifier) -> Status[dict[str, Any]]:
    """One more number, such as the one that another system has for the customer."""
    asker = viewer(request)
    identity = finding.identity(asker, code)
    kind, issuer = kind_and_issuer(body)
    with transaction.atomic():
        (number,) = add_identifiers(asker, identity, [("value", kind, body.value, issuer)])
    found = queries.record(asker, identity).identifiers
    return Status(201, next(shapes.identifier(one) for one in found if one.id == number))


@router.delete("/customers/{path:code}/identifiers/{number}", auth=Key("customers.edit"), response={204: None},
               openapi_extra=raises(404, 409))  # fmt: skip
def remove_identifier(request: HttpRequest, code: str, number: str) -> Status[None]:
    """Take a number away. That of another system is free for another customer then."""
    asker = viewer(request)
    services.remove_identifier(asker, finding.identity(asker, code), number, at=clock.now())
    return Status(204, None)


def _contact(asker: Viewer, identity: str, number: int) -> dict[str, Any]:
    """A person of this very customer."""
    for one in queries.record(asker, identity).contacts:
        if one.id == number:
            return shapes.contact(one)
    raise Problem("not-found")


def _renamed(error: ValuesError) -> Problem:
    return invalid(*(one._replace(field=contact_place("", one.field)) for one in faults_of(error)))
