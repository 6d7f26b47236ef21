"""Looking through the register and the dictionaries."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from kehuma.apps.codes import dictionary_reads, listing, services
from kehuma.apps.codes.draft_errors import UnknownCodeError
from kehuma.engine.coding.dictionaries import Entry
from kehuma.lib.viewer import Refused, Viewer

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
WANG = Viewer(4, "wang", "小王", permissions=frozenset({"codes.view", "dictionaries.view"}))
NOBODY = Viewer(5, "nobody", "外人")


@pytest.fixture
def codes(publish: Any, issue: Any) -> list[str]:
    publish("customer", "plain")
    facts = [("北京", "IT"), ("北京", "FI"), ("上海", "IT")]
    made = [
        issue("customer", f"r{n}", region=region, industry=industry).code for n, (region, industry) in enumerate(facts)
    ]
    return [*made, issue("plain", "p").code]


def test_conditions_can_be_joined(codes: list[str]) -> None:
    rows = listing.given_out(WANG)
    assert listing.of_schemes(rows, ["customer"]).count() == 3
    assert listing.in_states(listing.beginning_with(rows, "bj"), ["issued"]).count() == 2
    assert listing.issued_between(rows, date(2026, 11, 22), date(2026, 11, 22)).count() == len(codes)
    assert listing.issued_between(rows, None, date(2026, 11, 21)).count() == 0
    assert listing.beginning_with(rows, "\u202e").count() == 0


def test_rows_come_in_the_order_asked_for(codes: list[str]) -> None:
    wanted = [codes[2], "nothing", codes[0]]
    assert [row.code for row in listing.named(WANG, wanted)] == [codes[2], codes[0]]
    ids = [row.id for row in listing.named(WANG, codes)]
    assert [row.code for row in listing.picked(WANG, ids[::-1], 2)] == codes[:2]


def test_one_code_with_what_it_was_written_from(codes: list[str]) -> None:
    record = listing.record(WANG, codes[0].lower())
    assert record.row.identity == codes[0]
    assert record.texts == [("region", "BJ"), ("industry", "IT")]
    assert record.counter_key == "region=BJ industry=IT"
    assert [event.kind for event in record.events] == ["codes.issued"]
    for text in ("BJ-IT-9999", "\u202e"):
        with pytest.raises(UnknownCodeError):
            listing.record(WANG, text)


def test_how_many_codes_each_scheme_gave_out(codes: list[str]) -> None:
    assert codes
    assert listing.number_by_scheme() == {"customer": 3, "plain": 1}


def test_how_often_symbols_were_written(codes: list[str]) -> None:
    assert codes
    assert dictionary_reads.usage(WANG, "cn-province") == {"BJ": 2, "SH": 1}
    assert dictionary_reads.usage(WANG, "iso-3166") == {}


def test_dictionaries_tell_their_schemes_and_what_was_added(codes: list[str]) -> None:
    assert codes
    services.extend_dictionary("cn-province", [Entry("ZZ", "测试")], actor="小王", at=NOON)
    rows = {row.name: row for row in dictionary_reads.dictionaries(WANG)}
    assert (rows["cn-province"].schemes, rows["cn-province"].version) == (["customer"], 1)
    assert rows["industry"].is_own
    assert [(one.version, one.symbols) for one in dictionary_reads.extensions(WANG, "cn-province")] == [(1, ["ZZ"])]


def test_strangers_are_refused() -> None:
    for ask in (listing.given_out, dictionary_reads.dictionaries):
        with pytest.raises(Refused):
            ask(NOBODY)
