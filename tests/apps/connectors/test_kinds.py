"""The kinds of events that others can be told, and what they are told."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from kehuma.apps.audit import data as audit
from kehuma.apps.connectors import kinds
from kehuma.web.connectors import words

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
PAGE = Path(__file__).resolve().parents[3] / "docs/reference/webhooks.md"
BATCH = "7d0a0000-0000-4000-8000-000000000000"


def test_every_kind_has_its_words_and_stands_in_the_reference() -> None:
    told = [name for _group, subjects in words.KINDS for name, _title in subjects]
    assert told == list(kinds.KINDS)
    listed = re.findall(r"^\| `([a-z]+\.[a-z_]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert listed == [*kinds.KINDS, kinds.TEST]


def test_an_event_is_told_as_one_kind_only() -> None:
    sources = [source for kind in kinds.KINDS.values() for source in kind.sources]
    assert len(set(sources)) == len(sources)


@pytest.mark.parametrize(
    ("kind", "subject", "detail", "wanted"),
    [
        ("codes.issued", "A-1", {"version": 1, "taken": []}, {"code": "A-1"}),
        ("codes.adopted", "visitor", {"codes": 7, "source": "list.csv"}, {"count": 7}),
        ("codes.voided", "A-1", {"before": "issued"}, {"code": "A-1", "state": "void", "before": "issued", "by": None}),
        (
            "codes.merged",
            "A-1",
            {"before": "issued", "by": "A-2", "reason": "duplicate"},
            {"code": "A-1", "state": "merged", "before": "issued", "by": "A-2"},
        ),
        ("codes.alias-added", "A-1", {"system": "", "text": "老编号"}, {"code": "A-1", "system": None}),
        ("codes.alias-added", "ERP", {"system": "ERP", "count": 9}, {"system": "ERP", "count": 9}),
        ("codes.alias-ended", "A-1", {"system": "ERP", "reason": "ended"}, {"code": "A-1", "system": "ERP"}),
        ("customers.created", "A-1", {"scheme": "x"}, {"code": "A-1"}),
        ("customers.import-created", BATCH, {"source": "王强.xlsx", "customers": 9}, {"batch": BATCH, "count": 9}),
        ("customers.changed", "A-1", {"fields": ["mobile"]}, {"code": "A-1", "fields": ["mobile"]}),
        (
            "customers.bulk-edited",
            BATCH,
            {"fields": ["region"], "tags": ["甲"], "customers": 2},
            {"batch": BATCH, "count": 2},
        ),
        ("customers.undone", BATCH, {"kind": "import", "reverted": 3, "kept": 1}, {"batch": BATCH, "count": 3}),
        ("codes.live-changed", "A-1", {"before": "甲-1", "after": "乙-1"}, {"code": "A-1", "system": None}),
        ("customers.tagged", "tags", {"tags": ["甲"], "customers": 3}, {"count": 3}),
        ("customers.claim", "A-1", {"to": "7", "customers": 1, "batch": BATCH}, {"code": "A-1"}),
        ("customers.release", BATCH, {"to": "", "customers": 4, "batch": BATCH}, {"batch": BATCH, "count": 4}),
        ("customers.deleted", "A-1", {"customers": 1, "codes": ["A-1"]}, {"codes": ["A-1"], "count": 1}),
        ("customers.erased", "A-1", {"reason": "asked"}, {"code": "A-1"}),
        ("intake.committed", BATCH, {"rows": 9, "created": 8, "rejected": 1}, {"import": BATCH, "created": 8}),
        ("codes.scheme-published", "visitor", {"version": 2}, {"scheme": "visitor", "version": 2}),
        ("codes.dictionary-extended", "region", {"version": 2}, {"dictionary": "region"}),
    ],
)
def test_only_public_facts_are_told(kind: str, subject: str, detail: dict[str, Any], wanted: dict[str, Any]) -> None:
    event = audit.Testimony(UUID(int=1), NOON, "somebody", kind, subject, detail)
    assert kinds.kind_of(kind).facts(event) == wanted
