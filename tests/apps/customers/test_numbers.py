"""Numbers of other systems: each names one customer for ever, whatever way it came in."""

import importlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps

from kehuma.apps.codes import queries as codes
from kehuma.apps.codes.errors import AliasError, AliasTakenError
from kehuma.apps.customers import numbers, queries, services
from kehuma.apps.customers.errors import UnknownError, ValuesError
from kehuma.lib.viewer import Viewer

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
NewCustomer = Callable[..., str]
Rows = list[tuple[str, dict[str, Any]]]


def _importing(viewer: Viewer, source: str = "旧系统") -> tuple[Any, Any]:
    batch = services.begin_batch(viewer, "import", "客户名单", at=NOON).uuid
    return services.Import(viewer, scheme="region-industry", source=source, batch=batch, at=NOON), batch


def _row(key: str, number: str) -> tuple[str, dict[str, Any]]:
    return key, {"name": f"某某{key}号公司", "region": "440305", "industry": "I", "own_number": number}


def _held(code: str) -> list[tuple[str, str]]:
    return [(one.system, one.text) for one in numbers.current([code]).get(code, ())]


def test_a_number_of_another_system_stands_in_the_register_and_in_the_record(li: Viewer, hengyue: str) -> None:
    ref = services.add_identifier(li, hengyue, "own_number", "kh-7", system="旧 ERP", at=NOON)
    (shown,) = [one for one in queries.record(li, hengyue).identifiers if one.kind == "own_number"]
    assert (shown.id, shown.issuer, shown.value) == (ref, "旧 ERP", "KH-7")
    assert queries.record(li, hengyue).row.values["own_number"] == "KH-7"
    assert codes.resolve("旧 ERP:KH-7").identity == hengyue
    assert queries.history(li, hengyue).items[0].part == "旧 ERP"
    assert [hit.identity for hit in queries.search(li, "KH-7")] == [hengyue]
    assert services.add_identifier(li, hengyue, "own_number", "KH-7", system="旧 ERP", at=NOON) == ref


@pytest.mark.parametrize("system", ["", "  ", ":", "a:b", "旧\u202e系统", "客户总表（2019）.xlsx" * 20])
def test_no_name_of_a_system_stands_in_the_way(li: Viewer, hengyue: str, system: str) -> None:
    services.add_identifier(li, hengyue, "own_number", "KH-7", system=system, at=NOON)
    assert queries.find(li, "KH-7") == hengyue
    (shown,) = [one for one in queries.record(li, hengyue).identifiers if one.kind == "own_number"]
    assert bool(shown.issuer) == bool(system.strip(" :"))


def test_a_number_that_is_another_customers_is_refused_with_its_code(li: Viewer, new_customer: NewCustomer) -> None:
    one, other = new_customer(), new_customer(name="别家", mobile="")
    services.add_identifier(li, one, "own_number", "7", system="ERP", at=NOON)
    with pytest.raises(AliasTakenError, match=one):
        services.add_identifier(li, other, "own_number", "7", system="ERP", at=NOON)
    services.add_identifier(li, other, "own_number", "7", system="CRM", at=NOON)
    assert queries.find(li, "7") is None
    assert queries.find(li, "crm:7") == other
    third = new_customer(name="第三家", own_number="8")
    with pytest.raises(ValuesError) as refused:
        new_customer(name="第四家", own_number="8")
    assert third in refused.value.faults["own_number"].say("zh")


@pytest.mark.parametrize("reason", ["mistake", "ended", "replaced"])
def test_a_number_taken_away_leads_on_unless_it_was_a_mistake(li: Viewer, hengyue: str, reason: str) -> None:
    ref = services.add_identifier(li, hengyue, "own_number", "KH-7", system="ERP", at=NOON)
    services.remove_identifier(li, hengyue, ref, reason=reason, at=NOON)
    assert _held(hengyue) == []
    assert queries.find(li, "KH-7") == (None if reason == "mistake" else hengyue)
    with pytest.raises(UnknownError):
        services.remove_identifier(li, hengyue, ref, reason=reason, at=NOON)
    again = services.add_identifier(li, hengyue, "own_number", "KH-7", system="ERP", at=NOON)
    assert (_held(hengyue), again != ref) == ([("ERP", "KH-7")], True)


