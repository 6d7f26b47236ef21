"""What went wrong, as RFC 9457 says it: in Chinese unless English was asked for, with a reference into the log.

>>> Problem("not-found").status
404
"""

import json
import logging
import secrets
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, NamedTuple, Protocol

from django.http import HttpRequest, HttpResponse

from kehuma.lib.viewer import Language

CONTENT_TYPE = "application/problem+json"
_log = logging.getLogger("kehuma.api")
# No I, O, 0, 1: it is read out over the telephone.
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_SHOWN = 300
_MOST_FAULTS = 100


class Sayable(Protocol):
    """Whatever can be said in both languages: the errors of the packages, and what stands in ``problems.toml``."""

    def say(self, language: Language) -> str:
        """The sentence."""


class Reason:
    """Why a part of a request cannot be taken: ``key`` of the reasons of ``problems.toml``, with its facts."""

    _prefix = ""

    def __init__(self, key: str, **facts: object) -> None:
        self._key = key if key in texts()["reasons"] else "other"
        self._facts = facts

    def say(self, language: Language) -> str:
        """The sentence."""
        sentence: str = texts()["reasons"][self._key][self._prefix + language]
        return sentence.format_map({name: _shown(fact) for name, fact in self._facts.items()})


class Remedy(Reason):
    """What to do about it."""

    _prefix = "remedy_"


class Fault(NamedTuple):
    """One place of a request, as a dotted path, why it cannot be taken and what to do about it."""

    field: str
    reason: Sayable
    remedy: Sayable | None = None

    def as_json(self, language: Language) -> dict[str, str | None]:
        """The fault in words."""
        remedy = self.remedy.say(language) if self.remedy else None
        return {"field": _shown(self.field), "reason": self.reason.say(language), "remedy": remedy}


def fault(field: str, key: str, **facts: object) -> Fault:
    """A fault with the reason and the remedy of ``problems.toml``."""
    return Fault(field, Reason(key, **facts), Remedy(key, **facts))


class Problem(Exception):
    """An answer that is none: ``kind`` is a slug of ``problems.toml``, ``facts`` fill its sentence.

    ``detail`` is said instead of that sentence; ``more`` are further members of the answer.
    """

    def __init__(
        self,
        kind: str,
        *,
        detail: Sayable | None = None,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
        **facts: object,
    ) -> None:
        self.kind, self.detail, self.faults = kind, detail, tuple(faults[:_MOST_FAULTS])
        self.headers, self.more = dict(headers or {}), dict(more or {})
        self.facts = {"count": len(self.faults), **facts}
        super().__init__(kind)

    @property
    def status(self) -> int:
        """The status of the answer."""
        return int(texts()[self.kind]["status"])

    def as_json(self, language: Language) -> dict[str, Any]:
        """The members of the answer, without its reference."""
        told = texts()[self.kind]
        sentence = told[f"detail_{language}"].format_map({name: _shown(fact) for name, fact in self.facts.items()})
        return {
            "type": f"urn:kehuma:problem:{self.kind}",
            "title": told[language],
            "status": self.status,
            "detail": self.detail.say(language) if self.detail else sentence,
            "errors": [one.as_json(language) for one in self.faults],
            **self.more,
        }


def invalid(*faults: Fault) -> Problem:
    """What was sent is understood and cannot be taken."""
    return Problem("invalid", faults=faults)


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The problem as an answer; its reference stands in the log beside the kind of address."""
    reference = "E-" + "".join(secrets.choice(_LETTERS) for _ in range(6))
    level = logging.ERROR if problem.status >= 500 else logging.INFO
    # Not the address itself: somebody may have put a telephone number into it.
    place = request.resolver_match.route if request.resolver_match else "no such address"
    _log.log(level, "%s %s %s %s: %s", reference, problem.status, request.method, place, problem.kind)
    language = language_of(request)
    told = {**problem.as_json(language), "instance": reference}
    response = HttpResponse(
        json.dumps(told, ensure_ascii=False, default=str), status=problem.status, content_type=CONTENT_TYPE
    )
    response.headers["Content-Language"] = "en" if language == "en" else "zh-Hans"
    for name, value in problem.headers.items():
        response.headers[name] = value
    # Django would tell it once more, with the address.
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 - its own mark for this
    return response


def of_status(status: int) -> Problem:
    """The problem for an answer that something else than an operation has made."""
    kinds = {told["status"]: kind for kind, told in reversed(texts().items()) if "status" in told}
    return Problem(kinds.get(status) or ("broken" if status >= 500 else "bad-request"))


def language_of(request: HttpRequest) -> Language:
    """``?lang`` first, then ``Accept-Language``; Chinese where neither says English.

    >>> from django.test import RequestFactory
    >>> language_of(RequestFactory().get("/", headers={"accept-language": "en-GB,zh;q=0.5"}))
    'en'
    """
    asked = request.META.get("QUERY_STRING", "")
    if "lang=" in asked:
        chosen = request.GET.get("lang", "")[:2].lower()
        if chosen in ("zh", "en"):
            return "en" if chosen == "en" else "zh"
    best: tuple[float, Language] = (0.0, "zh")
    for part in request.headers.get("Accept-Language", "")[:200].split(","):
        name, _, quality = part.strip().partition(";q=")
        known = name[:2].lower()
        if known in ("zh", "en") and (weight := _weight(quality)) > best[0]:
            best = weight, "en" if known == "en" else "zh"
    return best[1]


@cache
def texts() -> dict[str, dict[str, Any]]:
    """All sentences of ``problems.toml``."""
    return tomllib.loads(resources.files(__package__).joinpath("problems.toml").read_text("utf-8"))


def _weight(quality: str) -> float:
    try:
        return min(float(quality), 1.0) if quality else 1.0
    except ValueError:
        return 0.0


def _shown(fact: object) -> str:
    if isinstance(fact, (list, tuple)):
        return ", ".join(_shown(one) for one in fact[:20])
    text = str(fact)
    text = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
