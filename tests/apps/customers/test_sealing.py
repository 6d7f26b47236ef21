"""What tells who a person is stands in the store under keys only; without them everything else goes on."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from kehuma.apps.codes import queries as codes
from kehuma.apps.customers import queries, remembering, services
from kehuma.apps.customers.errors import CustomerError, FilterError
from kehuma.apps.customers.fields import Choice
from kehuma.apps.customers.models import Contact, Customer, FieldChange, Identifier, SearchNews
from kehuma.apps.sealing.errors import StoreSealedError
from kehuma.apps.sealing.models import SubjectKey
from kehuma.lib.viewer import Viewer

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
NewCustomer = Callable[..., str]
PERSON: dict[str, Any] = {
    "kind": "person", "name": "欧阳晓丰", "short_name": "晓丰哥", "former_names": ["欧阳小凤"], "address": "中关村东路八号",
    "notes": "爱喝龙井", "mobile": "13755556666", "email": "xf@example.org", "wechat": "xf-weixin", "contact_name": "欧阳晓丰",
    "resident_id": "11010119900307803X", "contact_role": "本人",
}  # fmt: skip
_TABLES = ("customer", "contact", "identifier", "fieldchange", "customvalue", "searchtext", "searchnews")


def _stored() -> str:
    """All that the tables of customers hold, as text."""
    found = []
    with connection.cursor() as cursor:
        for name in _TABLES:
            cursor.execute(f"SELECT * FROM customers_{name}")  # noqa: S608 - names of ours
            found += [value for row in cursor.fetchall() for value in row]
    # As text, not as figures: these would hold the end of any number by chance.
    return "\n".join(
        bytes(one).decode("utf-8", "replace") if isinstance(one, (bytes, memoryview)) else str(one) for one in found
    )


@pytest.fixture
def xiaofeng(new_customer: NewCustomer) -> str:
    """欧阳晓丰, a person."""
    return new_customer(**PERSON)


def test_nothing_of_a_person_stands_in_the_tables(xiaofeng: str, li: Viewer) -> None:
    services.update(
        li, xiaofeng, {"name": "欧阳晓峰", "notes": "改喝普洱", "mobile": "13966667777"}, version=1, at=NOON
    )
    stored = _stored()
    clear = [text for value in PERSON.values() for text in ([value] if isinstance(value, str) else value)]
    for text in [*clear, "欧阳晓峰", "改喝普洱", "13966667777", "欧阳", "晓丰", "ouyang", "66665555"]:
        assert text == "person" or text not in stored
    row = queries.record(li, xiaofeng).row
    assert (row.name, row.values["notes"], row.values["mobile"]) == ("欧阳晓峰", "改喝普洱", "13966667777")
    assert (row.values["address"], row.values["former_names"]) == (PERSON["address"], PERSON["former_names"])


def test_of_an_enterprise_people_and_notes_are_sealed_and_its_name_is_not(hengyue: str, li: Viewer) -> None:
    services.update(li, hengyue, {"notes": "联系人周末不接电话"}, version=1, at=NOON)
    stored = _stored()
    assert "北京衡岳数据技术有限公司" in stored
    assert [text for text in ("孙莉", "13800001234", "43210000", "周末") if text in stored] == []


def test_an_enterprise_without_people_needs_no_key(new_customer: NewCustomer, sealed: None) -> None:  # noqa: ARG001 - no key
    code = new_customer(contact_name="", mobile="")
    assert Customer.objects.get(code_id=code).subject_id is None
    assert not SubjectKey.objects.exists()


def test_everybody_has_a_key_of_ones_own(li: Viewer, new_customer: NewCustomer) -> None:
    first, second = (Customer.objects.get(code_id=new_customer(**PERSON)) for _ in range(2))
    assert first.subject_id != second.subject_id
    Customer.objects.filter(pk=first.pk).update(sealed=second.sealed)
    rows = queries.rows(li, list(queries.visible(li).order_by("pk")))
    assert [(row.name, row.unopened) for row in rows] == [("数据损坏", "damaged"), ("欧阳晓丰", "")]


def test_a_sealed_value_put_elsewhere_does_not_open_and_is_not_overwritten(li: Viewer, hengyue: str) -> None:
    services.add_contact(li, hengyue, {"contact_name": "何建军"}, at=NOON)
    first, second = Contact.objects.order_by("position")
    Contact.objects.filter(pk=first.pk).update(sealed=second.sealed)
    assert [one.name for one in queries.record(li, hengyue).contacts] == ["数据损坏", "何建军"]
    with pytest.raises(CustomerError, match="does not open"):
        services.update(li, hengyue, {"mobile": "13911112222"}, version=2, at=NOON)
    assert [hit.identity for hit in queries.search(li, "何建军")] == [hengyue]


def test_an_enterprise_that_becomes_a_person_is_sealed_with_its_history(li: Viewer, new_customer: NewCustomer) -> None:
    code = new_customer(name="老王杂货铺", uscc="91110108551385082Q", contact_name="", mobile="")
    services.update(li, code, {"address": "槐树街一号"}, version=1, at=NOON)
    services.update(li, code, {"short_name": "老王铺"}, version=2, at=NOON)
    services.update(li, code, {"kind": "个人"}, version=3, at=NOON)
    stored = _stored()
    assert [text for text in ("老王", "杂货", "槐树街", "91110108551385082") if text in stored] == []
    row = queries.record(li, code).row
    assert (row.name, row.values["uscc"], row.values["address"]) == ("老王杂货铺", "91110108551385082Q", "槐树街一号")
    assert [hit.identity for hit in queries.search(li, "杂货")] == [code]
    assert ("address", "", "槐树街一号") in {(one.field, one.old, one.new) for one in queries.history(li, code).items}
    services.update(li, code, {"kind": "企业", "name": "老王商贸有限公司"}, version=4, at=NOON)
    assert "老王商贸有限公司" in _stored()
    assert "杂货铺" not in _stored()
    assert queries.record(li, code).row.values["uscc"] == "91110108551385082Q"


def test_a_field_of_ones_own_is_sealed_by_its_class(admin: Viewer, new_customer: NewCustomer) -> None:
    services.define_field(admin, key="hobby", zh="爱好", type="text", field_class="personal", at=NOON)
    code = new_customer(hobby="收集火花")
    assert "火花" not in _stored()
    assert [one.code_id for one in queries.filtered(admin, {"hobby": "收集火花"})] == [code]
    assert queries.filtered(admin, {"hobby": "收集"}).count() == 0
    services.change_field(admin, "hobby", zh="爱好", field_class="internal", at=NOON)
    assert "收集火花" in _stored()
    assert [one.code_id for one in queries.filtered(admin, {"hobby": "收集火花"})] == [code]
    services.update(admin, code, {"hobby": "钓鱼竿"}, version=1, at=NOON)
    services.change_field(admin, "hobby", zh="爱好", field_class="sensitive", at=NOON)
    assert [text for text in ("火花", "钓鱼竿") if text in _stored()] == []
    assert services.reveal(admin, code, "hobby", reason="check", at=NOON) == "钓鱼竿"
    assert [one.new for one in queries.history(admin, code).items] == ["***"]


def test_a_sealed_choice_is_neither_asked_for_nor_lost(admin: Viewer, new_customer: NewCustomer) -> None:
    both = [Choice("a", "甲"), Choice("b", "乙")]
    services.define_field(admin, key="mood", zh="心情", type="choice", choices=both, field_class="personal", at=NOON)
    new_customer(mood="甲")
    with pytest.raises(FilterError):
        queries.filtered(admin, {"mood": "a"})
    with pytest.raises(CustomerError, match="in use"):
        services.change_field(admin, "mood", zh="心情", choices=both[1:], field_class="personal", at=NOON)


@pytest.mark.parametrize("typed", ["欧阳晓丰", "晓丰", "oyxf", "ouyang", "13755556666", "6666", "小凤"])
def test_a_person_is_found_by_whatever_somebody_remembers(li: Viewer, xiaofeng: str, hengyue: str, typed: str) -> None:
    assert hengyue
    assert [hit.identity for hit in queries.search(li, typed)] == [xiaofeng]


def test_what_others_change_is_found_at_once(li: Viewer, xiaofeng: str) -> None:
    assert queries.search(li, "晓丰")
    services.update(li, xiaofeng, {"name": "慕容雪", "former_names": "", "short_name": ""}, version=1, at=NOON)
    services.update(li, xiaofeng, {"contact_name": "慕容雪"}, version=2, at=NOON)
    assert queries.search(li, "晓丰") == []
    assert [hit.name for hit in queries.search(li, "murong")] == ["慕容雪"]


def test_an_index_of_another_time_is_thrown_away(li: Viewer, xiaofeng: str) -> None:
    assert queries.search(li, "晓丰")
    SearchNews.objects.update(mark="0" * 16)
    Customer.objects.filter(code_id=xiaofeng).update(deleted_at=NOON)
    assert queries.search(li, "晓丰") == []


def test_while_names_are_read_whole_values_and_ends_of_numbers_find(
    monkeypatch: pytest.MonkeyPatch, li: Viewer, xiaofeng: str
) -> None:
    monkeypatch.setattr(remembering.Remembered, "index", lambda _: None)
    assert not queries.is_complete()
    for typed in ("欧阳晓丰", "13755556666", "6666", "56666"):
        assert [hit.identity for hit in queries.search(li, typed)] == [xiaofeng]
    assert queries.search(li, "晓丰") == []
    assert queries.search(li, "16666") == []


def test_persons_come_behind_enterprises(li: Viewer, xiaofeng: str, hengyue: str) -> None:
    rows = queries.visible(li).order_by("normal_name", "pk")
    assert [one.code_id for one in rows] == [hengyue, xiaofeng]
    assert not Customer.objects.exclude(kind="enterprise").exclude(name="").exists()


def test_duplicates_are_found_by_tokens(li: Viewer, xiaofeng: str) -> None:
    for field, key in (("mobile", "phone"), ("name", "name"), ("resident_id", "resident_id")):
        (told,) = queries.duplicates(li, {field: PERSON[field]})
        assert (told.identity, told.field) == (xiaofeng, key)


@pytest.fixture
def shut(xiaofeng: str, hengyue: str, sealed: None) -> tuple[str, str]:  # noqa: ARG001 - no key from here on
    """A person and an enterprise after the key was lost."""
    return xiaofeng, hengyue


def test_without_the_key_lists_codes_and_records_work_and_say_so(shut: tuple[str, str], li: Viewer) -> None:
    person, enterprise = shut
    names = {row.identity: row.name for row in queries.rows(li, list(queries.visible(li)))}
    assert names == {person: "已封存", enterprise: "北京衡岳数据技术有限公司"}
    row = queries.record(li, person).row
    assert (row.unopened, row.values["mobile"], "mobile" in row.masked) == ("sealed", "已封存", True)
    assert queries.record(li, person).contacts[0].mobile == "已封存"
    assert codes.resolve(person).found
    assert queries.counts(li)["mine"] == 0
    assert [hit.identity for hit in queries.search(li, "衡岳")] == [enterprise]
    assert queries.search(li, "欧阳晓丰") == []
    assert queries.duplicates(li, {"mobile": PERSON["mobile"]}) == []


def test_without_the_key_what_is_not_sealed_can_be_changed(shut: tuple[str, str], li: Viewer) -> None:
    person, enterprise = shut
    before = Customer.objects.get(code_id=person).sealed
    shown = queries.record(li, person).row
    given = {"region": "上海", "name": shown.name, "notes": shown.values["notes"]}
    services.update(li, person, given, version=1, at=NOON)
    services.tag(li, [person], ["月结"], at=NOON)
    services.update(li, enterprise, {"name": "北京衡岳科技有限公司"}, version=1, at=NOON)
    assert queries.record(li, person).row.values["region"] == "310000"
    assert Customer.objects.get(code_id=person).sealed == before


@pytest.mark.parametrize(
    "act",
    [
        lambda who, code, _: services.update(who, code, {"name": "某某"}, version=1, at=NOON),
        lambda who, code, _: services.add_contact(who, code, {"contact_name": "某某"}, at=NOON),
        lambda who, code, _: services.add_identifier(who, code, "passport", "E12345678", at=NOON),
        lambda who, code, _: services.reveal(who, code, "mobile", reason="check", at=NOON),
        lambda who, _code, _new: services.remove_contact(who, Contact.objects.all()[0].pk, at=NOON),
        lambda _who, _code, new: new(**PERSON),
        lambda _who, _code, new: new(),
    ],
    ids=["name", "contact", "number", "reveal", "remove contact", "new person", "new contact"],
)
def test_without_the_key_secrets_are_neither_shown_nor_written(
    shut: tuple[str, str], admin: Viewer, new_customer: NewCustomer, act: Callable[..., object]
) -> None:
    counted = [model.objects.count() for model in (Customer, Contact, Identifier, FieldChange)]
    with pytest.raises(StoreSealedError):
        act(admin, shut[0], new_customer)
    assert [model.objects.count() for model in (Customer, Contact, Identifier, FieldChange)] == counted


@pytest.mark.usefixtures("shut")
@pytest.mark.parametrize("count", [3, 1_001], ids=["few", "more than a portion"])
def test_a_file_without_secrets_comes_in_without_the_key(admin: Viewer, count: int) -> None:
    batch = services.begin_batch(admin, "import", "客户名单", at=NOON).uuid
    importing = services.Import(admin, scheme="region-industry", source="旧系统", batch=batch, at=NOON)
    rows: list[tuple[str, dict[str, object]]] = [
        (f"r{number}", {"name": f"某某{number}号公司", "region": "440305", "industry": "I"}) for number in range(count)
    ]
    assert {one.kind for one in importing.create(rows)} == {"created"}
    before = Customer.objects.count()
    secret = ("with secret", {"name": "某某公司", "region": "440305", "industry": "I", "mobile": "13800138000"})
    others = [(f"later {key}", values) for key, values in rows]
    with pytest.raises(StoreSealedError):
        importing.create([*others, secret])
    assert Customer.objects.count() == before
