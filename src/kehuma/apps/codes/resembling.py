"""Codes that stand for nothing and look like those that do: what they are for is the affair of packages above."""

import random
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from django.db import connection, transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.codes import schemes
from kehuma.apps.codes.data import IssuedCode
from kehuma.apps.codes.fingerprints import fingerprints
from kehuma.apps.codes.issuing import asked_before, given
from kehuma.apps.codes.models import Code, State
from kehuma.apps.codes.schemes import Published
from kehuma.engine.coding.errors import CodingError
from kehuma.engine.coding.snapshots import Snapshot
from kehuma.lib.db.durability import require_durable

# Beside codes of late: beside those of last year a code of today would stand out.
_LATEST = 2_000


@transaction.atomic
def issue_resembling(
    scheme: str, count: int, *, actor: str, at: datetime, chance: random.Random | None = None
) -> list[IssuedCode]:
    """Up to ``count`` new codes, each with the parts of some code of late and the next number of its counter.

    Fewer, or none, where the scheme has given out none yet or its counters are full. UnknownSchemeError.
    """
    require_durable(connection)
    audit.require_current()
    published = schemes.published(scheme, at)
    chosen = _models(published, count, chance or random.SystemRandom())
    issued = [one for model in chosen if (one := _issued(published, model, actor, at)) is not None]
    return sorted(issued, key=lambda one: one.identity)


def _models(published: Published, count: int, chance: random.Random) -> Sequence[Code]:
    rows = Code.objects.filter(version=published.version, state=State.ISSUED).order_by("-id")
    ids = list(rows.values_list("id", flat=True)[:_LATEST])
    if not ids:
        return []
    # Always in the order of their counters, or two who do this at once would wait for one another.
    drawn = chance.sample(ids, k=min(count, len(ids)))
    return sorted(Code.objects.in_bulk(drawn).values(), key=lambda one: (one.counter_id or 0, one.pk))


def _issued(published: Published, model: Code, actor: str, at: datetime) -> IssuedCode | None:
    grammar = published.grammar
    texts = tuple(model.snapshot["texts"])
    snapshot = Snapshot(texts, grammar.counter_key(texts))
    prints = fingerprints(published.version.name)
    request, facts = prints.of_request(f"resembling {uuid4()}"), prints.of_facts({"resembling": model.identity}, None)
    asked_before(request, facts)
    try:
        with transaction.atomic():
            return given(published, snapshot, request, facts, actor=actor, at=at)
    except CodingError:
        return None
