"""What a campaign has found out: figures, and what must not be."""

from collections.abc import Collection
from dataclasses import dataclass, field

_SHOWN = 5


class CannotRunError(Exception):
    """This machine has not what a campaign needs."""


@dataclass(slots=True)
class Report:
    """``figures`` are told as they are; any fault makes the campaign fail."""

    figures: dict[str, int | float | str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def none(self, name: str, found: Collection[object]) -> None:
        """Tell how many there are, where there must be none."""
        self.figures[name] = len(found)
        if found:
            first = ", ".join(str(one) for one in list(found)[:_SHOWN])
            self.faults.append(f"{name}: {len(found)}, such as {first}")

    def some(self, name: str, number: int) -> None:
        """Tell how many there are, where none would mean that nothing was tried."""
        self.figures[name] = number
        if not number:
            self.faults.append(f"{name}: none, so nothing was shown")

    def line(self) -> str:
        """Everything in one line."""
        told = ", ".join(f"{name} {_shown(value)}" for name, value in self.figures.items())
        return f"{told}: {len(self.faults)} faults"


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:,.1f}" if value % 1 else f"{value:,.0f}"
