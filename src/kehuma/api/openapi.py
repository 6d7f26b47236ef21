"""The description of the API: what django-ninja knows of the operations, and every problem that each can answer with."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from kehuma.api.problems import CONTENT_TYPE, texts

_EVERYWHERE = (400, 401, 403, 422, 429, 500, 503)
_WITH_BODY = (413, 415)
_MARK = "x-problems"
_PROBLEM: Mapping[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "What went wrong (RFC 9457), in Chinese or, with ?lang=en or Accept-Language, in English.",
    "required": ["type", "title", "status", "detail", "errors", "instance"],
    "properties": {
        "type": {"type": "string", "description": "A name that stays: urn:kehuma:problem:…"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "reason", "remedy"],
                "properties": {
                    "field": {"type": "string"},
                    "reason": {"type": "string"},
                    "remedy": {"type": ["string", "null"]},
                },
            },
        },
        "instance": {"type": "string", "description": "The reference under which the log tells more"},
    },
}


def raises(*statuses: int) -> dict[str, Any]:
    """For ``openapi_extra``: the problems of an operation beside those that every one has."""
    return {_MARK: list(statuses)}


class Api(NinjaAPI):
    """A NinjaAPI whose description declares its problems."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The description, OpenAPI 3.1."""
        described = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        described["components"]["schemas"]["Problem"] = deepcopy(dict(_PROBLEM))
        for methods in described["paths"].values():
            for operation in methods.values():
                own = operation.pop(_MARK, [])
                more = _WITH_BODY if "requestBody" in operation else ()
                for status in sorted({*_EVERYWHERE, *more, *own}):
                    operation["responses"].setdefault(status, _declared(status))
        return described


def _declared(status: int) -> dict[str, Any]:
    titles = [told["en"] for told in texts().values() if told.get("status") == status]
    return {
        "description": "; ".join(titles),
        "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
