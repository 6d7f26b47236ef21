"""Versions of a scheme, their examples, their counters, and the dictionaries they write with."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from kehuma.apps.audit import queries as audit
from kehuma.apps.codes import queries, services
from kehuma.apps.codes.errors import SchemeRefusedError, UnknownSchemeError, VersionOrderError
from kehuma.apps.codes.models import Code
from kehuma.engine.coding.dictionaries import Entry, SymbolError
from kehuma.engine.coding.errors import SchemeError, WriteError

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)

SHOP = """
kehuma = 1
name = "shop"
template = "{region}-{serial:4}"
[segments.region]
dictionary = "cn-province"
"""


def extend(name: str, *entries: Entry) -> int:
    return services.extend_dictionary(name, entries, actor="小王", at=NOON)


def test_a_published_scheme_is_the_current_version(publish: Any) -> None:
    assert publish(SHOP).number == 1
    assert queries.scheme("shop", NOON).source == SHOP
    assert [event.kind for event in audit.events(subject="shop")] == ["codes.scheme-published"]


def test_the_same_file_again_changes_nothing(publish: Any) -> None:
    assert publish(SHOP) == publish(SHOP, at=NOON + timedelta(days=1))
    assert len(queries.versions("shop")) == 1


def test_a_changed_file_becomes_the_next_version_and_the_counter_goes_on(publish: Any, issue: Any) -> None:
    publish(SHOP)
    assert issue("shop", "r1", region="北京").code == "BJ-0001"
    assert publish(SHOP.replace("{serial:4}", "{serial:4..6}")).number == 2
    second = issue("shop", "r2", region="北京")
    assert (second.code, second.version) == ("BJ-0002", 2)


def test_an_older_text_published_again_is_a_new_version(publish: Any) -> None:
    changed = SHOP.replace("{serial:4}", "{serial:5}")
    assert [publish(source).number for source in (SHOP, changed, SHOP)] == [1, 2, 3]


def test_a_version_counts_from_its_date_of_effect(publish: Any) -> None:
    publish(SHOP)
    publish("effective = 2027-01-01\n" + SHOP)
    assert queries.scheme("shop", NOON).number == 1
    assert queries.scheme("shop", NOON + timedelta(days=60)).number == 2
    assert queries.scheme("shop", NOON + timedelta(days=60)).effective == date(2027, 1, 1)


def test_a_version_without_a_date_replaces_the_current_one_at_once(publish: Any) -> None:
    publish("effective = 2026-01-01\n" + SHOP)
    publish(SHOP)
    assert queries.scheme("shop", NOON).number == 2


def test_a_version_cannot_take_effect_before_the_current_one(publish: Any) -> None:
    publish("effective = 2026-06-01\n" + SHOP)
    with pytest.raises(VersionOrderError, match="2026-06-01"):
        publish("effective = 2026-01-01\n" + SHOP)


def test_a_scheme_that_is_not_in_effect_yet_issues_nothing(publish: Any, issue: Any) -> None:
    publish("effective = 2027-01-01\n" + SHOP)
    with pytest.raises(UnknownSchemeError):
        issue("shop", "r1", region="北京")


@pytest.mark.parametrize(
    "example",
    [
        pytest.param('given = {region = "北京"}\nserial = 1\ncode = "BJ-001"', id="other code"),
        pytest.param('not_a_code = "BJ-0001"', id="a code after all"),
        pytest.param('given = {region = "Atlantis"}\nserial = 1\ncode = "AT-0001"', id="cannot be written"),
    ],
)
def test_a_scheme_whose_examples_fail_is_refused(publish: Any, example: str) -> None:
    with pytest.raises(SchemeRefusedError, match="example 1"):
        publish(f"{SHOP}\n[[examples]]\n{example}\n")
    assert queries.versions() == []


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        pytest.param(
            'kehuma = 1\nname = "receipt"\ntemplate = "{shop}{serial:3}"\n[segments.shop]\ndictionary = {1 = "一店", 11 = "十一店"}\n'
            '[segments.serial]\noverflow = "lengthen"\n',
            "ambiguous",
            id="two readings",
        ),
        pytest.param(SHOP.replace('"shop"', '"till"'), "also a code of the scheme", id="the codes of another scheme"),
        pytest.param(
            SHOP.replace("{region}-{serial:4}", "{serial:3}{region}-{serial2}"), "serial2", id="no scheme at all"
        ),
    ],
)
def test_a_scheme_that_cannot_be_told_apart_is_refused_with_the_reason(publish: Any, source: str, reason: str) -> None:
    publish(SHOP)
    with pytest.raises((SchemeRefusedError, SchemeError), match=reason):
        publish(source)
    assert len(queries.versions()) == 1


def test_a_scheme_may_share_texts_that_it_declares(publish: Any, issue: Any) -> None:
    publish(SHOP, 'overlaps = ["shop"]\n' + SHOP.replace('"shop"', '"till"'))
    assert [issue(name, "r1", region="北京").code for name in ("shop", "till")] == ["BJ-0001", "BJ-0002"]


def test_a_scheme_whose_examples_hold_is_published(publish: Any) -> None:
    example = (
        '[[examples]]\ngiven = {region = "北京"}\nserial = 1\ncode = "BJ-0001"\n[[examples]]\nnot_a_code = "BJ-1"\n'
    )
    assert publish(f"{SHOP}\n{example}").number == 1


@pytest.mark.parametrize(
    ("before", "after", "first"),
    [
        pytest.param(["region"], [], "BJ-0004", id="one counter for all begins past every key"),
        pytest.param([], ["region"], "BJ-0005", id="a counter per region begins past the one for all"),
    ],
)
def test_a_new_counter_key_begins_past_every_key_whose_texts_it_could_repeat(
    publish: Any, issue: Any, before: list[str], after: list[str], first: str
) -> None:
    publish(f"{SHOP}\n[segments.serial]\nper = {before}\n")
    for number in range(3):
        issue("shop", f"r{number}", region="北京")
    issue("shop", "r3", region="上海")
    publish(f"{SHOP}\n[segments.serial]\nper = {after}\n")
    assert issue("shop", "r4", region="北京").code == first


def test_a_new_key_begins_on_the_step(publish: Any, issue: Any) -> None:
    publish(f"{SHOP}\n[segments.serial]\nper = []\n")
    for number in range(3):
        issue("shop", f"r{number}", region="北京")
    publish(f"{SHOP}\n[segments.serial]\nstep = 5\n")
    assert issue("shop", "r4", region="北京").code == "BJ-0006"


def test_an_imported_symbol_counts_at_once_and_the_snapshot_says_which_import(publish: Any, issue: Any) -> None:
    publish(SHOP)
    issue("shop", "r1", region="北京")
    with pytest.raises(WriteError):
        issue("shop", "r2", region="海外")
    assert extend("cn-province", Entry("OS", zh="海外", en="Overseas")) == 1
    assert issue("shop", "r2", region="海外").code == "OS-0001"
    snapshots = Code.objects.order_by("id").values_list("snapshot", flat=True)
    assert list(snapshots) == [
        {"texts": ["BJ", ""]},
        {"texts": ["OS", ""], "dictionaries": {"cn-province": 1}},
    ]
    assert queries.dictionary("cn-province").find("海外").symbol == "OS"


def test_imports_add_up_and_the_same_entries_again_change_nothing() -> None:
    overseas, moon = Entry("OS", zh="海外"), Entry("MN", zh="月球", also=("moon",), codes=("999999",))
    assert [extend("cn-province", overseas), extend("cn-province", moon), extend("cn-province", moon)] == [1, 2, 2]
    found = queries.dictionary("cn-province")
    assert [found.find(value).symbol for value in ("海外", "moon", "999999", "北京")] == ["OS", "MN", "MN", "BJ"]
    assert len(audit.events(kind="codes.dictionary-extended")) == 2


@pytest.mark.parametrize("symbol", ["", "海外", "O S", "Ｏ", "O\u200b", "O\n"])
def test_a_symbol_that_no_code_can_hold_is_refused(symbol: str) -> None:
    with pytest.raises(SymbolError) as refused:
        extend("cn-province", Entry("OS", zh="海外"), Entry(symbol, zh="某地"))
    assert refused.value.facts["place"] == 1
    assert "ASCII" in refused.value.say("zh")
    assert queries.dictionary("cn-province").entry("OS") is None


def test_a_dictionary_that_does_not_exist_cannot_be_extended() -> None:
    with pytest.raises(SchemeError):
        extend("cn-moon", Entry("X", zh="某"))


def test_a_child_scheme_finds_its_parent_scheme_in_the_register(publish: Any, issue: Any) -> None:
    publish(SHOP)
    publish(
        """
