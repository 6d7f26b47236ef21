"""A new customer: its row, its code, its place in the index and its event in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from django.db import transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.codes import services as codes
from kehuma.apps.customers import changing, insertion, owners, scope, tagging
from kehuma.apps.customers import fields as record
from kehuma.apps.customers.applying import By
from kehuma.apps.customers.coding import Facts
from kehuma.apps.customers.data import Created, Ref, Value
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
) -> Created:
    """A customer with its code; asked again with the same ``request_key``, the same customer.

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
    given = dict(zip(facts.attributes, facts.of(cleaned.values), strict=True))
    given.pop("parent", None)
    issued = codes.issue(
        scheme,
        given,
        request_key=request_key,
        actor=viewer.actor,
        at=at,
        parent=superior.code_id if superior and facts.takes_parent else None,
    )
    known = Customer.objects.filter(code__identity=issued.identity).first()
    if known is not None:
        return Created(known.pk, known.uuid, issued.identity, issued.code, is_new=False)
    new = New(issued.identity, cleaned.values, owners.chosen(viewer, owner), superior.pk if superior else None)
    ((pk, uuid),) = insertion.insert([new], table, at=at)
    if tags := names_of(cleaned.values.get("tags")):
        viewer.require("tags.edit")
        tagging.put_on_new([(pk, tags)], By(viewer.actor, at))
    audit.record("customers.created", issued.identity, {"scheme": scheme}, actor=viewer.actor, at=at)
    return Created(pk, uuid, issued.identity, issued.code)


def names_of(value: Value | None) -> list[str]:
    """A value that is a list of texts, as one."""
    return list(value) if isinstance(value, list) else []
