"""What people and files bring, and what a record makes of it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kehuma.apps.codes import services as codes
from kehuma.apps.customers import fields, queries, services
from kehuma.apps.customers.errors import DefinitionError, TakenError, ValuesError, messages
from kehuma.apps.customers.fields import Choice
from kehuma.apps.customers.names import name_of_division
from kehuma.apps.customers.values import Cleaner
from kehuma.engine.coding.errors import CodingError
from kehuma.lib.viewer import Viewer

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
NewCustomer = Callable[..., str]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("key", "given", "kept"),
    [
        pytest.param("kind", "公司", "enterprise", id="kind in words"),
        pytest.param("kind", "P", "person", id="kind by symbol"),
        pytest.param("region", "广东省深圳市南山区", "440305", id="place by its path"),
        pytest.param("region", "440305", "440305", id="place by its code"),
        pytest.param("industry", "软件", "I", id="trade in words"),
        pytest.param("industry", "6513", "I6513", id="trade by its digits"),
        pytest.param("industry", "I6513 应用软件开发", "I6513", id="trade by code and name"),
        pytest.param("country", "美国", "US", id="country"),
        pytest.param("mobile", " 138-0012-3456 ", "13800123456", id="mobile in groups"),
        pytest.param("phone", "010-62551234", "010-62551234", id="landline as written"),
        pytest.param("email", "Li@Example.com", "li@example.com", id="mail"),
        pytest.param("former_names", "甲公司、乙公司；甲公司", ["甲公司", "乙公司"], id="several names"),
        pytest.param("tags", ["月结", "VIP"], ["月结", "VIP"], id="several tags"),
        pytest.param("name", " 北京\u3000衡岳 ", "北京 衡岳", id="blanks in a name"),
        pytest.param("notes", "", "", id="nothing"),
        pytest.param("tags", None, [], id="nothing of several"),
    ],
)
def test_values_have_one_form(key: str, given: object, kept: object) -> None:
    cleaned = queries.clean({"name": "衡岳", key: given})
    assert (cleaned.values[key], cleaned.faults) == (kept, {})
    assert queries.clean({"name": "衡岳", **cleaned.values}).values[key] == kept


@pytest.mark.parametrize(
    ("key", "given", "message"),
    [
        pytest.param("name", "  ", "required", id="no name"),
        pytest.param("kind", "外星人", "choice", id="no kind"),
        pytest.param("region", "鼓楼区", "place-ambiguous", id="several places"),
        pytest.param("region", "火星", "place-nearest", id="no place"),
        pytest.param("mobile", "12345", "phone", id="no telephone number"),
        pytest.param("email", "li@", "email", id="no address"),
        pytest.param("uscc", "9111O108551385082Q", "uscc-suggestion", id="misread sign"),
        pytest.param("resident_id", "110101199003071235", "resident_id", id="wrong check"),
        pytest.param("short_name", "长" * 101, "too-long", id="too long"),
        pytest.param("notes", "a\x00b", "not-text", id="a sign that is no text"),
        pytest.param("owner", "小王", "read-only", id="not here"),
        pytest.param("colour", "红", "unknown-field", id="no such field"),
        pytest.param("name", ["甲", "乙"], "not-text", id="several where one belongs"),
    ],
)
def test_a_fault_says_what_is_wrong_in_both_languages(key: str, given: object, message: str) -> None:
    cleaned = queries.clean({"name": "衡岳", key: given})
    assert cleaned.faults[key].message == message
    assert key not in cleaned.values
    assert "{" not in cleaned.faults[key].say("zh") + cleaned.faults[key].say("en")
    assert "、" not in cleaned.faults[key].say("en")


def test_all_faults_at_once() -> None:
    assert set(queries.clean({"name": "", "mobile": "1", "region": "火星"}).faults) == {"name", "mobile", "region"}


def test_every_message_has_both_languages_with_the_same_places() -> None:
    def places(text: str) -> set[str]:
        return {part.partition("}")[0] for part in text.split("{")[1:]}

    for name, texts in messages().items():
        assert places(texts["zh"]) == places(texts["en"]), name


def test_every_field_has_both_titles_and_one_class() -> None:
    assert all(field.zh and field.en for field in fields.BUILTIN.values())
    heads = [head.lower() for field in fields.BUILTIN.values() for head in (field.zh, *field.also)]
    assert len(heads) == len(set(heads)), "a head of a column names one field"


GRADES = [Choice("A", "一级", "First"), Choice("B", "二级", "Second")]


def _define(admin: Viewer, key: str, type_: str, **more: Any) -> None:
    choices = GRADES if "choice" in type_ else ()
    services.define_field(admin, key=key, zh=f"字段{key}", type=type_, choices=choices, at=NOON, **more)


@pytest.mark.parametrize(
    ("type_", "given", "kept", "asked", "not_asked"),
    [
        pytest.param("text", " 月结 ", "月结", "月结", "现结", id="text"),
        pytest.param("number", "1,200.50", "1200.5", ("1000", "1300"), ("1300", ""), id="number"),
        pytest.param("money", "￥1,200.5", "1200.50", ("", "1200.5"), ("", "1200"), id="money"),
        pytest.param("date", "2026年3月9日", "2026-03-09", ("2026-03-01", "2026-03-31"), ("2026-04-01", ""), id="date"),
        pytest.param("choice", "一级", "A", ["A", "B"], "B", id="choice"),
        pytest.param("multi-choice", "一级、二级", ["A", "B"], "B", "C", id="several choices"),
    ],
)
def test_a_field_of_ones_own_is_in_record_and_filter(
    admin: Viewer, hengyue: str, *, type_: str, given: str, kept: object, asked: Any, not_asked: Any
) -> None:
    _define(admin, "own", type_)
    services.update(admin, hengyue, {"own": given}, version=1, at=NOON)
    assert queries.record(admin, hengyue).row.values["own"] == kept
    assert [one.code_id for one in queries.filtered(admin, {"own": asked})] == [hengyue]
    assert not queries.filtered(admin, {"own": not_asked}).exists()
    services.update(admin, hengyue, {"own": ""}, version=2, at=NOON)
    assert not queries.filtered(admin, {"own": asked}).exists()


@pytest.mark.parametrize(
    ("type_", "given"), [("number", "很多"), ("money", "1e99"), ("date", "2026-02-30"), ("choice", "三级")]
)
def test_a_field_of_ones_own_refuses_what_it_cannot_hold(admin: Viewer, hengyue: str, type_: str, given: str) -> None:
    _define(admin, "own", type_)
    with pytest.raises(ValuesError):
        services.update(admin, hengyue, {"own": given}, version=1, at=NOON)


def test_a_field_that_becomes_filterable_is_filled(admin: Viewer, hengyue: str) -> None:
    _define(admin, "own", "text", filterable=False)
    services.update(admin, hengyue, {"own": "月结"}, version=1, at=NOON)
    services.change_field(admin, "own", zh="结算", filterable=True, at=NOON)
    assert queries.filtered(admin, {"own": "月结"}).exists()


def test_a_retired_field_comes_back_with_its_values(admin: Viewer, hengyue: str) -> None:
    _define(admin, "own", "text")
    services.update(admin, hengyue, {"own": "月结"}, version=1, at=NOON)
    services.retire_field(admin, "own", at=NOON)
    with pytest.raises(TakenError):
        _define(admin, "own", "number")
    services.revive_field(admin, "own", at=NOON)
    assert queries.record(admin, hengyue).row.values["own"] == "月结"


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"key": "Own"}, id="capitals in the key"),
        pytest.param({"type": "colour"}, id="no such type"),
        pytest.param({"zh": " "}, id="no title"),
        pytest.param({"field_class": "secret"}, id="no such class"),
        pytest.param({"type": "choice", "choices": [Choice("A", "一级"), Choice("A", "二级")]}, id="a choice twice"),
        pytest.param({"type": "choice", "choices": []}, id="no choices"),
    ],
)
def test_a_definition_that_cannot_be_is_refused(admin: Viewer, wrong: dict[str, Any]) -> None:
    with pytest.raises(DefinitionError):
        services.define_field(admin, **{"key": "own", "zh": "字段", "type": "text", "at": NOON, **wrong})


@pytest.mark.parametrize("key", ["size", "sort", "at", "from", "to", "quiet", "column", "view", "type", "page"])
def test_a_key_that_lists_and_forms_need_is_refused_and_says_why(admin: Viewer, key: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        _define(admin, key, "text")
    assert f"my_{key}" in caught.value.say("zh")
    _define(admin, f"my_{key}", "text")


@pytest.mark.parametrize("key", ["name", "region", "mobile"])
def test_a_key_that_stands_for_something_else_is_taken(admin: Viewer, key: str) -> None:
    with pytest.raises(TakenError):
        _define(admin, key, "text")


def test_a_field_of_ones_own_can_be_a_part_of_the_code(admin: Viewer) -> None:
    _define(admin, "grade", "choice")
    codes.publish(
        'kehuma = 1\nname = "graded"\nsubject = "customer"\ntemplate = "{grade}-{serial:4}"\n[segments.grade.dictionary]\n'
        'F = { zh = "一级" }\nS = { zh = "二级" }\n',
        actor="test",
        at=NOON,
    )
    given = {"name": "衡岳", "grade": "二级"}
    created = services.create(admin, given, scheme="graded", request_key="r", at=NOON)
    assert created.identity == "S-0001"
    with pytest.raises(CodingError):
        services.create(admin, {"name": "衡岳"}, scheme="graded", request_key="r2", at=NOON)
    batch = services.begin_batch(admin, "import", "", at=NOON)
    importing = services.Import(admin, scheme="graded", source="文件", batch=batch.uuid, at=NOON)
    done = importing.create([("1", {**given, "tags": "月结"}), ("2", {"name": "无级别"})])
    assert [one.identity for one in done] == ["S-0002", ""]
    assert queries.record(admin, "S-0002").row.values["tags"] == ["月结"]
    assert queries.filtered(admin, {"grade": "B"}).count() == 2


@pytest.mark.parametrize(
    ("code", "name"),
    [
        pytest.param("440305", "Nanshan District, Shenzhen, Guangdong", id="a district"),
        pytest.param("330127", "Chunan County, Hangzhou, Zhejiang", id="a county"),
        pytest.param("331127", "Jingning Autonomous County, Lishui, Zhejiang", id="an autonomous county"),
        pytest.param("999999", "999999", id="none"),
    ],
)
def test_places_without_an_english_name_are_romanised(code: str, name: str) -> None:
    assert name_of_division(code, "en") == name


@pytest.mark.usefixtures("admin")
def test_places_are_looked_up_without_asking_the_store_each_time() -> None:
    cleaner = Cleaner()
    texts = ["北京", "上海", "广东省深圳市", "浙江", "火星", "四川"]
    with CaptureQueriesContext(connection) as asked:
        found = [cleaner.clean({"region": text, "industry": "金融"}, whole=False) for text in texts]
    assert [bool(one.faults) for one in found] == [False, False, False, False, True, False]
    # One for each dictionary.
    assert len(asked) <= 2
