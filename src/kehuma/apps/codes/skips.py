"""What a counter passed over, where its codes do not show why."""

from collections.abc import Iterable
from datetime import datetime

from kehuma.apps.codes.history_models import Skip

# The texts of the numbers could be those of another key of the scheme: the counter began past them.
BEGUN = "begun"
# Codes that were there before were brought in, and the counter moved past the greatest.
ADOPTED = "adopted"
# The store was restored from a backup, and the counter jumped past what had been given out since.
RESTORED = "restored"
# The text was a code already.
TAKEN = "taken"


def note(  # noqa: PLR0913 - one argument per fact
    counter: int, first: int, last: int, reason: str, *, actor: str = "", at: datetime | None = None
) -> None:
    """Keep that a counter does not give out the numbers from ``first`` to ``last``; none where there are none."""
    if first <= last:
        Skip.objects.create(counter_id=counter, first=first, last=last, reason=reason, actor=actor, at=at)


def note_taken(met: Iterable[tuple[int, int, str]], *, actor: str, at: datetime) -> None:
    """Keep which numbers of which counters would have repeated a text: ``(counter, number, text)``."""
    rows = [
        Skip(counter_id=counter, first=number, last=number, reason=TAKEN, text=text, actor=actor, at=at)
        for counter, number, text in met
    ]
    if rows:
        Skip.objects.bulk_create(rows, batch_size=100)
