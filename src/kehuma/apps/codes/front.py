"""Codes for requests that wait at the same time, see ``kehuma.lib.together``: one transaction gives them out."""

from collections.abc import Mapping
from datetime import datetime

from django.db import connection

from kehuma.apps.codes.data import IssuedCode
from kehuma.apps.codes.groups import Groups, Request
from kehuma.apps.codes.issuing import issue
from kehuma.lib.together import Together


class Front(Together[Request, IssuedCode]):
    """The requests of one process that wait for codes."""

    def __init__(self) -> None:
        super().__init__(Groups)

    def issued(self, request: Request) -> IssuedCode:
        """What ``issue`` gives, or raises, for this request; whoever is in a transaction already issues in it."""
        answer = None if connection.in_atomic_block else self.answered(request)
        return answer or issue(
            request.scheme,
            request.facts,
            request_key=request.key,
            actor=request.actor,
            at=request.at,
            parent=request.parent,
            dated=request.dated,
        )


_front = Front()


def issue_waiting(  # noqa: PLR0913 - as ``issue``
    scheme: str,
    facts: Mapping[str, object],
    *,
    request_key: str,
    actor: str,
    at: datetime,
    parent: str | None = None,
    dated: datetime | None = None,
) -> IssuedCode:
    """As ``issue``, in a transaction with other requests that wait at this moment; committed when it returns."""
    return _front.issued(Request(scheme, facts, request_key, actor, at, parent, dated))
