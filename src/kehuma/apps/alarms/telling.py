"""Alarms in plain words, Chinese and English: what pages, the bell and the command line say."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from kehuma.apps.alarms.errors import messages
from kehuma.engine.coding.errors import Language


def title(rule: str, language: Language) -> str:
    """The rule by its name."""
    return messages()[f"title-{rule}"][language]


def sentence(rule: str, facts: Mapping[str, Any], day: date, *, today: date, language: Language) -> str:
    """What was strange, without who it was and without a full stop."""
    when = _said("today" if day == today else "on-day", language, day=day)
    is_new = rule == "volume" and facts.get("usual") is None
    return _said("said-volume-new" if is_new else f"said-{rule}", language, **facts, when=when)


def _said(message: str, language: Language, **facts: Any) -> str:
    return messages()[message][language].format_map(facts)
