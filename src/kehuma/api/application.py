"""The API of version 1, with its operations and its way of saying what went wrong."""

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja.errors import HttpError, ValidationError
from ninja.renderers import JSONRenderer
from ninja.responses import NinjaJSONEncoder

import kehuma
from kehuma.api import codes, dictionaries, imports, lifecycle, log, problems, schemes, webhooks
from kehuma.api.bodies import JsonParser
from kehuma.api.customers import bulk, parts, records
from kehuma.api.openapi import Api
from kehuma.api.refusals import problem_of

_DESCRIPTION = """\
Customer codes that are given out once and keep their meaning, and the customers behind them.

Send `Authorization: Bearer KEY`. `POST` with an `Idempotency-Key` can be repeated: the same key gets the same code.
What goes wrong is an `application/problem+json`, in Chinese or, with `?lang=en` or `Accept-Language`, in English.
"""


class _Renderer(JSONRenderer):
    """Chinese as it is, not as escapes three times as long."""

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> str:  # noqa: ANN401, ARG002 - as there
        return json.dumps(data, cls=NinjaJSONEncoder, ensure_ascii=False, separators=(",", ":"))


api = Api(
    title="kehuma",
    version=kehuma.__version__,
    description=_DESCRIPTION,
    docs_url=None,
    urls_namespace="api",
    parser=JsonParser(),
    renderer=_Renderer(),
)
# What has more parts in its address comes first: a code may hold a slash.
for _part in (lifecycle, log, codes, schemes, dictionaries, bulk, parts, records, imports, webhooks):
    api.add_router("", _part.router)


def _answer(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    found = error if isinstance(error, Exception) else error()
    return problems.answer(request, problem_of(found))


for _kind in (Exception, Http404, HttpError, ValidationError):
    api.add_exception_handler(_kind, _answer)
