"""What a browser suggests while people type: places, trades, tags."""

from functools import lru_cache

from django.http import HttpResponse

from kehuma.apps.customers import queries
from kehuma.apps.customers.names import name_of_division
from kehuma.engine.coding.dictionaries import builtin
from kehuma.web.pages import Request, page, show

_MOST = 20


def known(language: str) -> dict[str, object]:
    """What stands in the lists before anything is typed: provinces, sections of industry, tags."""
    return {
        "known_regions": _names("cn-province", language),
        "known_industries": _names("cn-industry", language),
        "known_tags": [tag.name for tag in queries.tags()],
    }


@page("customers/known/", name="customers-known", needs="customers.view")
def options(request: Request) -> HttpResponse:
    """The options that fit what was typed so far."""
    key, language = request.GET.get("field", ""), request.viewer.language
    typed = request.GET.get(key, "").strip()
    match key:
        case "region" if typed:
            found = _places(typed, language)
        case "region":
            found = list(_names("cn-province", language))
        case _:
            found = [name for name in _names("cn-industry", language) if typed.casefold() in name.casefold()]
    return show(request, "customers/options.html", {"options": found})


def _places(typed: str, language: str) -> list[str]:
    """Places whose full name has all the characters of the text, one behind another, the widest first."""
    found = [(symbol, name) for symbol, name in _divisions(language) if _is_within(typed.casefold(), name.casefold())]
    found.sort(key=lambda one: (not one[0].endswith("0000"), not one[0].endswith("00"), len(one[1])))
    return [name for _symbol, name in found[:_MOST]]


def _is_within(typed: str, name: str) -> bool:
    rest = iter(name)
    return all(character in rest for character in typed)


@lru_cache(maxsize=4)
def _divisions(language: str) -> tuple[tuple[str, str], ...]:
    entries = builtin("cn-division").entries
    return tuple((one.symbol, name_of_division(one.symbol, language)) for one in entries if one.valid_to is None)


@lru_cache(maxsize=8)
def _names(dictionary: str, language: str) -> tuple[str, ...]:
    entries = builtin(dictionary).entries
    return tuple((one.zh if language == "zh" else one.en) or one.symbol for one in entries)