def test_only_ones_own_numbers_are_taken_away_and_for_a_reason(li: Viewer, new_customer: NewCustomer) -> None:
    one, other = new_customer(), new_customer(name="别家", mobile="")
    ref = services.add_identifier(li, one, "own_number", "7", system="ERP", at=NOON)
    for customer, named in ((other, ref), (one, "n"), (one, "n999999"), (one, "x"), (one, "7")):
        with pytest.raises(UnknownError):
            services.remove_identifier(li, customer, named, at=NOON)
    with pytest.raises(AliasError):
        services.remove_identifier(li, one, ref, reason="x", at=NOON)


def test_a_file_brings_each_number_to_one_customer(admin: Viewer, hengyue: str) -> None:
    services.add_identifier(admin, hengyue, "own_number", "K1", system="旧系统", at=NOON)
    importing, _ = _importing(admin)
    rows: Rows = [_row("r0", "K0"), _row("r1", "K1"), _row("r2", "K2"), _row("r3", "K2"), _row("r0", "K0")]
    done = importing.create(rows)
    assert [one.kind for one in done] == ["created", "rejected", "created", "rejected", "known"]
    assert hengyue in done[1].faults["own_number"].say("zh")
    assert "K2" in done[3].faults["own_number"].say("en")
    again, _ = _importing(admin)
    assert [one.kind for one in again.create(rows)] == ["known", "rejected", "known", "rejected", "known"]
    assert codes.number_of_codes() == 3


def test_a_number_changed_by_a_file_goes_back_with_it(admin: Viewer) -> None:
    importing, _ = _importing(admin)
    one, other = (result.identity for result in importing.create([_row("r0", "K0"), _row("r1", "K1")]))
    services.add_identifier(admin, one, "own_number", "Z-9", system="CRM", at=NOON)
    changing, batch = _importing(admin)
    done = changing.update([(one, {"own_number": "K5"}), (other, {"own_number": "K0"})])
    assert [result.kind for result in done] == ["updated", "rejected"]
    assert _held(one) == [("CRM", "Z-9"), ("旧系统", "K5")]
    assert queries.find(admin, "K0") == one
    undone = services.undo(admin, batch, at=NOON)
    assert (undone.reverted, list(undone.kept)) == (1, [])
    assert sorted(_held(one)) == [("CRM", "Z-9"), ("旧系统", "K0")]
    assert queries.find(admin, "K5") is None


def test_what_somebody_has_changed_since_does_not_go_back(admin: Viewer) -> None:
    importing, _ = _importing(admin)
    (row,) = importing.create([_row("r0", "K0")])
    changing, batch = _importing(admin)
    changing.update([(row.identity, {"own_number": "K5"})])
    later, _ = _importing(admin)
    later.update([(row.identity, {"own_number": "K6"})])
    assert list(services.undo(admin, batch, at=NOON).kept) == [(row.identity, "own_number")]
    assert _held(row.identity) == [("旧系统", "K6")]


def test_numbers_of_before_the_crosswalk_move_into_it(new_customer: NewCustomer) -> None:
    one, other = new_customer(), new_customer(name="别家", mobile="")
    rows = [
        (one, "旧 ERP", "K1"),
        (one, "旧 ERP", "K1"),
        (other, "旧 ERP", "K1"),
        (other, "", "K2"),
        (other, "a:b", "-"),
    ]
    migration = importlib.import_module("kehuma.apps.customers.migrations.0004_numbers")
    chunk = [(place, issuer, number, code, NOON) for place, (code, issuer, number) in enumerate(rows, 1)]
    migration._keep(apps.get_model("codes", "Alias"), chunk)
    assert (_held(one), _held(other)) == ([("旧 ERP", "K1")], [("旧 ERP 2", "K1"), ("-", "K2")])
