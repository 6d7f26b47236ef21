"""Columns are recognised by their heads, by what stands under them, and by what was chosen before."""

import doctest

import pytest

from kehuma.apps.customers.fields import BUILTIN
from kehuma.apps.intake import headings

Suggested = dict[str, str]


def _suggested(*header: str, row: tuple[str, ...] | None = None, before: Suggested | None = None) -> Suggested:
    sample = [row or ("",) * len(header)]
    return headings.suggested(header, sample, BUILTIN, before)


@pytest.mark.parametrize(
    ("head", "field"),
    [
        pytest.param("客户名称", "name", id="Chinese"),
        pytest.param("客户名称（必填）", "name", id="with a remark"),
        pytest.param("＊单位名称", "name", id="full-width mark"),
        pytest.param("Account Name", "name", id="English"),
        pytest.param("billingAddressCity", "region", id="camel case"),
        pytest.param("Mobile_Phone", "mobile", id="underscore"),
        pytest.param("所属行业", "industry", id="trade"),
        pytest.param("营业执照号", "uscc", id="licence"),
        pytest.param("客户编码", "own_number", id="the numbering of the list itself"),
        pytest.param("kehuma code", "code", id="our own code"),
        pytest.param("备用列", "", id="unknown"),
    ],
)
def test_a_head_names_its_field(head: str, field: str) -> None:
    assert _suggested(head) == {head: field}


@pytest.mark.parametrize(
    ("cell", "field"),
    [
        pytest.param("91110108MA30P8772X", "uscc", id="social credit code"),
        pytest.param("138 1234 5678", "mobile", id="mobile"),
        pytest.param("010-50000000", "phone", id="landline"),
        pytest.param("wang@example.com", "email", id="mail"),
        pytest.param("随便写写", "", id="nothing special"),
    ],
)
def test_what_stands_under_an_unknown_head_names_its_field(cell: str, field: str) -> None:
    assert _suggested("列", row=(cell,)) == {"列": field}


def test_the_same_number_in_every_row_is_not_the_customers() -> None:
    found = headings.suggested(("列",), [("010-50000000",), ("010-50000000",)], BUILTIN)
    assert found == {"列": ""}


def test_province_city_and_county_make_one_region() -> None:
    assert set(_suggested("省份", "城市", "区县").values()) == {"region"}


def test_a_field_of_one_column_is_given_once() -> None:
    assert _suggested("手机", "联系人手机") == {"手机": "mobile", "联系人手机": ""}


def test_what_was_chosen_before_is_chosen_again() -> None:
    before = {"客户名称": "short_name", "全名": "name"}
    assert _suggested("全名", "客户名称", before=before) == {"全名": "name", "客户名称": "short_name"}


def test_a_column_left_out_before_is_left_out_again() -> None:
    assert _suggested("手机", before={"手机": ""}) == {"手机": ""}


def test_the_examples_run() -> None:
    failed, tried = doctest.testmod(headings)
    assert tried
    assert not failed


HEAD = ("客户编号", "客户名称", "省份")
ROW = ("1", "北京衡岳数据技术有限公司", "北京")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([HEAD, ROW], 1, id="at the top"),
        pytest.param([("2026 年客户名单", "", ""), HEAD, ROW], 2, id="below a title"),
        pytest.param(
            [("2026 年客户名单",), ("制表：林静怡", "日期：2026-11-22"), HEAD, ROW], 3, id="below two short lines"
        ),
        pytest.param([("基本信息", "", "地区"), HEAD, ROW], 2, id="below groups of columns"),
        pytest.param(
            [("客户名单", "", ""), ("甲类", "乙类", "丙类"), ("1", "2", "3")], 2, id="heads that nobody knows"
        ),
        pytest.param([("甲类", "乙类", "丙类"), ("a", "b", "c")], 0, id="a full first row"),
        pytest.param([("客户名单",), ("北京衡岳数据技术有限公司",)], 0, id="one column"),
        pytest.param([("x", "", ""), ("1", "2", "3"), ("4", "5", "6")], 0, id="numbers name no columns"),
        pytest.param([HEAD], 0, id="nothing below"),
    ],
)
def test_the_header_is_found_below_what_stands_above_it(rows: list[tuple[str, ...]], expected: int) -> None:
    found = headings.header_row(list(enumerate(rows, start=1)), BUILTIN)
    assert (found or 1) == (expected or 1)
