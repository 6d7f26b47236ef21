"""Versions of records in ``ETag`` and ``If-Match``."""

import re

from django.http import HttpRequest

from kehuma.api.problems import Problem, fault, invalid

_TAG = re.compile(r'(?:W/)?"([0-9]{1,18})"')


def etag(version: int) -> str:
    """The tag of a version.

    >>> etag(3)
    '"3"'
    """
    return f'"{version}"'


def wanted(request: HttpRequest, present: int) -> int:
    """The version that the caller has read; Problem where none is named or it is not the present one."""
    text = request.headers.get("If-Match", "").strip()
    if not text:
        raise Problem("precondition-required")
    if text == "*":
        return present
    found = [_TAG.fullmatch(one.strip()) for one in text.split(",")]
    if not all(found):
        raise invalid(fault("If-Match", "if-match"))
    if present not in {int(one[1]) for one in found if one}:
        raise Problem("changed-meanwhile", headers={"ETag": etag(present)})
    return present
