"""A new customer: its row, its code, its place in the index and its event in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from django.db import transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.codes import fingerprints
from kehuma.apps.codes import services as codes
from kehuma.apps.codes.data import IssuedCode
from kehuma.apps.codes.errors import AliasTakenError, RequestConflictError
from kehuma.apps.customers import changing, consents, insertion, numbers, owners, requests, scope, tagging
from kehuma.apps.customers import fields as record
from kehuma.apps.customers.applying import By
from kehuma.apps.customers.coding import Facts
from kehuma.apps.customers.data import Created, Ref, Value, Values
from kehuma.apps.customers.errors import ValuesError
from kehuma.apps.customers.insertion import New
from kehuma.apps.customers.models import Customer
from kehuma.apps.customers.values import clean
from kehuma.lib.viewer import Viewer

Owner = Literal["me"] | int | None


@transaction.atomic
def create(  # noqa: PLR0913 - one argument per fact
    viewer: Viewer,
    values: Mapping[str, object],
    *,
    scheme: str,
    request_key: str,
    at: datetime,
    parent: Ref | None = None,
    owner: Owner = "me",
    told: Mapping[str, object] | None = None,
) -> Created:
    """A customer with its code; asked again with the same ``request_key``, the same customer.

    ``told`` is what a program sent, by place: with the same key it must be the same again, or OtherRequestError.
    ValuesError with all faults; the errors of the register where the rule cannot write a code for it. ``owner`` None
    leaves it in the public pool; anybody else's needs ``customers.assign``.
    """
    viewer.require("customers.create")
    table = record.table()
    cleaned = clean(values, whole=True, table=table)
    if cleaned.faults:
        raise ValuesError(cleaned.faults)
    superior = scope.one(viewer, parent) if parent is not None else None
    if superior is not None:
        changing.require_above(superior, None)
    facts = Facts(scheme, table, at)
    try:
        issued = _coded(facts, cleaned.values, superior, request_key, actor=viewer.actor)
    except RequestConflictError as error:
        _say_what_differs(str(error.facts["code"]), told)
        raise
    known = None if issued.is_new else Customer.objects.filter(code__identity=issued.identity).first()
    if known is not None:
        if told is not None:
            requests.require_same(known.pk, issued.code, told)
        return Created(known.pk, known.uuid, issued.identity, issued.code, issued.scheme, is_new=False)
    new = New(issued.identity, cleaned.values, owners.chosen(viewer, owner), superior.pk if superior else None)
    try:
        ((pk, uuid),) = insertion.insert([new], table, actor=viewer.actor, at=at)
    except AliasTakenError as error:
        raise ValuesError({numbers.KIND: error}) from None
    if told is not None:
        requests.keep([(pk, told)], fingerprints.checked_key())
    if tags := names_of(cleaned.values.get("tags")):
        viewer.require("tags.edit")
        tagging.put_on_new([(pk, tags)], By(viewer.actor, at))
    consents.keep([(pk, cleaned.values.get(record.CONSENTS))], By(viewer.actor, at), way="written")
    audit.record("customers.created", issued.identity, {"scheme": scheme}, actor=viewer.actor, at=at)
    return Created(pk, uuid, issued.identity, issued.code, issued.scheme)


def _coded(facts: Facts, values: Values, superior: Customer | None, request_key: str, *, actor: str) -> IssuedCode:
    above = superior.code_id if superior and facts.takes_parent else None
    return codes.issue(
        facts.scheme, facts.given(values), request_key=request_key, actor=actor, at=facts.at, parent=above
    )


def names_of(value: Value | None) -> list[str]:
    """A value that is a list of texts, as one."""
    return list(value) if isinstance(value, list) else []


def _say_what_differs(code: str, told: requests.Told | None) -> None:
    """OtherRequestError with the places, where the customer of the code was created by a program."""
    known = Customer.objects.filter(code__form=code).values_list("pk", flat=True).first()
    if known is not None and told is not None:
        requests.require_same(known, code, told)
