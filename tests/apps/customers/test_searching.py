"""Customers are found by whatever somebody remembers, within reach."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from kehuma.apps.customers import queries, services
from kehuma.apps.customers.errors import FilterError
from kehuma.apps.customers.models import Contact
from kehuma.lib.viewer import Viewer

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
NewCustomer = Callable[..., str]


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("BJ-IT-0001-Y", "code"), ("bjit0001y", "code"), ("bj it 0001 y", "code"),
        ("衡岳", "name"), ("北京衡岳数据技术有限公司", "name"),
        ("bjhy", "initials"), ("hengyue", "pinyin"), ("13800001234", "phone"), ("1234", "phone"), ("孙莉", "contact"),
        ("91110108551385082Q", "identifier"),
    ],
)  # fmt: skip
def test_a_customer_is_found_and_says_why(li: Viewer, new_customer: NewCustomer, typed: str, why: str) -> None:
    code = new_customer(uscc="91110108551385082Q")
    new_customer(name="上海澄明供应链管理有限公司", mobile="13900009999", contact_name="周伟")
    (hit,) = queries.search(li, typed)
    assert (hit.identity, hit.why) == (code, why)


@pytest.mark.parametrize("typed", ["bj", "BJI", "bj-it", "bjit0", "ＢＪ－ＩＴ－0"])
def test_the_beginning_of_a_code_finds_all_that_begin_so(li: Viewer, new_customer: NewCustomer, typed: str) -> None:
    codes = {new_customer(name="甲乙丙"), new_customer(name="丁戊己")}
    new_customer(name="庚辛壬", region="上海")
    assert {hit.identity for hit in queries.search(li, typed) if hit.why == "code"} == codes


def test_without_the_right_tails_find_nothing(wang: Viewer, hengyue: str) -> None:
    assert [hit.identity for hit in queries.search(wang, "孙莉")] == [hengyue]
    assert queries.search(wang, "1234") == []
    assert [hit.identity for hit in queries.search(wang, "13800001234")] == [hengyue]


def test_a_stranger_finds_it_only_in_the_public_pool(wang: Viewer, stranger: Viewer, hengyue: str) -> None:
    assert queries.search(stranger, "衡岳") == []
    assert queries.find(stranger, hengyue) is None
    services.release(wang, [hengyue], at=NOON)
    assert [hit.identity for hit in queries.search(stranger, "衡岳")] == [hengyue]
    assert queries.find(stranger, "bjit0001y") == hengyue


def test_a_changed_name_is_found_and_the_old_one_is_not(wang: Viewer, hengyue: str) -> None:
    services.update(wang, hengyue, {"name": "苏州云栖谷软件有限公司"}, version=1, at=NOON)
    assert [hit.identity for hit in queries.search(wang, "yunqi")] == [hengyue]
    assert queries.search(wang, "衡岳") == []


def test_who_has_nothing_that_is_sealed_is_found_at_once_too(li: Viewer, new_customer: NewCustomer) -> None:
    assert queries.search(li, "澄明") == []
    code = new_customer(name="上海澄明供应链管理有限公司", mobile="", contact_name="")
    assert not Contact.objects.exists()
    assert [hit.identity for hit in queries.search(li, "chengming")] == [code]


def test_in_the_recycle_bin_nobody_finds_it_until_it_is_restored(li: Viewer, hengyue: str) -> None:
    services.delete(li, [hengyue], at=NOON)
    assert queries.search(li, "衡岳") == []
    assert queries.visible(li, deleted=True).count() == 1
    services.restore(li, [hengyue], at=NOON)
    assert [hit.identity for hit in queries.search(li, "衡岳")] == [hengyue]


@pytest.mark.parametrize("typed", ["", " ", "%_'\"", "（）", "x" * 500, "\x00", "衡" * 90, "1" * 300, "NEAR(a b)", "-"])
def test_hostile_text_finds_nothing_and_breaks_nothing(wang: Viewer, hengyue: str, typed: str) -> None:
    assert hengyue
    assert queries.search(wang, typed) == []
    assert queries.find(wang, typed) is None


def test_a_number_of_another_system_names_the_customer(wang: Viewer, hengyue: str) -> None:
    services.add_identifier(wang, hengyue, "own_number", "kh-2019-00417", system="旧 ERP", at=NOON)
    assert queries.find(wang, "KH-2019-00417") == hengyue


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"region": "11"}, 1), ({"region": ["110000", "310000"]}, 2), ({"region": "310000"}, 1), ({"industry": "I"}, 2),
        ({"owner": "me"}, 1), ({"owner": "none"}, 1), ({"tags": ["月结"]}, 1), ({"tags": ["月结", "没有"]}, 0),
        ({"created_at": ("2026-11-22", "2026-11-22")}, 2), ({"created_at": ("", "2026-11-21")}, 0),
        ({"kind": "person"}, 0), ({"region": "11", "industry": "J"}, 0),
    ],
)  # fmt: skip
def test_conditions_narrow(wang: Viewer, new_customer: NewCustomer, asked: dict[str, object], found: int) -> None:
    new_customer(tags=["月结"])
    new_customer(name="上海澄明供应链管理有限公司", region="上海", owner=None)
    assert queries.filtered(wang, asked).count() == found


@pytest.mark.parametrize("key", ["nothing", "name", "resident_id", "mobile"])
def test_what_cannot_be_asked_for_is_refused(wang: Viewer, key: str) -> None:
    with pytest.raises(FilterError):
        queries.filtered(wang, {key: "x"})


def test_exact_duplicates_by_number_phone_and_name(wang: Viewer, stranger: Viewer, hengyue: str) -> None:
    by_phone, by_name = {"mobile": "13800001234"}, {"name": "北京衡岳数据技术有限责任公司 "}
    assert [(one.identity, one.field) for one in queries.duplicates(wang, by_phone)] == [(hengyue, "phone")]
    assert [(one.identity, one.field) for one in queries.duplicates(wang, by_name)] == [(hengyue, "name")]
    assert queries.duplicates(wang, by_name, except_ref=hengyue) == []
    (told,) = queries.duplicates(stranger, by_phone)
    assert (told.identity, told.name, told.owner_name, told.is_visible) == (hengyue, "", "", False)


def test_duplicates_of_a_file_cost_no_more_queries(
    wang: Viewer, hengyue: str, django_assert_max_num_queries: object
) -> None:
    rows = [{"mobile": f"1380000{number:04}", "name": f"某公司{number}"} for number in range(300)]
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        queries.duplicates_many(wang, rows)
    assert queries.duplicates_many(wang, [*rows, {"mobile": "13800001234"}])[-1][0].identity == hengyue


def test_a_list_costs_as_many_queries_for_many_as_for_few(
    wang: Viewer, new_customer: NewCustomer, django_assert_max_num_queries: object
) -> None:
    for number in range(12):
        new_customer(name=f"某公司{number}", tags=["月结"])
    customers = list(queries.visible(wang))
    with django_assert_max_num_queries(9):  # type: ignore[operator]
        assert len(queries.rows(wang, customers)) == 12