kehuma = 1
name = "branch"
template = "{parent}-{serial:2}"
[segments.parent]
schemes = ["shop"]
"""
    )
    parent = issue("shop", "r1", region="北京")
    assert issue("branch", "r2", parent=parent.code).code == "BJ-0001-01"
    with pytest.raises(WriteError):
        issue("branch", "r3", parent="nonsense")


def test_a_child_scheme_without_its_parent_scheme_is_refused(publish: Any) -> None:
    with pytest.raises(SchemeError):
        publish(
            'kehuma = 1\nname = "branch"\ntemplate = "{parent}-{serial:2}"\n[segments.parent]\nschemes = ["shop"]\n'
        )


@pytest.mark.parametrize(
    ("symbol", "refusal"),
    [
        pytest.param("gl", SchemeError, id="no letters of the check character"),
        pytest.param("BJ-", SchemeRefusedError, id="two readings without separators"),
    ],
)
def test_a_dictionary_does_not_grow_where_a_published_scheme_would_break(
    publish: Any, issue: Any, symbol: str, refusal: type[Exception]
) -> None:
    publish(SHOP.replace("{serial:4}", "{serial:4}-{check}") + '[segments.check]\nalgorithm = "iso7064-mod37-36"\n')
    with pytest.raises(refusal):
        extend("cn-province", Entry(symbol, "新区"))
    assert issue("shop", "r1", region="北京").number == 1
    assert extend("cn-province", Entry("ZZ", "新区")) == 1
    assert issue("shop", "r2", region="新区").code.startswith("ZZ-0001")
