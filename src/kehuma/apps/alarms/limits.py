"""The thresholds of the rules: the usual ones, and what the organisation made of them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from kehuma.apps.alarms.errors import LimitError
from kehuma.apps.alarms.models import Setting

RULES = ("canary", "neighbours", "misses", "volume", "hours")


@dataclass(frozen=True, slots=True)
class Limits:
    """``docs/reference/alarms.md`` says what each of them means.

    ``off`` are rules that are not applied, ``trusted`` keys of the API whose look-ups are their work.
    """

    neighbours: int = 18
    misses: int = 6
    volume: int = 100
    deviations: int = 8
    night: int = 10
    opens: int = 7
    closes: int = 21
    off: tuple[str, ...] = ()
    trusted: tuple[str, ...] = ()

    def as_json(self) -> Mapping[str, Any]:
        """As it is kept."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    def is_night(self, hour: int) -> bool:
        """Whether nobody works at this hour. A day that closes before it opens goes over midnight."""
        if self.opens <= self.closes:
            return not self.opens <= hour < self.closes
        return self.closes <= hour < self.opens


USUAL = Limits()
# The least and the most of each.
RANGES: Mapping[str, tuple[int, int]] = {
    "neighbours": (5, 50),
    "misses": (3, 1000),
    "volume": (10, 100_000),
    "deviations": (3, 100),
    "night": (1, 10_000),
    "opens": (0, 23),
    "closes": (1, 24),
}


def current() -> Limits:
    """Those in force."""
    chosen = Setting.objects.values_list("chosen", flat=True).first() or {}
    known = {one.name for one in fields(Limits)}
    told: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in chosen.items() if key in known
    }
    return Limits(**told)


def require_sound(limits: Limits) -> None:
    """Pass in silence, or raise LimitError."""
    for name, (least, most) in RANGES.items():
        value = getattr(limits, name)
        if not least <= value <= most:
            raise LimitError("limit-range", name=name, least=least, most=most)
    if limits.opens == limits.closes:
        raise LimitError("limit-hours", name="closes")
    if unknown := set(limits.off) - set(RULES):
        raise LimitError("limit-rules", name="off", names=sorted(unknown))
