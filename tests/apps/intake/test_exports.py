"""The account files of nine other systems come in as they are, with their own numbers.

The files are not part of this repository: they are looked for in the folder that ``KEHUMA_SHARED`` names, or in
``shared`` beside the repository.
"""

import csv
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kehuma.apps.customers import queries as customers
from kehuma.apps.customers.models import Customer
from kehuma.apps.intake import queries, services
from kehuma.apps.intake.data import Import
from kehuma.lib.viewer import Viewer

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
HERE = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("KEHUMA_SHARED") or HERE.parent / "shared") / "data"
EXPORTS = SHARED / "crm-exports"
SAMPLE = SHARED / "dirty-customers" / "sample-2000-gb18030.csv"

pytestmark = pytest.mark.skipif(
    not EXPORTS.exists(), reason="the exports of other systems are not beside the repository"
)

# The file, the system it is recognised as, and the column of the truth that holds its numbers.
FILES = [
    ("salesforce-account.csv", "Salesforce", "salesforce_id"),
    ("zoho-accounts.csv", "Zoho CRM", "zoho_record_id"),
    ("hubspot-companies.csv", "HubSpot", "hubspot_id"),
    ("bitrix24-companies.csv", "Bitrix24", "bitrix24_id"),
    ("espocrm-account.csv", "EspoCRM", ""),
    ("fxiaoke-customers.csv", "纷享销客", "fxiaoke_no"),
    ("kingdee-cloud-customer.csv", "金蝶云星空", "kingdee_code"),
    ("yonyou-u8-customer-gbk.csv", "用友 U8", "u8_code"),
    ("oracle-crm-ondemand-accounts.csv", "Oracle CRM On Demand", ""),
]
WORDS = {
    "industry": {
        "OTHER": "",
        "科技": "信息技术",
        "Technology": "信息技术",
        "TECHNOLOGY": "信息技术",
        "机械": "制造业",
        "食品": "制造业",
        "Food & Beverage": "制造业",
        "FOOD_BEVERAGE": "制造业",
        "物流": "交通运输",
        "Transportation": "交通运输",
        "TRANSPORTATION": "交通运输",
        "医疗器械": "制造业",
        "Healthcare": "卫生",
        "HEALTHCARE": "卫生",
    }
}


def _brought_in(viewer: Viewer, file: str, duplicates: str) -> Import:
    with (EXPORTS / file).open("rb") as opened:
        one = services.receive(viewer, opened, file, at=NOON)
    columns = {column.name: column.target for column in queries.columns(one)}
    source = queries.suggested_source(one)
    services.map_columns(viewer, one.uuid, columns, source=source, scheme="region-industry", words=WORDS, at=NOON)
    services.decide(viewer, one.uuid, duplicates)
    services.commit(viewer, one.uuid, "both", at=NOON)
    return queries.imported(viewer, one.uuid)


def _truth() -> list[dict[str, str]]:
    with (EXPORTS / "crosswalk-truth.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(("file", "system", "numbers"), FILES, ids=[file for file, *_ in FILES])
def test_an_export_comes_in_whole_and_is_found_by_its_own_numbers(
    viewer: Viewer, file: str, system: str, numbers: str
) -> None:
    one = _brought_in(viewer, file, "create")
    assert (one.source, one.state) == (system, "done")
    assert queries.fault_counts(one) == []
    assert one.counts["committed"]["created"] == 40
    for row in _truth() if numbers else ():
        found = customers.find(viewer, row[numbers])
        assert found, row[numbers]
        assert Customer.objects.get(code_id=found).name == row["name"]


def test_the_same_customers_out_of_nine_systems_stay_forty(viewer: Viewer) -> None:
    for file, _system, _numbers in FILES:
        one = _brought_in(viewer, file, "update" if Customer.objects.exists() else "create")
        assert one.state == "done"
        assert one.counts["committed"].get("rejected", 0) == 0, file
    assert Customer.objects.count() == 40
    for row in _truth():
        found = {customers.find(viewer, row[numbers]) for _file, _system, numbers in FILES if numbers}
        assert len(found) == 1
        assert None not in found


@pytest.mark.skipif(not SAMPLE.exists(), reason="the shared customer file is not beside the repository")
def test_two_thousand_dirty_rows_are_checked_and_committed_in_seconds(viewer: Viewer) -> None:
    began = time.process_time()
    with SAMPLE.open("rb") as opened:
        one = services.receive(viewer, opened, SAMPLE.name, at=NOON)
    columns = {column.name: column.target for column in queries.columns(one)}
    services.map_columns(viewer, one.uuid, columns, source="台账", scheme="region-industry", at=NOON)
    services.take_suggestions(viewer, one.uuid, at=NOON)
    services.commit(viewer, one.uuid, "both", at=NOON)
    committed = queries.imported(viewer, one.uuid).counts["committed"]
    assert committed["created"] > 1_600
    assert committed["created"] + committed["rejected"] == 2_000
    assert time.process_time() - began < 10
