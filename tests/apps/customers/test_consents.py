"""For what a customer's data may be used: agreed to one by one, withdrawn at once, found in lists and files."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from kehuma.apps.audit import queries as audit
from kehuma.apps.customers import queries, services
from kehuma.apps.customers.errors import CustomerError, DefinitionError, FieldError, UnknownError, ValuesError
from kehuma.apps.customers.models import Consent, Customer
from kehuma.lib.viewer import Refused, Viewer

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
DAY = date(2026, 11, 20)
NewCustomer = Callable[..., str]


def _with(viewer: Viewer, purpose: str) -> list[str]:
    found = queries.filtered(viewer, {"consents": [purpose]})
    return sorted(one.code_id for one in found)


def test_who_agrees_is_found_by_it_until_it_is_withdrawn(wang: Viewer, new_customer: NewCustomer) -> None:
    code = new_customer(kind="person", name="张晓丰")
    row = services.give_consent(wang, code, "sms", given_on=DAY, note="合同 2026-17 第 8 条", at=NOON)
    services.give_consent(wang, code, "contract", given_on=DAY, basis="contract", at=NOON)
    assert _with(wang, "sms") == [code]
    record = queries.record(wang, code)
    assert record.row.values["consents"] == ["sms", "contract"]
    assert record.row.text("consents") == "营销短信、履行合同"
    assert {one.note for one in record.consents} == {"合同 2026-17 第 8 条", ""}
    services.withdraw_consent(wang, code, row, at=NOON)
    assert _with(wang, "sms") == []
    assert _with(wang, "contract") == [code]
    assert [(one.purpose, one.withdrawn_at) for one in queries.record(wang, code).consents] == [
        ("contract", None),
        ("sms", NOON),
    ]
    kinds = [event.kind for event in audit.events(subject=code)]
    assert kinds.count("customers.consent-given") == 2
    assert kinds.count("customers.consent-withdrawn") == 1
    assert [one.field for one in queries.history(wang, code).items] == ["consents"] * 3


def test_what_was_noted_as_evidence_is_sealed_and_goes_with_the_person(
    admin: Viewer, new_customer: NewCustomer
) -> None:
    code = new_customer(kind="person", name="张晓丰")
    services.give_consent(admin, code, "calls", given_on=DAY, note="录音 7781", at=NOON)
    (row,) = Consent.objects.all()
    assert row.sealed is not None
    assert "录音 7781".encode() not in bytes(row.sealed)
    assert "7781" not in str([event.detail for event in audit.events(subject=code)])
    assert services.subject_export(admin, code, at=NOON)["consents"][0]["note"] == "录音 7781"
    services.erase(admin, code, reason="request", at=NOON)
    assert queries.record(admin, code).consents[0].note == "已删除个人信息"


def test_a_purpose_holds_once_and_not_from_tomorrow(wang: Viewer, new_customer: NewCustomer) -> None:
    code = new_customer(name="甲有限公司")
    number = services.give_consent(wang, code, "sms", given_on=DAY, at=NOON)
    with pytest.raises(CustomerError):
        services.give_consent(wang, code, "sms", given_on=DAY, at=NOON)
    for wrong in ({"purpose": "spam"}, {"basis": "因为"}, {"given_on": date(2026, 11, 23)}):
        told = {"purpose": "calls", "given_on": DAY, **wrong}
        with pytest.raises(FieldError):
            services.give_consent(wang, code, **told, at=NOON)  # type: ignore[arg-type]
    services.withdraw_consent(wang, code, number, at=NOON)
    with pytest.raises(UnknownError):
        services.withdraw_consent(wang, code, number, at=NOON)


def test_a_purpose_is_no_field_to_be_overwritten(wang: Viewer, new_customer: NewCustomer) -> None:
    code = new_customer(name="甲有限公司")
    with pytest.raises(ValuesError):
        services.update(wang, code, {"consents": ["sms"]}, version=1, at=NOON)
    assert services.preview_bulk(wang, [code], {"consents": ["sms"]}).faults


def test_a_person_withdraws_also_while_nothing_else_may_be_done(
    admin: Viewer, wang: Viewer, new_customer: NewCustomer
) -> None:
    code = new_customer(kind="person", name="张晓丰")
    number = services.give_consent(wang, code, "sms", given_on=DAY, at=NOON)
    services.restrict(admin, code, reason="objected", at=NOON)
    with pytest.raises(CustomerError):
        services.give_consent(wang, code, "calls", given_on=DAY, at=NOON)
    services.withdraw_consent(wang, code, number, at=NOON)
    assert _with(wang, "sms") == []


def test_strangers_neither_give_nor_withdraw(wang: Viewer, stranger: Viewer, new_customer: NewCustomer) -> None:
    code = new_customer(name="甲有限公司")
    number = services.give_consent(wang, code, "sms", given_on=DAY, at=NOON)
    with pytest.raises(CustomerError):
        services.withdraw_consent(stranger, code, number, at=NOON)
    with pytest.raises(Refused):
        services.add_purpose(stranger, zh="抽奖", at=NOON)


def test_a_file_brings_purposes_in_and_takes_none_away(admin: Viewer, new_customer: NewCustomer) -> None:
    batch = services.begin_batch(admin, "import", "名单", at=NOON)
    import_ = services.Import(admin, scheme="region-industry", source="名单", batch=batch.uuid, at=NOON)
    facts = {"name": "乙有限公司", "region": "北京", "industry": "信息技术"}
    (made,) = import_.create([("1", {**facts, "consents": "营销短信、数据分析"})])
    assert made.kind == "created"
    other = new_customer(name="甲有限公司")
    services.give_consent(admin, other, "calls", given_on=DAY, at=NOON)
    import_.update([(other, {"consents": "营销短信"}), (made.identity, {"consents": "", "source": "展会"})])
    assert _with(admin, "sms") == sorted([other, made.identity])
    assert _with(admin, "calls") == [other]
    assert Consent.objects.filter(way="import").count() == 3
    services.undo(admin, batch.uuid, at=NOON)
    assert _with(admin, "sms") == []
    assert _with(admin, "calls") == [other]
    assert set(
        Consent.objects.filter(withdrawn_at=None, customer__code__identity=other).values_list("purpose", flat=True)
    ) == {"calls"}


def test_a_new_customer_comes_with_what_it_agreed_to(admin: Viewer, new_customer: NewCustomer) -> None:
    code = new_customer(name="甲有限公司", consents=["营销邮件"])
    assert _with(admin, "email") == [code]
    assert Consent.objects.get().customer == Customer.objects.get(code__identity=code)


def test_the_organisation_keeps_its_own_list_of_purposes(admin: Viewer, new_customer: NewCustomer) -> None:
    key = services.add_purpose(admin, zh="抽奖", en="Prize draws", at=NOON)
    code = new_customer(name="甲有限公司")
    services.give_consent(admin, code, key, given_on=DAY, at=NOON)
    services.rename_purpose(admin, key, zh="抽奖活动", at=NOON)
    assert [(one.zh, number) for one, number in queries.purposes() if one.key == key] == [("抽奖活动", 1)]
    with pytest.raises(DefinitionError):
        services.remove_purpose(admin, key, at=NOON)
    services.remove_purpose(admin, "partners", at=NOON)
    with pytest.raises(UnknownError):
        services.remove_purpose(admin, "partners", at=NOON)
    assert "partners" not in {one.key for one, _ in queries.purposes()}
    assert queries.custom_fields() == []
    with pytest.raises(UnknownError):
        services.retire_field(admin, "consents", at=NOON)
