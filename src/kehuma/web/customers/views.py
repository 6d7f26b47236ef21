"""All pages of customers, by subject."""

from kehuma.web.customers import bin as recycle_bin
from kehuma.web.customers import (
    bulk,
    cards,
    changing,
    consents,
    defining,
    entry,
    exporting,
    finding,
    overview,
    record,
    retention,
    saved,
    subject,
    suggesting,
    tagging,
)

__all__ = [
    "bulk",
    "cards",
    "changing",
    "consents",
    "defining",
    "entry",
    "exporting",
    "finding",
    "overview",
    "record",
    "recycle_bin",
    "retention",
    "saved",
    "subject",
    "suggesting",
    "tagging",
]
